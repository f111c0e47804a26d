"""Names and words in figures as they are: matplotlib would read those between two $ as formulas."""

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def plain_text() -> Iterator[None]:
    """Draw texts without mathematics within this context, or in the function decorated with it."""
    from matplotlib import rc_context  # seconds, and only here

    with rc_context({"text.parse_math": False}):
        yield
