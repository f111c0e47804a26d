"""speechocean762 (Zhang et al., Interspeech 2021): English that Mandarin speakers read aloud.

``train/`` and ``test/`` hold Kaldi's tables ``text``, ``wav.scp``, ``utt2spk``, ``spk2gender`` and
``spk2age``; the last is not sorted. ``WAVE/SPEAKER<speaker>/<utterance>.WAV`` are the recordings,
some of which no table names. ``spk2utt`` repeats ``utt2spk``, and scores of pronunciation are not
read.
"""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sentemo.core.errors import Problems, SentemoError
from sentemo.corpora.release import (
    OTHER_NAME,
    check_counts,
    excerpt,
    find_files,
    listing,
    numbered_lines,
)
from sentemo.data.kaldi import SPEAKER_TABLES, Utterance
from sentemo.data.preparation import ParsedCorpus

PUBLISHED_COUNTS = {"train": 2500, "test": 2500}
SIDES = tuple(PUBLISHED_COUNTS)
WAVES = "WAVE"
# Speakers of the published training side who validate. Women, men, girls and boys (15 years at
# most) are each sorted by age, then number, and the one in the middle of each third is taken.
VALIDATION_SPEAKERS = frozenset(
    {
        *("2089", "2251", "9643"),
        *("9649", "1064", "1033"),
        *("0104", "5195", "6401"),
        *("0075", "2034", "5551"),
    }
)
NOT_NAMED = "recording that no table names"
REMEDY = (
    "Clone the corpus again, as it needs all of its files. --allow_partial true leaves these out "
    "and counts them."
)
_RECORDING = re.compile(r"\d{9}\.WAV", re.ASCII)


@dataclass(frozen=True)
class Table:
    """A table of a side: a whole line as an example, and the form of the value that it gives."""

    example: str
    value: re.Pattern[str]


UTTERANCE_TABLES = ("text", "wav.scp", "utt2spk")
TABLES = {
    "text": Table("000010011 WE CALL IT BEAR", re.compile(r"[A-Za-z' ]+")),
    "wav.scp": Table("000010011 WAVE/SPEAKER0001/000010011.WAV", re.compile(r"\S+")),
    "utt2spk": Table("000010011 0001", re.compile(r"\d{4}", re.ASCII)),
    "spk2gender": Table("0001 m", re.compile("[fm]")),
    "spk2age": Table("0001 6", re.compile(r"[1-9]\d?", re.ASCII)),
}


@dataclass(frozen=True)
class Entry:
    """The value of a table's line, or nothing if it is malformed, and where the line is."""

    value: str
    where: str


Entries = Mapping[str, Entry]  # of a table, by utterance or speaker


def find_sources(corpus_dir: Path) -> list[Path]:
    """Return the folders that `parse_speechocean762` reads.

    Raises
    ------
    SentemoError
        When one is missing, saying what was expected and what was found.
    """
    corpus_dir = Path(corpus_dir)
    if not corpus_dir.is_dir():
        raise SentemoError(f"{corpus_dir}: no such directory; give --corpus_dir speechocean762's")
    wanted = [f"{side}/{name}" for side in SIDES for name in TABLES]
    missing = [name for name in wanted if not (corpus_dir / name).is_file()]
    missing += [WAVES] * (not (corpus_dir / WAVES).is_dir())
    if missing:
        raise SentemoError(
            f"{corpus_dir}: not speechocean762. Expected {', '.join(missing)} in it, found "
            f"{listing(corpus_dir)}"
        )
    return [corpus_dir / name for name in (*SIDES, WAVES)]


def parse_speechocean762(corpus_dir: Path, allow_partial: bool = False) -> ParsedCorpus:
    """Parse the tables of both sides into utterances, and find their recordings.

    Texts are upper-case words of A to Z and the apostrophe, with single spaces between them. The
    split of an utterance is that of the publisher, but ``valid`` for the `VALIDATION_SPEAKERS`.
    Beside the utterances, ``spk2gender`` (f or m) and ``spk2age`` (in years) are returned.

    Parameters
    ----------
    corpus_dir
        The folder that holds ``train/``, ``test/`` and ``WAVE/``.
    allow_partial
        Accept other numbers of utterances than the published ones, and leave out malformed or
        incomplete utterances, with notes.

    Raises
    ------
    SentemoError
        When the folder is not the corpus', or a side is incomplete; naming file and line of every
        entry that is malformed, contradicts another one or lacks its recording.
    """
    root = find_sources(corpus_dir)[0].parent
    problems = Problems(str(root))
    dropped: dict[str, list[str]] = {}
    recordings = {str(f.relative_to(root)): f for f in find_files(root, f"{WAVES}/*/*", dropped)}
    utterances: list[Utterance] = []
    described: dict[str, dict[str, str]] = {name: {} for name in SPEAKER_TABLES}
    for side in SIDES:
        tables = {name: _read_table(root / side / name, root, problems) for name in TABLES}
        found = _parse_side(side, tables, recordings, problems)
        for name, values in described.items():
            values.update({utt.speaker: tables[name][utt.speaker].value for utt in found})
        utterances += found
    for name in recordings:  # all others are those of utterances now
        reason = NOT_NAMED if _RECORDING.fullmatch(Path(name).name) else OTHER_NAME
        dropped.setdefault(reason, []).append(name)
    notes = problems.settle(allow_partial, dropped, REMEDY)
    if not utterances:
        raise SentemoError(f"{root}: no utterances are left of {' and '.join(SIDES)}")
    counts = Counter("test" if utt.split == "test" else "train" for utt in utterances)
    checks = {"the published sides": (counts, PUBLISHED_COUNTS)}
    notes += check_counts(root, checks, allow_partial, dropped)
    return ParsedCorpus(
        utterances,
        dropped,
        notes,
        name="speechocean762",
        elicitation="read speech",
        tables=described,
    )


def _read_table(table: Path, root: Path, problems: Problems) -> dict[str, Entry]:
    """Read every line of a table."""
    entries: dict[str, Entry] = {}
    for where, line in numbered_lines(table, root):
        key, *words = line.split()
        value = " ".join(words)
        if key in entries:
            problems.add("listed twice", where, f"{key}, also {entries[key].where}")
            continue
        if TABLES[table.name].value.fullmatch(value) is None:
            expected = TABLES[table.name].example
            problems.add("malformed line", where, f"{excerpt(line)}, expected one as {expected}")
            value = ""
        entries[key] = Entry(value, where)
    return entries


def _parse_side(
    side: str, tables: Mapping[str, Entries], recordings: dict[str, Path], problems: Problems
) -> list[Utterance]:
    """Put the tables of a side together, and remove the recordings from `recordings`."""
    utterances = []
    for utt in dict.fromkeys(utt for name in UTTERANCE_TABLES for utt in tables[name]):
        entries = [tables[name].get(utt) for name in UTTERANCE_TABLES]
        where = next(entry.where for entry in entries if entry)
        if None in entries:
            missing = UTTERANCE_TABLES[entries.index(None)]
            problems.add("utterance that a table lacks", where, f"no {utt} in {side}/{missing}")
            continue
        text, audio, speaker = (entry.value for entry in entries if entry)
        if not (text and audio and speaker):
            continue  # the malformed line is counted
        expected = f"{WAVES}/SPEAKER{speaker}/{utt}.WAV"
        described = {name: tables[name].get(speaker) for name in SPEAKER_TABLES}
        unknown = [name for name, entry in described.items() if not (entry and entry.value)]
        if unknown:
            detail = f"{utt}: no {speaker} in {side}/{' and '.join(unknown)}"
            problems.add("utterance whose speaker a table lacks", where, detail)
        elif audio != expected:
            problems.add("tables disagree", where, f"{audio} is not {expected}")
        elif (file := recordings.pop(audio, None)) is None:
            problems.add("line without recording", where, f"no {audio}, or named twice")
        else:
            split = "valid" if side == "train" and speaker in VALIDATION_SPEAKERS else side
            utterances.append(Utterance(utt, speaker, file, text=text.upper(), split=split))
    return utterances
