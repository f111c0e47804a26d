"""Fold files: tables of the training, validation and test sides of each fold.

A fold file is a tab-separated table. ``#`` begins a comment line, and a comment on the first line
names the protocol. One kind of file names speakers, separated by commas; all other speakers of the
data train::

    # Leave one speaker out: the next speaker validates.
    fold	valid	test
    1	08	03
    2	09	08

The other kind names parts of the corpus' own partition (``utt2split``; parts that are not named are
left out). Its last column claims either that known speakers are disjoint, which is then checked, or
nothing::

    fold	train	valid	test	disjoint
    1	train	valid	test1	nothing
"""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from sentemo.core.errors import Problems, SentemoError
from sentemo.core.files import atomic_file, read_text
from sentemo.data.kaldi import UNKNOWN_SPEAKER, Utterance
from sentemo.data.splits import SIDES, Fold, divided, speakers_on_two_sides

SPEAKER_HEADER = ["fold", "valid", "test"]
SPLIT_HEADER = ["fold", *SIDES, "disjoint"]
DIGITS = 4  # of the number of a fold, which names a directory
CLAIMS = ("speakers", "nothing")
REMEDY = (
    'A fold file is tab-separated with the header "fold valid test" (speakers; all others train) '
    'or "fold train valid test disjoint" (parts named in utt2split; disjoint is "speakers" or '
    '"nothing"); several names are separated by commas.'
)


def read_folds(path: Path, utterances: Sequence[Utterance]) -> list[Fold]:
    """Read a fold file and check it against the utterances of the data.

    Raises
    ------
    SentemoError
        Naming file and line when a line is malformed, a speaker is unknown, a name is on two sides
        or tested twice, a side of a fold is empty, or a speaker is on two sides though the fold
        claims disjoint speakers. Also when there are several folds but a speaker is never tested,
        and when speakers are divided but some utterances have unknown speakers.
    """
    path = Path(path)
    originals = divided(utterances)
    problems = Problems(str(path))
    header, rows = _rows(path, problems)
    if header == SPLIT_HEADER:
        parse, everyone = _parse_splits, sorted({utt.split for utt in originals if utt.split})
        if not everyone:
            raise SentemoError(
                f"{path}: divides by utt2split, which the data do not have. Prepare the data again "
                "(stage data), or give --folds that name speakers."
            )
    else:
        parse, everyone = _parse_speakers, sorted({utt.speaker for utt in originals})
        if UNKNOWN_SPEAKER in everyone:
            raise SentemoError(
                f"{path}: divides the speakers, but there are utterances of unknown speakers. "
                "Name them in utt2spk, or write utt2split, which says who trains and is tested."
            )
    folds = [fold for where, fields in rows if (fold := parse(where, fields, everyone, problems))]
    problems.raise_if_any(REMEDY)
    if not folds:
        raise SentemoError(f"{path}: no folds. {REMEDY}")
    if header == SPLIT_HEADER:
        _check_claims(folds, originals, problems)
    _check_together(folds, everyone, problems)
    return folds


def is_fold_file(path: Path) -> bool:
    """Tell whether a file has the header of a fold file, without checking it."""
    try:
        lines = read_text(path).split("\n")
    except SentemoError:
        return False
    first = next((line for line in lines if line.strip() and not line.startswith("#")), "")
    return first.rstrip("\r").split("\t") in (SPEAKER_HEADER, SPLIT_HEADER)


def count_folds(path: Path) -> int:
    """Return the number of folds in a file, without checking them."""
    return len(_rows(path, Problems(str(path)))[1])


def read_protocol(path: Path) -> str:
    """Return the protocol's name in results: the comment on the first line, or the file's name."""
    first = read_text(path).partition("\n")[0].strip()
    comment = first.lstrip("# ").rstrip(". ") if first.startswith("#") else ""
    return comment or f"folds of {path.name}"


def _rows(path: Path, problems: Problems) -> tuple[list[str], list[tuple[str, list[str]]]]:
    lines = read_text(path).split("\n")
    rows = [
        (f"{path}:{number}", line.rstrip("\r").split("\t"))
        for number, line in enumerate(lines, start=1)
        if line.strip() and not line.startswith("#")
    ]
    header = rows[0][1] if rows else []
    if header not in (SPEAKER_HEADER, SPLIT_HEADER):
        found = repr("\t".join(header)) if rows else "nothing"
        problems.add("wrong header", rows[0][0] if rows else str(path), found)
    problems.raise_if_any(REMEDY)
    return header, rows[1:]


def _parse_speakers(
    where: str, fields: Sequence[str], everyone: Sequence[str], problems: Problems
) -> Fold | None:
    if not _is_row(where, fields, SPEAKER_HEADER, problems):
        return None
    valid, test = map(_names, fields[1:])
    found_before = len(problems)
    for speaker, times in Counter(valid + test).items():
        if speaker not in everyone:
            problems.add("unknown speaker", where, f"{speaker} is not in the data")
        if times > 1:
            problems.add("speaker named twice", where, f"{speaker} ({', '.join(fields[1:])})")
    train = tuple(speaker for speaker in everyone if speaker not in valid + test)
    for side, members in zip(SIDES, (train, valid, test), strict=True):
        if not members:
            problems.add("empty side", where, f"no {side} speakers")
    return Fold(int(fields[0]), train, valid, test) if len(problems) == found_before else None


def _parse_splits(
    where: str, fields: Sequence[str], everyone: Sequence[str], problems: Problems
) -> Fold | None:
    if not _is_row(where, fields, SPLIT_HEADER, problems):
        return None
    train, valid, test = sides = [_names(field) for field in fields[1:4]]
    found_before = len(problems)
    for name, times in Counter(name for side in sides for name in side).items():
        if times > 1:
            problems.add("part named twice", where, name)
    for side, names in zip(SIDES, sides, strict=True):
        if not set(names) & set(everyone):
            named = ", ".join(names) or "nothing"
            detail = f"{side} is {named}; utt2split has {', '.join(everyone)}"
            problems.add("empty side", where, detail)
    if fields[4] not in CLAIMS:
        problems.add("unknown claim", where, f"{fields[4]!r} is neither {' nor '.join(CLAIMS)}")
    if len(problems) > found_before:
        return None
    is_disjoint = fields[4] == "speakers"
    return Fold(int(fields[0]), train, valid, test, by="split", speaker_disjoint=is_disjoint)


def _is_row(where: str, fields: Sequence[str], header: list[str], problems: Problems) -> bool:
    number = fields[0].isdecimal() and len(fields[0]) <= DIGITS and int(fields[0])
    if len(fields) == len(header) and number:
        return True
    problems.add("malformed line", where, repr("\t".join(fields)))
    return False


def _names(field: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in field.split(",") if name.strip())


def _check_claims(
    folds: Sequence[Fold], originals: Sequence[Utterance], problems: Problems
) -> None:
    for fold in folds:
        if fold.speaker_disjoint:
            for speaker, sides in speakers_on_two_sides(fold, originals).items():
                detail = f"on the sides {', '.join(sides)}"
                problems.add("speaker on two sides", f"fold {fold.number}: {speaker}", detail)
    problems.raise_if_any(
        "The fold file claims disjoint speakers. Correct utt2split or utt2spk, or let the column "
        '"disjoint" say "nothing": results then say that speakers were on both sides.'
    )


def _check_together(folds: Sequence[Fold], everyone: Sequence[str], problems: Problems) -> None:
    numbers = Counter(fold.number for fold in folds)
    for number in sorted(n for n, times in numbers.items() if times > 1):
        problems.add("duplicate fold", f"fold {number}", f"{numbers[number]} lines")
    tested = Counter(name for fold in folds for name in fold.test)
    kind = folds[0].by
    for name in everyone:
        if tested[name] > 1:
            problems.add("tested more than once", f"{kind} {name}", f"{tested[name]} folds")
        if tested[name] == 0 and len(folds) > 1 and kind == "speaker":
            problems.add("never tested", f"{kind} {name}", "in the data but in no test side")
    problems.raise_if_any("Each speaker of the data is tested in exactly one of several folds.")


def write_folds(path: Path, folds: Sequence[Fold], protocol: str) -> None:
    """Write a fold file that `read_folds` and `read_protocol` can read; folds are of one kind.

    Raises
    ------
    SentemoError
        When a name contains a comma, as commas separate names.
    """
    named = sorted({name for f in folds for side in SIDES for name in getattr(f, side)})
    if commas := [name for name in named if "," in name]:
        raise SentemoError(f"{path}: names with a comma: {' '.join(commas)}")
    by_speaker = folds[0].by == "speaker"
    with atomic_file(Path(path)) as stream:
        stream.write(f"# {protocol}.\n")
        stream.write("\t".join(SPEAKER_HEADER if by_speaker else SPLIT_HEADER) + "\n")
        for fold in folds:
            fields = [str(fold.number)]
            fields += [",".join(getattr(fold, side)) for side in SIDES[by_speaker:]]
            if not by_speaker:
                fields.append(CLAIMS[not fold.speaker_disjoint])
            stream.write("\t".join(fields) + "\n")
