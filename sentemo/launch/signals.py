"""A command that is told to end takes with it what it started."""

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager

TOLD = (signal.SIGTERM, signal.SIGHUP)


@contextmanager
def ended_by_signals() -> Iterator[None]:
    """Turn the signals that end a process into an exit, which cleans up, within this context."""
    before = {number: signal.signal(number, _exit) for number in TOLD}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _exit(number: int, _: object) -> None:
    sys.exit(128 + number)
