"""A recogniser's output on disk: references, hypotheses, and the kind of decoding.

A directory holds ``ref.tsv`` and ``hyp.tsv`` of ``<utterance> <text>`` lines sorted by id, whose
text may be empty (a recogniser may find no words), and ``decoding.json``.
"""

import json
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

from sentemo.core.errors import Problems, SentemoError
from sentemo.core.files import atomic_dir, atomic_file, read_text
from sentemo.core.structured import read_json
from sentemo.data.tokens import characters_of
from sentemo.scoring.metrics import error_rate

Split = Callable[[str], Sequence[str]]
# A space is a character.
UNITS: dict[str, Split] = {"cer": characters_of, "wer": lambda text: text.split()}
COMPARED = "small letters, no punctuation"  # what `comparable` makes of a text
REMEDY = "Decode again; do not edit the transcripts by hand."


@dataclass(frozen=True)
class Transcripts:
    """Recognised speech with its references.

    Attributes
    ----------
    references, hypotheses
        Text of each utterance id, the same ids in both.
    decoding
        Kind of decoding, for the results: "greedy CTC" or "CTC, beam 10".
    hours
        Duration of the speech.
    """

    references: dict[str, str]
    hypotheses: dict[str, str]
    decoding: str
    hours: float


def comparable(text: str) -> str:
    """Return the words of a text in small letters without punctuation, to compare them.

    Recognisers that write as people do are compared so with transcripts that are written
    otherwise. Apostrophes within words stay; numbers stay as they are written.
    """
    plain = unicodedata.normalize("NFKC", text).lower().replace("’", "'")
    words = re.sub(r"[^\w']|_", " ", plain).split()
    return " ".join(filter(None, (word.strip("'") for word in words)))


def error_counts(
    references: Sequence[str], hypotheses: Sequence[str]
) -> dict[str, tuple[int, int]]:
    """Return the errors and the reference units of a whole set, for CER and WER."""
    return {
        name: error_rate(list(map(split, references)), list(map(split, hypotheses)))
        for name, split in UNITS.items()
    }


def write_transcripts(directory: Path, transcripts: Transcripts) -> None:
    """Write the directory, whole or not at all, for example ``exp/NAME/decode_test``.

    Raises
    ------
    ValueError
        An id has white space, or a text has a line break.
    """
    with atomic_dir(directory) as aside:
        _write_texts(aside / "ref.tsv", transcripts.references)
        _write_texts(aside / "hyp.tsv", transcripts.hypotheses)
        described = {"decoding": transcripts.decoding, "hours": transcripts.hours}
        (aside / "decoding.json").write_text(json.dumps(described, indent=1), encoding="utf-8")


def read_transcripts(directory: Path) -> Transcripts:
    """Read what `write_transcripts` wrote.

    Raises
    ------
    SentemoError
        A file is missing or malformed, or an utterance has a reference and no hypothesis, or the
        other way round; all are counted.
    """
    directory = Path(directory)
    for name in ("ref.tsv", "hyp.tsv", "decoding.json"):
        if not (directory / name).is_file():
            raise SentemoError(f"{directory / name}: there is no such file. Decode the set first.")
    references = _read_texts(directory / "ref.tsv")
    hypotheses = _read_texts(directory / "hyp.tsv")
    problems = Problems(str(directory))
    for utterance in sorted(references.keys() - hypotheses.keys()):
        problems.add("missing hypothesis", utterance, "in ref.tsv, not in hyp.tsv")
    for utterance in sorted(hypotheses.keys() - references.keys()):
        problems.add("missing reference", utterance, "in hyp.tsv, not in ref.tsv")
    problems.raise_if_any(REMEDY)
    if not references:
        raise SentemoError(f"{directory}: no utterances. {REMEDY}")
    described = read_json(directory / "decoding.json", Decoding, REMEDY)
    return Transcripts(references, hypotheses, described["decoding"], described["hours"])


class Decoding(TypedDict):
    """Facts that ``decoding.json`` holds about a decoded set."""

    decoding: str
    hours: float


def write_trn(path: Path, texts: Mapping[str, str]) -> None:
    """Write ``<text> (<utterance>)`` lines, the format of NIST's sclite."""
    with atomic_file(path) as stream:
        stream.writelines(f"{texts[utterance]} ({utterance})\n" for utterance in sorted(texts))


def _write_texts(path: Path, texts: Mapping[str, str]) -> None:
    for utterance, text in texts.items():
        if len(utterance.split()) != 1 or utterance != utterance.strip():
            raise ValueError(f"utterance id {utterance!r} is empty or has white space")
        if len(text.splitlines()) > 1 or text != "".join(text.splitlines()):
            raise ValueError(f"utterance {utterance}: line break in {text!r}")
    lines = [f"{utterance} {texts[utterance]}\n" for utterance in sorted(texts)]
    path.write_text("".join(lines), encoding="utf-8")


def _read_texts(path: Path) -> dict[str, str]:
    problems = Problems(str(path))
    texts: dict[str, str] = {}
    try:
        content = read_text(path)
    except SentemoError as error:
        raise SentemoError(f"{error} {REMEDY}") from error
    for number, line in enumerate(content.removesuffix("\n").split("\n") if content else [], 1):
        utterance, _, text = line.partition(" ")
        if not utterance:
            problems.add("malformed line", f"{path}:{number}", f"no utterance id in {line!r}")
        if utterance in texts:
            problems.add("duplicate utterance", f"{path}:{number}", utterance)
        texts[utterance] = text
    problems.raise_if_any(REMEDY)
    return texts
