"""Names of others' files in messages and tables, without control characters."""


def printable(text: str, kept: str = "") -> str:
    r"""Write control characters, line breaks, and bytes that are not UTF-8 as \x1b, \n, \udce4.

    Parameters
    ----------
    kept
        Characters that stay as they are.
    """
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() or c in kept else _escaped(c) for c in text)


def is_utf8(text: str) -> bool:
    """Tell whether a text, such as the name of a file, can be written in UTF-8."""
    return text.isascii() or not any("\ud800" <= letter <= "\udfff" for letter in text)


def _escaped(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")
