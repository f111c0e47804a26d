"""Markdown tables, and the generated blocks in READMEs that contain them."""

import re
from collections.abc import Callable, Sequence

from sentemo.core.errors import SentemoError
from sentemo.core.printable import printable

# What HTML and Markdown would interpret, but not a lone < or the [ of an interval.
_INTERPRETED = re.compile(
    r"""<(?=[A-Za-z/!?]) | &(?=[#\w]+;)
    | [`*] | \[(?=[^\]]*\]\s*[(\[:]) | (?<!\w)_(?=\w) | (?<=\w)_(?!\w)""",
    re.VERBOSE,
)
_HTML = {"<": "&lt;", "&": "&amp;"}


def plain(text: str) -> str:
    """Return a text that Markdown shows as it is, on one line: no HTML, links or emphasis."""
    line = printable(" ".join(text.split()))
    return _INTERPRETED.sub(lambda found: _HTML.get(found[0], f"\\{found[0]}"), line)


def code(text: str) -> str:
    """Return a text as code, whatever backticks are in it."""
    line = printable(" ".join(text.split()))
    longest = max(map(len, re.findall("`+", line)), default=0)
    fence, margin = "`" * (longest + 1), " " * line.startswith("`") or " " * line.endswith("`")
    return f"{fence}{margin}{line}{margin}{fence}"


class Markup(str):
    """Text that is Markdown already."""


def bold(text: str) -> Markup:
    """Return a text in bold."""
    return Markup(f"**{plain(text)}**")


def _shown(cell: str) -> str:
    return cell if isinstance(cell, Markup) else plain(str(cell))


def markdown_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Render a Markdown table with aligned columns, which also reads well in a terminal."""
    cells = [[_shown(cell).replace("|", "\\|") for cell in row] for row in (header, *rows)]
    widths = [max(3, *map(len, column)) for column in zip(*cells, strict=True)]
    lines = [
        "| " + " | ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)) + " |"
        for row in cells
    ]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(lines)


def percent(fraction: float | None) -> str:
    """Format a fraction in percent with one decimal; None becomes a dash."""
    return "–" if fraction is None else f"{100 * fraction:.1f}"


def coefficient(value: float | None) -> str:
    """Format a correlation coefficient with three decimals; None becomes a dash."""
    return "–" if value is None else f"{value:.3f}"


def with_interval(
    value: float,
    interval: Sequence[float] | None,
    write: Callable[[float], str],
) -> str:
    """Format a value and, where there is one, its interval: ``61.3 [58.0, 64.6]``."""
    return write(value) if interval is None else f"{write(value)} {in_brackets(interval, write)}"


def in_brackets(interval: Sequence[float] | None, write: Callable[[float], str]) -> str:
    """Format an interval: ``[58.0, 64.6]``; a dash where there is none."""
    return "–" if interval is None else f"[{', '.join(map(write, interval))}]"


def replace_block(text: str, name: str, block: str, where: str) -> str:
    """Replace the part of `text` between the comments ``<!-- name -->`` and ``<!-- /name -->``.

    Raises
    ------
    SentemoError
        When `text`, the content of the file `where`, does not have each comment exactly once.
    """
    opening, closing = f"<!-- {name} -->", f"<!-- /{name} -->"
    before, opened, rest = text.partition(opening)
    _, closed, after = rest.partition(closing)
    if not opened or not closed or opening in rest or closing in before + after:
        raise SentemoError(
            f"{where}: expected one line {opening} and, below it, one line {closing}. "
            "Add them where the table belongs."
        )
    return f"{before}{opening}\n{block}\n{closing}{after}"
