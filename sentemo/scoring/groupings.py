"""Ways to divide utterances, as far as a data directory's tables have them.

By sex (``spk2gender``), age (``spk2age``), speaker, length (``utt2dur``), level (``utt2level``) and
sentence (``utt2sentence``).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sentemo.data.kaldi import UNKNOWN_SPEAKER, Utterance
from sentemo.data.tables import read_table

SEX, AGE, SPEAKER = "sex", "age", "speaker"
LENGTH, LEVEL, SENTENCE = "length", "level", "sentence"
TABLES = ("spk2gender", "spk2age", "utt2dur", "utt2level", "utt2sentence")
SEXES = {"f": "women", "m": "men"}
AGE_BANDS = (10, 5)  # years; narrower ones where all speakers are within one
LENGTHS = (1, 2, 4, 8)  # seconds, between the bands
LEVELS = (-36, -30, -24, -18, -12)  # dB under full scale, between the bands


@dataclass(frozen=True)
class Grouping:
    """One way to divide utterances.

    Attributes
    ----------
    name
        What divides them, such as `SEX`.
    groups
        Name of each utterance's group; an utterance may have none.
    of_speakers
        Whether all utterances of a speaker are in one group.
    """

    name: str
    groups: Mapping[str, str]
    of_speakers: bool


def grouping_tables(data: Path) -> list[Path]:
    """Return the tables of a data directory that divide its utterances."""
    return [data / name for name in TABLES if (data / name).is_file()]


def read_groupings(data: Path, utterances: Sequence[Utterance]) -> list[Grouping]:
    """Read every way to divide the utterances that the tables of their directory have."""
    tables = {path.name: read_table(path) for path in grouping_tables(data)}
    speakers = {u.id: u.speaker for u in utterances if u.speaker != UNKNOWN_SPEAKER}
    ages = {name: int(float(years)) for name, years in tables.get("spk2age", {}).items()}
    known = {speaker: ages[speaker] for speaker in {*speakers.values()} & ages.keys()}
    sexes = {name: SEXES[value] for name, value in tables.get("spk2gender", {}).items()}
    lengths, levels = tables.get("utt2dur", {}), tables.get("utt2level", {})
    found = [
        Grouping(SEX, _of_speakers(speakers, sexes), True),
        Grouping(AGE, _of_speakers(speakers, _bands(known)), True),
        Grouping(SPEAKER, speakers, True),
        Grouping(LENGTH, {utt: _length(float(seconds)) for utt, seconds in lengths.items()}, False),
        Grouping(LEVEL, {utt: _level(float(decibels)) for utt, decibels in levels.items()}, False),
        Grouping(SENTENCE, tables.get("utt2sentence", {}), False),
    ]
    return [grouping for grouping in found if len({*grouping.groups.values()}) > 1]


def _of_speakers(speakers: Mapping[str, str], groups: Mapping[str, str]) -> dict[str, str]:
    return {utt: groups[speaker] for utt, speaker in speakers.items() if speaker in groups}


def _bands(ages: Mapping[str, int]) -> dict[str, str]:
    """Return each speaker's age band."""
    found: dict[str, str] = {}
    for years in AGE_BANDS:
        starts = {speaker: age // years * years for speaker, age in ages.items()}
        found = {name: f"{start} to {start + years - 1}" for name, start in starts.items()}
        if len({*found.values()}) > 1:
            break
    return found


def _length(seconds: float) -> str:
    for low, high in zip((0, *LENGTHS), LENGTHS, strict=False):
        if seconds < high:
            return f"{low} to {high} s"
    return f"{LENGTHS[-1]} s and more"


def _level(decibels: float) -> str:
    for low, high in zip((None, *LEVELS), LEVELS, strict=False):
        if decibels < high:
            return f"under {high} dB" if low is None else f"{low} to {high} dB"
    return f"{LEVELS[-1]} dB and more"
