"""Folds: which speakers train, validate and test; a speaker never stands on two sides.

A fold file is a tab-separated table. ``#`` opens a comment line; several speakers are separated
by commas; every other speaker of the data trains::

    fold	valid	test
    1	08	03
    2	09	08
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from sentemo.errors import Problems, SentemoError
from sentemo.stages import atomic_file

HEADER = ["fold", "valid", "test"]
REMEDY = (
    'A fold file is tab-separated with the header "fold valid test"; speakers are separated by '
    "commas, and those that a fold does not name are its training speakers."
)


@dataclass(frozen=True)
class Fold:
    """One division of the speakers into three disjoint sides."""

    number: int
    train: tuple[str, ...]
    valid: tuple[str, ...]
    test: tuple[str, ...]


def read_folds(path: Path, speakers: Iterable[str]) -> list[Fold]:
    """Read a fold file and check it against the speakers of the data.

    Raises
    ------
    SentemoError
        Naming file and line when a line is malformed, a speaker is unknown, on two sides, or
        tested twice, or a side of a fold is empty; and when there are several folds but a speaker
        of the data is never tested.
    """
    everyone = sorted(set(speakers))
    problems = Problems(str(path))
    folds = [
        fold
        for where, fields in _rows(Path(path), problems)
        if (fold := _parse_fold(where, fields, everyone, problems))
    ]
    problems.raise_if_any(REMEDY)
    if not folds:
        raise SentemoError(f"{path}: no folds. {REMEDY}")

    numbers = Counter(fold.number for fold in folds)
    for number in sorted(n for n, times in numbers.items() if times > 1):
        problems.add("duplicate fold", f"fold {number}", f"{numbers[number]} lines")
    tested = Counter(speaker for fold in folds for speaker in fold.test)
    for speaker in everyone:
        if tested[speaker] > 1:
            problems.add("tested more than once", f"speaker {speaker}", f"{tested[speaker]} folds")
        if tested[speaker] == 0 and len(folds) > 1:
            problems.add("never tested", f"speaker {speaker}", "in the data but in no test side")
    problems.raise_if_any("Each speaker of the data is tested in exactly one of several folds.")
    return folds


def _rows(path: Path, problems: Problems) -> list[tuple[str, list[str]]]:
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except UnicodeDecodeError as error:
        raise SentemoError(f"{path}: not UTF-8 (byte {error.start + 1})") from None
    rows = [
        (f"{path}:{number}", line.rstrip("\r").split("\t"))
        for number, line in enumerate(lines, start=1)
        if line.strip() and not line.startswith("#")
    ]
    if not rows or rows[0][1] != HEADER:
        found = repr("\t".join(rows[0][1])) if rows else "nothing"
        problems.add("wrong header", rows[0][0] if rows else str(path), found)
    return rows[1:]


def _parse_fold(
    where: str, fields: Sequence[str], everyone: Sequence[str], problems: Problems
) -> Fold | None:
    if len(fields) != len(HEADER) or not fields[0].isdecimal() or int(fields[0]) < 1:
        problems.add("malformed line", where, repr("\t".join(fields)))
        return None
    valid, test = (tuple(s.strip() for s in f.split(",") if s.strip()) for f in fields[1:])
    found_before = len(problems)
    for speaker, times in Counter(valid + test).items():
        if speaker not in everyone:
            problems.add("unknown speaker", where, f"{speaker} is not in the data")
        if times > 1:
            problems.add("speaker named twice", where, f"{speaker} ({', '.join(fields[1:])})")
    train = tuple(speaker for speaker in everyone if speaker not in valid + test)
    for side, members in (("training", train), ("validation", valid), ("test", test)):
        if not members:
            problems.add("empty side", where, f"no {side} speakers")
    return Fold(int(fields[0]), train, valid, test) if len(problems) == found_before else None


def leave_one_speaker_out(speakers: Iterable[str]) -> list[Fold]:
    """Make one fold per speaker: tested, the next in cyclic order validates, the others train.

    Raises
    ------
    SentemoError
        With fewer than three speakers, when a side would be empty.
    """
    everyone = sorted(set(speakers))
    if len(everyone) < 3:
        raise SentemoError(
            f"leaving one speaker out needs at least 3 speakers (training, validation, test), "
            f"the data has {len(everyone)}: {', '.join(everyone)}"
        )
    folds = []
    for index, test in enumerate(everyone):
        valid = everyone[(index + 1) % len(everyone)]
        train = tuple(s for s in everyone if s not in (valid, test))
        folds.append(Fold(index + 1, train, (valid,), (test,)))
    return folds


def write_folds(path: Path, folds: Iterable[Fold]) -> None:
    """Write a fold file that `read_folds` reads back.

    Raises
    ------
    SentemoError
        When a speaker's name has a comma, which separates speakers.
    """
    folds = list(folds)
    if commas := sorted({s for f in folds for s in (*f.valid, *f.test) if "," in s}):
        raise SentemoError(f"{path}: speakers with a comma in their name: {' '.join(commas)}")
    with atomic_file(Path(path)) as stream:
        stream.write("\t".join(HEADER) + "\n")
        for fold in folds:
            stream.write(f"{fold.number}\t{','.join(fold.valid)}\t{','.join(fold.test)}\n")
