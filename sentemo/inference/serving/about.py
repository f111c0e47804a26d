"""A model's outputs, languages, scores and limits for the page, read from its card."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sentemo.core.files import read_text
from sentemo.core.markdown import coefficient, percent
from sentemo.data.audio import AUDIO_ENDINGS
from sentemo.data.dimensions import DIMENSIONS, Scale
from sentemo.inference.card_parts import CARD, read_front_matter, read_languages, read_limits
from sentemo.inference.description import Description
from sentemo.report.baselines import chance
from sentemo.scoring.scores_file import read_scores_file

EXAMPLES = Path(__file__).parent / "examples"  # of a synthetic voice, for models without their own


@dataclass(frozen=True)
class About:
    """Facts about a model in plain words; what nobody wrote down is empty.

    Attributes
    ----------
    name, output
        Name of the model, and what it answers.
    facts
        Text by its heading: languages, training, figures, licence.
    limits
        Sentences of the card's limits.
    examples
        Recordings to try, by their titles.
    """

    name: str
    output: str
    facts: dict[str, str]
    limits: list[str]
    examples: dict[str, Path]


def read_about(described: Description, folder: Path | None) -> About:
    """Read the card and the scores beside a model; `folder` is None where there are none."""
    card = _text(folder, CARD)
    scores = _scores(folder)
    head = read_front_matter(card)
    trained_with = scores.get("trained_with", [])
    facts = {
        "Languages": ", ".join(read_languages(head)),
        "Trained on": ", ".join([*filter(None, [scores.get("corpus")]), *trained_with]),
        "Recognises": ", ".join(_figures(scores)),
        "Tested by": scores.get("protocol") or "",
        "Licence": str(head.get("license") or ""),
    }
    return About(
        described.name,
        _output(described),
        {name: text for name, text in facts.items() if text},
        read_limits(card),
        _examples(folder),
    )


def _scores(folder: Path | None) -> dict[str, Any]:
    path = folder and folder / "scores.json"
    return read_scores_file(path) if path and path.is_file() else {}


def _text(folder: Path | None, name: str) -> str:
    path = folder and folder / name
    return read_text(path) if path and path.is_file() else ""


def _output(described: Description) -> str:
    *first, last = described.labels or ("",)
    parts = [" or ".join(filter(None, [", ".join(first), last]))] * bool(last)
    if described.scale:
        parts.append(f"{', '.join(DIMENSIONS)} on a scale of {Scale(*described.scale)}")
    return "; ".join([*parts, *["the transcript"] * bool(described.tokens)])


def _figures(scores: Mapping[str, Any]) -> Iterator[str]:
    """Yield the test figures with their intervals, and those of chance."""
    if "labels" in scores:
        by_chance = chance(scores)
        for key, what in (("ua", "of each class on average (UA"), ("wa", "of all recordings (WA")):
            found = scores["test"][key]
            low, high = map(percent, found["ci95"])
            by_guessing = f"by chance {percent(by_chance[key])}"
            yield f"{percent(found['pooled'])} % {what}; {low} to {high}, {by_guessing})"
    for name in DIMENSIONS if "dimensions" in scores else ():
        found = scores["dimensions"]["test"][name]
        low, high = map(coefficient, found["ci95"])
        yield f"{name}: CCC {coefficient(found['pooled'])} ({low} to {high})"


def _examples(folder: Path | None) -> dict[str, Path]:
    """Return the recordings that came with the model, else those of a synthetic voice."""
    own = folder / "examples" if folder else EXAMPLES
    source = own if own.is_dir() else EXAMPLES
    found = sorted(path for path in source.iterdir() if path.suffix in AUDIO_ENDINGS)
    return {path.stem.replace("_", " "): path for path in found}
