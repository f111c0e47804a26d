"""Names that only look different, and words that stand for none."""

import re
import unicodedata
from collections.abc import Iterable

from sentemo.core.errors import Problems

# What pandas takes for a missing value (pandas.read_csv, na_values), written by it, R and Excel.
MISSING = frozenset(
    (
        *("", "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND"),
        *("1.#QNAN", "<NA>", "N/A", "NA", "NULL", "NaN", "None", "n/a", "nan", "null"),
    )
)
_UNKNOWN = frozenset(("unknown", "unk", "none", "?", "-"))  # of a speaker, in any case
LOOK_ALIKE = "{} that looks like another"


def is_unknown(speaker: str) -> bool:
    """Tell whether a list says by this name that it does not know the speaker."""
    return speaker in MISSING or speaker.lower() in _UNKNOWN


def look_of(name: str) -> str:
    """Return what a reader sees in the name of a class or a speaker.

    Names look alike where they differ only in case, in invisible characters, in white space, ``_``
    and ``-`` between words, or as spreadsheets write one number: ``1``, ``001`` and ``1.0``.
    """
    visible = (c for c in unicodedata.normalize("NFKC", name) if unicodedata.category(c) != "Cf")
    look = re.sub(r"(?<=\w)[\s_-]+(?=\w)", " ", "".join(visible).casefold())
    return re.sub(r"(?<![\d.])0+(?=\d)", "", re.sub(r"^(\d+)\.0+$", r"\1", look))


def first_spellings(names: Iterable[str]) -> dict[str, str]:
    """Return for each name the first of those that look like it, which may be itself."""
    looks: dict[str, str] = {}
    return {name: looks.setdefault(look_of(name), name) for name in names}


def add_look_alikes(what: str, named: Iterable[tuple[str | None, str]], problems: Problems) -> None:
    """Add names that look like an earlier one to `problems`, each once.

    Parameters
    ----------
    what
        What is named: ``label`` or ``speaker``.
    named
        Names, of which None are passed over, and where each stands.
    """
    places: dict[str, str] = {}
    for name, where in named:
        if name is not None:
            places.setdefault(name, where)
    for name, other in first_spellings(places).items():
        if other != name:
            problems.add(LOOK_ALIKE.format(what), places[name], f"{name!a} and {other!a}")
