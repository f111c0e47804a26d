"""Proxy labels of sentiment as training targets of SA2SR (sections 3.2 and 4.2 of its paper)."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypedDict

from sentemo.core.errors import Problems, SentemoError
from sentemo.core.structured import read_json
from sentemo.data.sentiment import (
    SENTIMENT_JSON,
    SENTIMENTS,
    Probabilities,
    doubt_notes,
    most_likely,
    read_sentiment,
)
from sentemo.data.tables import read_table, write_table
from sentemo.data.targets import HARD, TARGET_KINDS, DataFile

MISSING_POLICIES = ("keep", "refuse")  # for utterances without a label
NO_LABEL = "0 0 0"
SENTIMENT_DATA = "sentiment"  # ESPnet's name of the data
SA2SR_PREFIX = "sa2sr_"


@dataclass(frozen=True)
class ProxyLabels:
    """Sentiment of the transcripts.

    Attributes
    ----------
    probabilities
        Probabilities of negative, neutral and positive, by utterance.
    source
        Origin of the labels, for the results.
    doubts
        Notes on how many labels are doubtful and why, for the results.
    """

    probabilities: Mapping[str, Probabilities]
    source: str
    doubts: Sequence[str] = ()


def is_sentiment_aware(model: str | None) -> bool:
    """Tell whether a model of this name learns sentiment beside recognition."""
    return (model or "").startswith(SA2SR_PREFIX)


def read_proxy_labels(folder: Path) -> ProxyLabels:
    """Read the labels that `sentemo.bin.text_sentiment` wrote, or tables in the same format."""
    probabilities = read_sentiment(folder)
    summary = folder / SENTIMENT_JSON
    if not summary.is_file():
        return ProxyLabels(probabilities, str(folder))
    labelling = read_labelling(summary)
    return ProxyLabels(probabilities, labelling["note"], doubt_notes(labelling["counts"]))


class Labelling(TypedDict):
    """Facts that `sentemo.bin.text_sentiment` writes about its labels."""

    note: str
    counts: dict[str, int]


def read_labelling(path: Path) -> dict[str, Any]:
    """Read the description of proxy labels.

    Raises
    ------
    SentemoError
        When it is damaged.
    """
    return dict(read_json(path, Labelling, "Label the transcripts again."))


def label_notes(
    labels: ProxyLabels, sides: Mapping[str, Iterable[str]], targets: str, missing: str
) -> list[str]:
    """Check the labels of each side's utterances, and return notes about them for the results.

    The notes say where the labels come from, how many are doubtful, and how many are missing.

    Parameters
    ----------
    sides
        Utterances by side: train, valid, test.
    targets, missing
        One of `TARGET_KINDS`, one of `MISSING_POLICIES`.

    Raises
    ------
    SentemoError
        When an option has another value, when a label is missing though none may be, or when the
        validation side has only one sentiment, so that the AUC that chooses epochs is undefined.
    """
    for name, value, known in (
        ("sentiment_targets", targets, TARGET_KINDS),
        ("missing_sentiment", missing, MISSING_POLICIES),
    ):
        if value not in known:
            raise SentemoError(f"{name}: {value!r}; choose {' or '.join(known)}")
    notes = [f"proxy sentiment by {labels.source}, {targets} targets", *labels.doubts]
    problems = Problems("proxy labels")
    for side, utterances in sides.items():
        spoken = list(utterances)
        found = Counter(
            most_likely(labels.probabilities[utt]) for utt in spoken if utt in labels.probabilities
        )
        if side == "valid":
            _require_auc(found)
        if lacking := [utt for utt in spoken if utt not in labels.probabilities]:
            notes.append(f"{len(lacking)} of {len(spoken)} utterances to {side} have no sentiment")
        for utt in lacking if missing == "refuse" else []:
            problems.add("no label", utt, f"{side} side")
    problems.raise_if_any("Label them, or accept this with missing_sentiment: keep.")
    return notes


def _require_auc(found: Mapping[str, int]) -> None:
    if len(found) < 2:
        raise SentemoError(
            f"The validation side's proxy labels are all {next(iter(found), 'missing')}: without "
            "a second class there is no AUC to choose epochs by. Validate on more utterances "
            "(--folds)."
        )


def write_sentiment_targets(
    directory: Path, labels: ProxyLabels, utterances: Iterable[str], targets: str
) -> DataFile:
    """Write a table of one side's targets: three numbers each, zeros if there is no label."""
    lines = {}
    for utt in utterances:
        given: Sequence[float] | None = labels.probabilities.get(utt)
        if given is not None and targets == HARD:
            top = most_likely(labels.probabilities[utt])
            given = [float(name == top) for name in SENTIMENTS]
        lines[utt] = NO_LABEL if given is None else " ".join(map(str, given))
    path = directory / SENTIMENT_DATA
    write_table(path, lines)
    return str(path), SENTIMENT_DATA, "text_float"


def read_target_sentiment(directory: Path) -> dict[str, str]:
    """Read the sentiment of each labelled utterance from the table of `write_sentiment_targets`.

    Raises
    ------
    SentemoError
        When a line of it is damaged.
    """
    found, path = {}, directory / SENTIMENT_DATA
    for utt, line in read_table(path).items():
        try:
            negative, neutral, positive = map(float, line.split())
        except ValueError:
            raise SentemoError(f"{path}: damaged at {utt}. Delete it, and train again.") from None
        if any((negative, neutral, positive)):
            found[utt] = most_likely((negative, neutral, positive))
    return found
