"""Switchboard-1 Release 2 (LDC97S62): finding its files, and reading transcripts and callers.

- ``sw02001.sph``: a conversation with one caller per channel, at 8 kHz. A ``.wav`` file beside it
  is preferred.
- ``sw2001A-ms98-a-trans.text``, in swb_ms98_transcriptions: the segments of a side, including
  silence, as lines ``sw2001A-ms98-a-0002 0.977625 11.561375 hi um yeah``.
- ``sw2001A-ms98-a-word.text``: the same with one word on each line.
- ``call_con_tab.csv``: the callers, as lines ``2001, "A", 1020, …`` (conversation, side, caller).

A conversation is called by its audio, ``sw02001``, and a side of it ``sw02001-A``.
"""

import math
import re
from collections.abc import Container, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import NamedTuple

from sentemo.core.errors import Problems, SentemoError
from sentemo.core.files import files_below
from sentemo.corpora.release import excerpt, listing, numbered_lines

CALLER_SIDES = "AB"
CALLERS_FILE = "call_con_tab.csv"
SILENCE_TAG = "[silence]"
NON_SPEECH_TAGS = {SILENCE_TAG, "[noise]"}
VOCAL = {"[laughter]", "[vocalized-noise]"}  # sounds of the caller that are not words
TRANSCRIPT_LINE = "sw2001A-ms98-a-0002 0.977625 11.561375 hi um yeah"
CALLER_LINE = '2001, "A", 1020'
_AUDIO = re.compile(r"(sw0[0-9]{4})\.(sph|wav)")
_TRANSCRIPT = re.compile(r"sw([0-9]{4})([ab])-ms98-a-(trans|word)\.text")
_CALLER = re.compile(r'([0-9]{4})\s*,\s*"?([AB])"?\s*,\s*"?([0-9]+)"?\s*(?:,.*)?')
_LAUGHED = re.compile(r"-?\[laughter-(.+)\]-?")
_UNSPOKEN = re.compile(r"\[[^][]*\]|<[^<>]*>|_[0-9]+")
_BRACKETS = str.maketrans("", "", "[]{}<>")
_CODING = re.compile(rb"sample_coding -s[0-9]+ (\S*embedded\S*)")
_SPHERE_HEADER = 1024  # bytes


@dataclass
class SwitchboardFiles:
    """The files of a copy of Switchboard.

    Parameters
    ----------
    audio
        Audio file of each conversation.
    transcripts, words
        Transcript and word file of each side of a conversation.
    callers
        Path of `CALLERS_FILE`, if there is one.
    resource_files
        Names of resource files of macOS, which are skipped.
    others
        Names of audio files that are none of Switchboard, which are skipped too.
    """

    audio: dict[str, Path] = field(default_factory=dict)
    transcripts: dict[str, Path] = field(default_factory=dict)
    words: dict[str, Path] = field(default_factory=dict)
    callers: Path | None = None
    resource_files: list[str] = field(default_factory=list)
    others: list[str] = field(default_factory=list)


class Timed(NamedTuple):
    """A line of a transcript with times in seconds: a segment, or a word of a segment."""

    segment: str
    start: float
    end: float
    text: str


def find_switchboard(swbd_dir: Path, *others: Path) -> SwitchboardFiles:
    """Find the files of Switchboard anywhere below the folders.

    Raises
    ------
    SentemoError
        When there are no transcripts or no audio, saying what was expected and what was found.
    """
    found = SwitchboardFiles()
    audio: dict[str, dict[str, Path]] = {"sph": {}, "wav": {}}
    for file in files_below(swbd_dir, *others):
        name = file.name.lower()
        if name.startswith("._"):
            found.resource_files.append(file.name)
        elif match := _AUDIO.fullmatch(name):
            audio[match[2]].setdefault(match[1], file)
        elif match := _TRANSCRIPT.fullmatch(name):
            table = found.transcripts if match[3] == "trans" else found.words
            table.setdefault(f"sw0{match[1]}-{match[2].upper()}", file)
        elif name == CALLERS_FILE and found.callers is None:
            found.callers = file
        elif name.endswith((".sph", ".wav")):
            found.others.append(file.name)
    found.audio = {**audio["wav"], **audio["sph"]}
    for name, wav in audio["wav"].items():  # a wav file that sph2pipe wrote beside the sph file
        if wav.parent == found.audio[name].parent:
            found.audio[name] = wav
    if not found.transcripts:
        raise SentemoError(
            f"{swbd_dir}: no transcripts of Switchboard. Expected files such as "
            "swb_ms98_transcriptions/20/2001/sw2001A-ms98-a-trans.text somewhere below, found "
            f"{listing(swbd_dir)}. They can be downloaded from openslr.org/5."
        )
    if not found.audio:
        raise SentemoError(
            f"{swbd_dir}: no audio of Switchboard. Expected files such as sw02001.sph somewhere "
            f"below, as in swb1_d1/data/, found {listing(swbd_dir)}"
        )
    return found


def read_segments(file: Path, problems: Problems) -> list[Timed]:
    """Read the segments of a side, from its file ``-trans.text``."""
    prefix = _prefix(file)
    segments = []
    for where, line in numbered_lines(file, file.parent):
        if segment := _parse_timed(line.split(None, 3), prefix):
            segments.append(segment)
        else:
            problems.add("malformed transcript line", where, excerpt(line))
    return segments


def read_timed_words(file: Path, wanted: Container[str], problems: Problems) -> list[Timed]:
    """Read the words of the wanted segments of a side, from its file ``-word.text``."""
    prefix = _prefix(file)
    words = []
    for where, line in numbered_lines(file, file.parent):
        fields = line.split()
        if fields[0] not in wanted and fields[0].startswith(prefix):
            continue  # the files have 3 million lines, so only the wanted ones are parsed
        if word := _parse_timed(fields, prefix):
            words.append(word)
        else:
            problems.add("malformed transcript line", where, excerpt(line))
    return words


def _prefix(file: Path) -> str:
    """Return the prefix of a file's segments, sw2001A-ms98-a-; old discs have upper-case names."""
    return f"{file.name[:6].lower()}{file.name[6].upper()}-ms98-a-"


def _parse_timed(fields: Sequence[str], prefix: str) -> Timed | None:
    try:
        segment, start_text, end_text, text = fields
        start, end = float(start_text), float(end_text)
    except ValueError:
        return None
    is_valid = segment.startswith(prefix) and 0 <= start <= end < math.inf
    return Timed(segment, start, end, text) if is_valid else None


def read_callers(file: Path, problems: Problems) -> dict[str, str]:
    """Read the caller of each side: ``sw02001-A`` → ``sw1020``, with the caller's number."""
    callers: dict[str, str] = {}
    for where, line in numbered_lines(file, file.parent):
        match = _CALLER.fullmatch(line)
        if match is None:
            problems.add("malformed caller line", where, excerpt(line))
            continue
        side, caller = f"sw0{match[1]}-{match[2]}", f"sw{match[3]}"
        if callers.setdefault(side, caller) != caller:
            problems.add("two callers on one side", where, f"{side}: {callers[side]}, {caller}")
    return callers


@cache
def pronounced_word(token: str) -> str:
    """Return the pronounced part of a transcript's token in lower case; for a tag, an empty text.

    Square brackets contain the part of a word that was not pronounced, and a dash marks where the
    word breaks off.

    Examples
    --------
    >>> [pronounced_word(token) for token in ("[laughter-yes]", "okay_1", "{yuppiedom}", "[noise]")]
    ['yes', 'okay', 'yuppiedom', '']
    >>> [pronounced_word(token) for token in ("th[e]-", "-[ab]out", "[it'n/isn't]", "uh-huh")]
    ['th', 'out', "isn't", 'uh-huh']
    """
    word = token.lower()
    if laughed := _LAUGHED.fullmatch(word):
        word = laughed[1]
    word = word.rpartition("/")[2]  # [mispronounced/meant]
    return _UNSPOKEN.sub("", word).translate(_BRACKETS).strip("-")


def pronounced_text(tagged: str) -> str:
    """Return the pronounced words of a segment, which may be none."""
    return " ".join(word for token in tagged.split() if (word := pronounced_word(token)))


def check_readable(files: Sequence[Path], problems: Problems) -> None:
    """Refuse SPHERE files with compressed samples, which libsndfile cannot read."""
    for file in files:
        if file.suffix.lower() != ".sph":
            continue
        with open(file, "rb") as stream:
            coding = _CODING.search(stream.read(_SPHERE_HEADER))
        if coding:
            problems.add("compressed audio", str(file), coding[1].decode("ascii", "replace"))
    problems.raise_if_any(
        "Convert these files with LDC's sph2pipe; the .wav files beside them are then used:\n"
        """  find DIR -iname '*.sph' -exec sh -c 'sph2pipe -f wav "$1" "${1%.*}.wav"' _ {} \\;"""
    )
