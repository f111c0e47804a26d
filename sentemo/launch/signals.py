"""Signals that end a command, so that it also ends the work that it started."""

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager

ENDING_SIGNALS = (signal.SIGTERM, signal.SIGHUP)


@contextmanager
def ended_by_signals() -> Iterator[None]:
    """Within this context, turn signals that end the process into `SystemExit`, which cleans up."""
    before = {number: signal.signal(number, _exit) for number in ENDING_SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _exit(number: int, _: object) -> None:
    sys.exit(128 + number)
