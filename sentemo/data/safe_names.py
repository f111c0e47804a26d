"""Names of a user's files, classes and speakers, as ids that every table and file can hold."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable

LONGEST_ID = 100  # characters; ids become names of files, which may have 255 bytes


def safe_id(text: str) -> str:
    """Return a name in letters of ASCII, digits, ``_``, ``-`` and ``.``: Muller for Müller."""
    plain = unicodedata.normalize("NFKD", text.replace("ß", "ss"))
    plain = "".join(c for c in plain if not unicodedata.combining(c))
    return re.sub(r"[^A-Za-z0-9_.-]+", "_", plain)[:LONGEST_ID].strip("._-") or "x"


def safe_name(text: str) -> str:
    """Return the name of a class or a speaker without white space and commas: very_happy."""
    return re.sub(r"[\s,]+", "_", unicodedata.normalize("NFC", text).strip())


def unique_ids(wanted: Iterable[str]) -> list[str]:
    """Return safe and different ids in the same order; a later one of the same name is a_2."""
    taken: set[str] = set()
    numbers: Counter[str] = Counter()
    found = []
    for name in map(safe_id, wanted):
        unique = name
        while unique in taken:
            numbers[name] += 1
            unique = f"{name}_{numbers[name] + 1}"
        taken.add(unique)
        found.append(unique)
    return found
