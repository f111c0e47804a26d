"""Errors for users: each says what is wrong, where, and what to do."""

import errno
import os
import sys
from collections import defaultdict
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from sentemo.core.printable import printable

NO_ROOM = (errno.ENOSPC, errno.EFBIG, errno.EDQUOT)
# Other errors about a file that a user can mend; any other error number is a bug.
UNUSABLE = (
    *(errno.EACCES, errno.EPERM, errno.EROFS, errno.EIO, errno.ESTALE),
    *(errno.ENOENT, errno.EISDIR, errno.ENOTDIR, errno.ENAMETOOLONG, errno.ELOOP),
)
SHOWN_PER_REASON = 5
LAYOUT = "\n\t"  # of messages that have several lines
LEFT_OUT = "left out, "  # how a note on accepted problems begins
USAGE = 2  # exit status of a command that was called with wrong arguments
Result = TypeVar("Result")


class SentemoError(Exception):
    """A problem that the user can mend; the message says where it is and how to mend it."""


class NoRoomError(SentemoError):
    """The disk is full, the quota is used up, or the file exceeds the largest size allowed."""


class OutputError(SentemoError):
    """The standard output is closed, or what it leads to is full."""


def file_error(error: OSError, where: Path | None = None) -> SentemoError:
    """Turn an error of the operating system into one that names the file and the remedy.

    Parameters
    ----------
    where
        File that was being written, for errors that do not name a file.
    """
    # For a copy, the second file name is that of the file being written.
    written = error.filename2 or error.filename or where or "input/output"
    reason = error.strerror or str(error)
    if error.errno in NO_ROOM:
        return NoRoomError(
            f"{written}: could not be written ({reason}). Make room and run the same command again."
        )
    return SentemoError(f"{error.filename or where or 'input/output'}: {reason}")


def library_reason(error: Exception) -> str:
    """Return the first line of the message of a library's error; its class where there is none."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0]


class Problems:
    """Collects all problems that a check finds, by reason, before the check fails.

    Examples
    --------
    >>> problems = Problems("data/all")
    >>> problems.add("empty audio", "utterance a01", "0 samples in a01.wav")
    >>> problems.raise_if_any("Remove these utterances or repair the files.")
    Traceback (most recent call last):
    ...
    sentemo.core.errors.SentemoError: data/all: 1 problem
      empty audio: 1
        utterance a01: 0 samples in a01.wav
    Remove these utterances or repair the files.
    """

    def __init__(self, where: str) -> None:
        self.where = where
        self._by_reason: dict[str, list[str]] = defaultdict(list)

    def add(self, reason: str, item: str, detail: str) -> None:
        """Count one problem of `item` (an utterance, a file, a line) under `reason`."""
        self._by_reason[reason].append(f"{item}: {detail}")

    def __len__(self) -> int:
        return sum(len(found) for found in self._by_reason.values())

    def settle(self, accepted: bool, dropped: dict[str, list[str]], remedy: str) -> list[str]:
        """Raise as `raise_if_any` does, or if problems are `accepted`, add them to `dropped`.

        Returns
        -------
        list
            One note for each accepted reason, with its count.
        """
        if not accepted:
            self.raise_if_any(remedy)
        dropped.update(self._by_reason)
        return [f"{LEFT_OUT}{reason}: {len(found)}" for reason, found in self._by_reason.items()]

    def raise_if_any(self, remedy: str) -> None:
        """Raise one `SentemoError` that counts all problems, if any were added."""
        if len(self) == 0:
            return
        lines = [f"{self.where}: {len(self)} problem{'s' * (len(self) > 1)}"]
        for reason, found in self._by_reason.items():
            lines.append(f"  {reason}: {len(found)}")
            lines += [f"    {item}" for item in found[:SHOWN_PER_REASON]]
            if len(found) > SHOWN_PER_REASON:
                lines.append(f"    … and {len(found) - SHOWN_PER_REASON} more")
        raise SentemoError("\n".join([*lines, remedy]))


def run_command(main: Callable[[], Result]) -> Result:
    """Run a command's `main`; an error that a user can mend ends it with a message and status 1.

    Names that are not UTF-8 are printed with escapes.

    A missing package is one where the installation is the small one, without torch and ESPnet.
    """
    with suppress(AttributeError):  # of a stream that a caller put in its place
        sys.stdout.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    try:
        require_streams()
        result = main()
        _flush_output()
        return result
    except SentemoError as error:
        sys.exit(f"error: {printable(str(error), LAYOUT)}")
    except ModuleNotFoundError as error:
        from sentemo.core.extras import require_training  # it imports this module

        try:
            require_training("This command")
        except SentemoError as reason:
            sys.exit(f"error: {reason}")
        raise error
    except OSError as error:
        sys.exit(f"error: {printable(str(file_error(error)), LAYOUT)}")


def require_streams() -> None:
    """Insist that there is a standard output; errors go nowhere if theirs is closed.

    Python takes the standard output for errors where theirs is closed, and says nothing where both
    are.

    Raises
    ------
    OutputError
        When the standard output is closed.
    """
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w")  # noqa: SIM115
    if sys.stdout is None:
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115
        raise OutputError("the standard output is closed. Redirect it, to /dev/null if need be.")


def write_line(text: str) -> None:
    """Write a line to the standard output, at once.

    Raises
    ------
    OutputError
        When it cannot be written.
    BrokenPipeError
        When the reader has seen enough.
    """
    try:
        print(text, flush=True)
    except BrokenPipeError:
        raise
    except OSError as error:
        raise _discarded(error) from error


def _flush_output() -> None:
    """Flush the output now, so that a full disk is reported as an error and not at exit."""
    try:
        sys.stdout.flush()
    except OSError as error:
        raise _discarded(error) from error


def _discarded(error: OSError) -> OutputError:
    """Send the rest of the output nowhere, so that Python does not try again at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return OutputError(str(file_error(error, Path("standard output"))))
