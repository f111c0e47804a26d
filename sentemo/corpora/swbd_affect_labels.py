"""The ratings of Switchboard-Affect: six graders of each segment, and what they agree on.

``labels_detailed.csv`` has a row for each grader of a segment. A segment is called as in the
transcripts, ``sw2005A-ms98-a-0012``; its name may end with ``.wav``. The grader chose a primary
emotion and perhaps secondary ones, and rated activation, valence and dominance from 1 to 5.
"""

import csv
import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sentemo.core.errors import Problems, SentemoError
from sentemo.corpora.release import excerpt, listing, numbered_lines
from sentemo.data.dimensions import Scale
from sentemo.data.kaldi import NO_AGREEMENT

LABELS_FILE = "labels_detailed.csv"
CLASS_OF_WORD = {
    "anger": "angry",
    "contempt": "contempt",
    "disgust": "disgusted",
    "sadness": "sad",
    "fear": "fearful",
    "surprise": "surprised",
    "happiness": "happy",
    "tenderness": "tender",
    "calmness": "calm",
    "neutral": "neutral",
    "other": "other",
}
SCALE = Scale(1, 5)
# What each column holds, and the names that it is looked for by, without case, spaces and marks.
NAMES_OF_COLUMN = {
    "segment": ("segment", "segmentid", "filename"),
    "primary": ("primary", "primaryemotion"),
    "secondary": ("secondary", "secondaryemotion", "secondaryemotions"),
    "activation": ("activation",),
    "valence": ("valence",),
    "dominance": ("dominance",),
}
AGREEMENT = 0.5  # share of the graders who chose a class, as primary or secondary emotion
REMEDY = (
    "Correct these lines, or say with --columns which columns hold what. --allow_partial true "
    "leaves these lines out and counts them."
)
_SEGMENT = re.compile(r"(sw[0-9]{4}[AB]-ms98-a-[0-9]{4})(?:\.wav)?")
_SEPARATORS = re.compile(r"[,;/|]")


@dataclass(frozen=True)
class Rating:
    """Answers of one grader on a segment.

    Attributes
    ----------
    primary, secondary
        Classes, the values of `CLASS_OF_WORD`.
    avd
        Activation, valence, dominance.
    """

    primary: str
    secondary: tuple[str, ...]
    avd: tuple[float, float, float]

    @property
    def classes(self) -> tuple[str, ...]:
        """Return the classes that the grader chose at all, the primary one first."""
        return tuple(dict.fromkeys((self.primary, *self.secondary)))


def find_labels(affect_dir: Path) -> Path:
    """Find the file of ratings in the folder, or one or two levels deeper.

    Raises
    ------
    SentemoError
        When there is none, or when there are several, saying what was found.
    """
    found = [f for depth in ("", "*/", "*/*/") for f in Path(affect_dir).glob(depth + LABELS_FILE)]
    if len(found) == 1:
        return found[0]
    what = ", ".join(map(str, sorted(found))) or listing(Path(affect_dir))
    raise SentemoError(
        f"{affect_dir}: not the labels of Switchboard-Affect. Expected one {LABELS_FILE} in it, "
        f"found {what}"
    )


def parse_columns(text: str) -> dict[str, str]:
    """Parse ``segment=clip,primary=emotion`` into the names of columns.

    Raises
    ------
    SentemoError
        When it is no such list, or names something that no column holds.
    """
    named = {}
    for item in filter(None, map(str.strip, text.split(","))):
        what, equals, column = (part.strip() for part in item.partition("="))
        if what not in NAMES_OF_COLUMN or not equals or not column:
            raise SentemoError(
                f"--columns: '{item}' is not one of {', '.join(NAMES_OF_COLUMN)} with the name of "
                "its column, such as segment=clip"
            )
        named[what] = column
    return named


def read_ratings(
    file: Path, columns: Mapping[str, str], problems: Problems
) -> dict[str, list[Rating]]:
    """Read the ratings of all segments; lines that are none are added to `problems`.

    Parameters
    ----------
    columns
        Names of columns that are not called as in `NAMES_OF_COLUMN`.

    Raises
    ------
    SentemoError
        When a column cannot be told, naming those that there are.
    """
    lines = numbered_lines(file, file.parent)
    where, first = next(lines, (str(file), ""))
    header = _fields(first)
    places = {what: _place(what, header, columns, where) for what in NAMES_OF_COLUMN}
    ratings: dict[str, list[Rating]] = {}
    for where, line in lines:
        fields = _fields(line)
        faults = ["wrong number of columns"]
        if len(fields) == len(header):
            said = {what: fields[place] for what, place in places.items()}
            faults = list(_faults(said))
        if faults:
            problems.add(f"malformed rating: {faults[0]}", where, excerpt(line))
            continue
        match = _SEGMENT.fullmatch(said["segment"])
        assert match is not None  # `_faults` has checked it
        activation, valence, dominance = (
            float(said[name]) for name in ("activation", "valence", "dominance")
        )
        rating = Rating(
            CLASS_OF_WORD[said["primary"].lower()],
            tuple(CLASS_OF_WORD[word] for word in _words(said["secondary"])),
            (activation, valence, dominance),
        )
        ratings.setdefault(match[1], []).append(rating)
    return ratings


def _fields(line: str) -> list[str]:
    try:
        return [field.strip() for field in next(csv.reader([line], strict=True), [])]
    except csv.Error:
        return []


def _place(what: str, header: Sequence[str], columns: Mapping[str, str], where: str) -> int:
    plain = [re.sub(r"[\W_]", "", name).lower() for name in header]
    if what in columns:
        found = [place for place, name in enumerate(header) if name == columns[what]]
    else:
        found = [place for place, name in enumerate(plain) if name in NAMES_OF_COLUMN[what]]
    if len(found) == 1:
        return found[0]
    raise SentemoError(
        f"{where}: {'several columns' if found else 'no column'} for {what}; there are "
        f"{', '.join(header) or 'none'}. Name it: --columns {what}=NAME"
    )


def _faults(said: Mapping[str, str]) -> Iterator[str]:
    """Yield what is wrong with a row, if anything."""
    if not _SEGMENT.fullmatch(said["segment"]):
        yield "segment that is not named like sw2005A-ms98-a-0012"
    if said["primary"].lower() not in CLASS_OF_WORD:
        yield f"primary emotion that is none of {', '.join(CLASS_OF_WORD)}"
    if any(word not in CLASS_OF_WORD for word in _words(said["secondary"])):
        yield f"secondary emotion that is none of {', '.join(CLASS_OF_WORD)}"
    if not all(_is_rating(said[name]) for name in ("activation", "valence", "dominance")):
        yield f"dimension that is not a number from {SCALE}"


def _words(text: str) -> list[str]:
    """Return the secondary emotions, which may be none."""
    words = (word.strip().lower() for word in _SEPARATORS.split(text))
    return [word for word in words if word not in ("", "none", "nan")]


def _is_rating(text: str) -> bool:
    try:
        value = float(text)
    except ValueError:
        return False
    return math.isfinite(value) and SCALE.low <= value <= SCALE.high


def agreed_class(ratings: Sequence[Rating]) -> str:
    """Return the class that most graders chose, as primary or secondary emotion; or `NO_AGREEMENT`.

    At least half of them must have chosen it, which is the consensus of the release. Where several
    classes have as many graders, the one with most primary choices is taken, and where these are as
    many too, there is no agreement; the release does not say.
    """
    primary = Counter(rating.primary for rating in ratings)
    chosen = Counter(name for rating in ratings for name in rating.classes)
    ranked = sorted(((count, primary[name], name) for name, count in chosen.items()), reverse=True)
    (count, first, name), *others = ranked
    is_tied = bool(others) and others[0][:2] == (count, first)
    return NO_AGREEMENT if is_tied or count < AGREEMENT * len(ratings) else name


def mean_ratings(ratings: Sequence[Rating]) -> tuple[float, float, float]:
    """Return the mean activation, valence and dominance."""
    activation, valence, dominance = (
        sum(values) / len(ratings) for values in zip(*(r.avd for r in ratings), strict=True)
    )
    return activation, valence, dominance
