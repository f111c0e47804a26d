"""Kaldi-style data directories: tables of ``<id> <value>`` lines, one directory per set.

A directory holds ``wav.scp``, ``utt2spk``, ``spk2utt``, ``utt2dur``, and where the corpus has them
``segments`` (``<utterance> <recording> <start> <end>``, seconds), ``utt2label`` and ``text``.
Ids hold no white space and every table is sorted by them in C order (``LC_ALL=C sort``).
"""

import json
import math
import os
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sentemo.data.audio import read_headers
from sentemo.errors import Problems, SentemoError
from sentemo.stages import atomic_dir, atomic_file

TABLES = ("wav.scp", "segments", "utt2spk", "utt2label", "text")
COUNTS = "counts.json"  # also the sign that a directory is ours to replace
TABLE_REMEDY = (
    'A table has one "<id> <value>" line per id, in UTF-8, sorted by id: '
    "LC_ALL=C sort -o FILE FILE."
)
SEGMENT_TOLERANCE = 0.05  # seconds; transcribers' times may pass a recording's end by rounding
_LINE = re.compile(r"(\S+)[ \t]+(.+)", re.DOTALL)
_MARGIN = " \t\r"  # a file edited on Windows ends its lines in \r\n


@dataclass(frozen=True)
class Utterance:
    """One utterance: a whole audio file, or its part from `start` to `end`.

    Parameters
    ----------
    id, speaker
        Without white space.
    audio
        The audio file.
    label, text
        None where the corpus has none.
    start, end
        Seconds within the file, both or neither.
    recording
        The file's own id in ``wav.scp``; goes with `start` and `end`.
    """

    id: str
    speaker: str
    audio: Path
    label: str | None = None
    text: str | None = None
    start: float | None = None
    end: float | None = None
    recording: str | None = None


def read_table(path: Path) -> dict[str, str]:
    """Read a sorted table of ``<id> <value>`` lines.

    Raises
    ------
    SentemoError
        Naming file and line of every entry that is malformed, duplicate, unsorted or not UTF-8.
    """
    problems = Problems(str(path))
    table = _parse_table(Path(path), problems)
    problems.raise_if_any(TABLE_REMEDY)
    return table


def _parse_table(path: Path, problems: Problems) -> dict[str, str]:
    table: dict[str, str] = {}
    previous = ""
    lines = path.read_bytes().split(b"\n")
    for number, raw in enumerate(lines[:-1] if lines[-1] == b"" else lines, start=1):
        where = f"{path}:{number}"
        try:
            line = raw.decode("utf-8").strip(_MARGIN)
        except UnicodeDecodeError as error:
            problems.add("not UTF-8", where, f"byte {error.start + 1} of the line")
            continue
        match = _LINE.fullmatch(line)
        if match is None:
            problems.add("malformed line", where, repr(line))
            continue
        key, value = match.groups()
        if key in table:
            problems.add("duplicate id", where, key)
            continue
        if key < previous:  # code points sort as UTF-8 bytes do, which is C order
            problems.add("unsorted id", where, f"{key} after {previous}")
        table[key] = value
        previous = key
    return table


def write_table(path: Path, table: Mapping[str, str]) -> None:
    """Write a table sorted by id; it appears whole or not at all.

    Raises
    ------
    SentemoError
        When an id or a value could not be read back as it is.
    """
    problems = Problems(str(path))
    for key, value in table.items():
        if not key or re.search(r"\s", key):
            problems.add("id empty or with white space", "id", repr(key))
        if not value.strip(_MARGIN) or value != value.strip(_MARGIN) or "\n" in value:
            problems.add("value empty, of several lines or with margins", key, repr(value))
    problems.raise_if_any("Rename these ids, or correct these values.")
    with atomic_file(Path(path), "wb") as stream:
        stream.writelines(f"{key} {table[key]}\n".encode() for key in sorted(table))


def read_data_dir(path: Path) -> list[Utterance]:
    """Read a data directory's utterances, sorted by id.

    ``utt2label`` and ``text`` may be absent, ``text`` may lack utterances. Audio paths that are
    relative start from the current directory, as in Kaldi.

    Raises
    ------
    SentemoError
        When a file is missing, malformed, disagrees with another about the utterances, or
        ``wav.scp`` holds a pipe (a data directory must not run commands).
    """
    path = Path(path)
    problems = Problems(str(path))
    tables = _read_tables(path, problems)
    if "segments" in tables:
        segments = _parse_segments(tables["segments"], tables["wav.scp"], problems)
        ids, listing = tables["segments"].keys(), "segments"
    else:
        segments = {}
        ids, listing = tables["wav.scp"].keys(), "wav.scp"
    for name in ("utt2spk", "utt2label", "text"):
        if name in tables:
            for utt in sorted(tables[name].keys() - ids):
                problems.add(f"in {name} but not in {listing}", utt, tables[name][utt])
        if name in tables and name != "text":
            for utt in sorted(ids - tables[name].keys()):
                problems.add(f"in {listing} but not in {name}", utt, f"no line in {path / name}")
    if not ids:
        problems.add("no utterances", listing, "empty")
    problems.raise_if_any("Every file of a data directory lists the same utterances.")

    labels, texts = tables.get("utt2label", {}), tables.get("text", {})
    utterances = []
    for utt in sorted(ids):
        recording, start, end = segments.get(utt, (None, None, None))
        audio = Path(tables["wav.scp"][recording or utt])
        speaker = tables["utt2spk"][utt]
        utterances.append(
            Utterance(utt, speaker, audio, labels.get(utt), texts.get(utt), start, end, recording)
        )
    return utterances


def _read_tables(path: Path, problems: Problems) -> dict[str, dict[str, str]]:
    for name in ("wav.scp", "utt2spk"):
        if not (path / name).is_file():
            problems.add("missing file", name, "not a data directory without it")
    problems.raise_if_any("Prepare the data directory first (stage data), or correct its path.")
    tables = {n: _parse_table(path / n, problems) for n in TABLES if (path / n).is_file()}
    problems.raise_if_any(TABLE_REMEDY)
    for recording, audio in tables["wav.scp"].items():
        if audio.endswith("|") or audio.startswith("|"):
            problems.add("command in wav.scp", recording, audio)
    problems.raise_if_any("Run the command once, and give the path of the file that it makes.")
    return tables


def _parse_segments(
    table: Mapping[str, str], recordings: Mapping[str, str], problems: Problems
) -> dict[str, tuple[str, float, float]]:
    segments = {}
    for utt, value in table.items():
        try:
            recording, start_text, end_text = value.split()
            start, end = float(start_text), float(end_text)
        except ValueError:
            problems.add("malformed segment", utt, value)
            continue
        if recording not in recordings:
            problems.add("segment of an unknown recording", utt, recording)
        if not 0 <= start < end < math.inf:
            problems.add("segment without length", utt, f"from {start_text} s to {end_text} s")
        segments[utt] = recording, start, end
    problems.raise_if_any(
        'A line of segments is "<utterance> <recording> <start> <end>", in seconds.'
    )
    return segments


def write_data_dir(
    path: Path,
    utterances: Sequence[Utterance],
    dropped: Mapping[str, Sequence[str]],
    notes: Sequence[str] = (),
) -> None:
    """Write a data directory whole, replacing an earlier one of ours.

    Parameters
    ----------
    path
        The directory.
    utterances
        All of them, in any order.
    dropped
        Utterance ids or file names that were left out, by reason; counted in ``counts.json``.
    notes
        What a reader of the counts must know.

    Raises
    ------
    SentemoError
        When there are no utterances, ids repeat, audio is missing, unreadable or empty, or `path`
        is a directory that this function did not write.
    """
    path = Path(path)
    require_replaceable(path, COUNTS)
    if not utterances:
        raise SentemoError(f"{path}: no utterances to write")
    durations = _durations(path, utterances)
    with atomic_dir(path) as aside:
        for name, table in _tables(utterances, durations).items():
            if table:
                write_table(aside / name, table)
        with atomic_file(aside / COUNTS) as stream:
            json.dump(_counts(utterances, durations, dropped, notes), stream, indent=1)


def require_replaceable(path: Path, sign: str) -> None:
    """Refuse to replace what is neither an empty directory nor an earlier output.

    Parameters
    ----------
    path
        Where a directory will be written.
    sign
        Name of a file that every such output holds.
    """
    empty = path.is_dir() and not any(path.iterdir())
    if path.exists() and not empty and not (path / sign).is_file():
        raise SentemoError(
            f"{path}: exists and is not an earlier output (it has no {sign}); "
            "give another --dest, or remove it yourself"
        )


def _durations(path: Path, utterances: Sequence[Utterance]) -> dict[str, float]:
    headers = read_headers(u.audio for u in utterances)
    problems = Problems(str(path))
    durations: dict[str, float] = {}
    for utt in utterances:
        header = headers[utt.audio]
        if isinstance(header, SentemoError):
            problems.add("audio", utt.id, str(header))
        elif utt.id in durations:
            problems.add("duplicate id", utt.id, str(utt.audio))
        elif utt.end is not None and utt.end > header.duration + SEGMENT_TOLERANCE:
            detail = f"{utt.end} s of {header.duration:.3f} s in {utt.audio}"
            problems.add("segment ends after its recording", utt.id, detail)
        else:
            durations[utt.id] = header.duration if utt.end is None else utt.end - utt.start
    problems.raise_if_any("Repair or remove these audio files and utterances.")
    return durations


def _tables(
    utterances: Sequence[Utterance], durations: Mapping[str, float]
) -> dict[str, dict[str, str]]:
    of_speaker = defaultdict(list)
    for utt in sorted(utterances, key=lambda u: u.id):
        of_speaker[utt.speaker].append(utt.id)
    return {
        "wav.scp": {u.recording or u.id: os.path.abspath(u.audio) for u in utterances},
        "segments": {
            u.id: f"{u.recording} {u.start:.6f} {u.end:.6f}"
            for u in utterances
            if u.recording is not None
        },
        "utt2spk": {u.id: u.speaker for u in utterances},
        "spk2utt": {speaker: " ".join(ids) for speaker, ids in of_speaker.items()},
        "utt2dur": {u: f"{seconds:.4f}" for u, seconds in durations.items()},
        "utt2label": {u.id: u.label for u in utterances if u.label is not None},
        "text": {u.id: u.text for u in utterances if u.text is not None},
    }


def _counts(
    utterances: Iterable[Utterance],
    durations: Mapping[str, float],
    dropped: Mapping[str, Sequence[str]],
    notes: Sequence[str],
) -> dict[str, object]:
    labels = Counter(u.label for u in utterances if u.label is not None)
    return {
        "utterances": len(durations),
        "speakers": len({u.speaker for u in utterances}),
        "hours": round(sum(durations.values()) / 3600, 4),
        "labels": dict(sorted(labels.items())),
        "dropped": {reason: len(items) for reason, items in dropped.items()},
        "notes": list(notes),
    }
