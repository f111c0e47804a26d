"""Transcripts of a data directory's utterances, in tables whose values may be empty."""

import unicodedata
from collections.abc import Iterable
from pathlib import Path

from sentemo.core.errors import Problems
from sentemo.data.kaldi import Utterance
from sentemo.data.tables import TABLE_REMEDY, parse_table


def read_text_table(path: Path) -> dict[str, str]:
    """Read a table of transcripts; a line with only an id is a transcript without words.

    Raises
    ------
    SentemoError
        When the table is malformed.
    """
    problems = Problems(str(path))
    texts = parse_table(path, problems, may_be_empty=True)
    problems.raise_if_any(f"{TABLE_REMEDY} A transcript without words is a line with only the id.")
    return texts


def read_texts(path: Path, utterances: Iterable[Utterance]) -> dict[str, str]:
    """Read the transcript of each utterance; a line with only an id is one without words.

    Raises
    ------
    SentemoError
        When the table is malformed, lacks utterances (naming them), or has utterances that are not
        in the data.
    """
    texts = read_text_table(path)
    problems = Problems(str(path))
    known = {utt.id for utt in utterances}
    for utt in sorted(known - texts.keys()):
        problems.add("no transcript", utt, "no line")
    for utt in sorted(texts.keys() - known):
        problems.add("unknown utterance", utt, "not in the data directory")
    problems.raise_if_any("Transcripts have one line for each utterance of the data directory.")
    return texts


def mostly_not_latin(text: str) -> bool:
    """Tell whether more than half of a text's letters are of a script other than Latin."""
    if text.isascii():
        return False  # true of nearly every text, and much faster
    letters = [character for character in text if character.isalpha()]
    latin = sum(unicodedata.name(character, "").startswith("LATIN ") for character in letters)
    return latin < len(letters) / 2
