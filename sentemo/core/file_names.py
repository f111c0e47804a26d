"""Names of files that others chose: labels, utterances, candidates of a study."""

import hashlib
import re

LONGEST = 180  # bytes; a file may have 255, and gets endings and temporary names
_NEVER = re.compile(r"[/\\\x00-\x1f\x7f\ud800-\udfff]+|^[.~-]+")


def file_name(text: str) -> str:
    """Return a text as the name of one file, which lies in the folder that it is joined to.

    What no name has is replaced; a digest keeps such names apart.
    """
    name = _NEVER.sub("_", text)
    while len(name.encode()) > LONGEST:
        name = name[: LONGEST // 4] if len(name) > LONGEST // 4 else name[:-1]
    if name == text and name:
        return name
    digest = hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()[:8]
    return f"{name}_{digest}"


def is_file_name(text: str) -> bool:
    """Tell whether a text can name a file as it is."""
    return file_name(text) == text
