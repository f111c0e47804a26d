"""Logs of trainings: all output goes into the log file, progress also to the terminal."""

import logging
import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout, suppress
from pathlib import Path

from sentemo.core.errors import NO_ROOM, UNUSABLE, SentemoError, file_error
from sentemo.core.files import naming_full_disks

TRAIN_LOG = "train.log"  # in every experiment directory
TAIL_LINES = 15
LOG_FORMAT = "%(asctime)s %(module)s:%(lineno)d %(levelname)s: %(message)s"
# Last line of the traceback that torch raises in place of an error in a data worker.
_IN_WORKER = re.compile(r"\w+: \[Errno (\d+)\] (.+?)(?:: '(.+)')?")


@contextmanager
def log_to(path: Path, show_progress: bool = False) -> Iterator[None]:
    """Append all that this process, its libraries and its children print to the log at `path`.

    With `show_progress`, the logger ``sentemo.progress`` also writes to the terminal. An unexpected
    error is written to the log and raised as a `SentemoError` with the log's last lines. An error
    about a file is raised as a `SentemoError` that names the file.

    Raises
    ------
    SentemoError
        Also when the disk is too full for the log itself.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with _progress_shown(show_progress), _output_in(path):
        try:
            yield
        except SentemoError as error:
            logging.error(str(error))
            raise
        except Exception as error:
            logging.exception("unexpected error")
            if isinstance(error, OSError):
                original = _from_worker(error)
                if original.errno in (*NO_ROOM, *UNUSABLE):
                    raise file_error(original, path.parent) from error
            raise SentemoError(f"{error!r}\nThe end of {path}:\n{tail(path)}") from error


@contextmanager
def _output_in(path: Path) -> Iterator[None]:
    """Append all that is printed and logged to `path`, including the output of C code."""
    sys.stdout.flush()
    sys.stderr.flush()
    log = open(path, "a", encoding="utf-8", buffering=1)  # noqa: SIM115
    terminal = {number: os.dup(number) for number in (1, 2)}
    try:
        for number in terminal:
            os.dup2(log.fileno(), number)
        with redirect_stdout(log), redirect_stderr(log):
            logging.basicConfig(level=logging.INFO, format=LOG_FORMAT, stream=log, force=True)
            yield
    except BaseException:
        with suppress(OSError):  # the disk is full, and the error that is raised says so
            log.close()
        raise
    else:
        with naming_full_disks(path):
            log.close()
    finally:
        for number, copy in terminal.items():
            os.dup2(copy, number)
            os.close(copy)
        logging.basicConfig(level=logging.WARNING, force=True)


@contextmanager
def _progress_shown(wanted: bool) -> Iterator[None]:
    """Let the logger ``sentemo.progress`` write to the current standard output, if `wanted`."""
    if not wanted:
        yield
        return
    progress = logging.getLogger("sentemo.progress")
    with os.fdopen(os.dup(1), "w") as stream:
        handler = logging.StreamHandler(stream)
        progress.setLevel(logging.INFO)
        progress.addHandler(handler)
        try:
            yield
        finally:
            progress.removeHandler(handler)


def _from_worker(error: OSError) -> OSError:
    """Return the original error of a data worker, if torch raised its traceback as `error`."""
    lines = str(error).splitlines() or [""]
    match = _IN_WORKER.fullmatch(lines[-1]) if error.errno is None else None
    return OSError(int(match[1]), match[2], match[3]) if match else error


def tail(path: Path, without: str | None = None) -> str:
    """Return the last lines of a log, indented.

    Parameters
    ----------
    without
        Lines that begin with this prefix are left out.
    """
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    if without is not None:
        lines = [line for line in lines if not line.startswith(without)]
    return "\n".join(f"  {line}" for line in lines[-TAIL_LINES:])
