"""Where a training's output goes: everything into its log file, progress to the terminal."""

import logging
import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout, suppress
from pathlib import Path

from sentemo.core.errors import NO_ROOM, UNUSABLE, SentemoError, of_a_file
from sentemo.core.files import naming_full_disks

TRAIN_LOG = "train.log"  # of every experiment
TAIL_LINES = 15
FORMAT = "%(asctime)s %(module)s:%(lineno)d %(levelname)s: %(message)s"
# How the traceback ends into which torch turns a data worker's error.
_IN_WORKER = re.compile(r"\w+: \[Errno (\d+)\] (.+?)(?:: '(.+)')?")


@contextmanager
def log_to(path: Path, show_progress: bool = False) -> Iterator[None]:
    """Send what this process, its libraries and its children print to `path`, appended.

    With `show_progress`, the logger ``sentemo.progress`` still reaches the terminal. An unexpected
    error is written to the log and raised as a `SentemoError` that shows the log's end; one of a
    file, as a `SentemoError` that names the file.

    Raises
    ------
    SentemoError
        Also when there is no room for the log itself.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with _progress_shown(show_progress), _output_in(path):
        try:
            yield
        except SentemoError as error:
            logging.error(str(error))
            raise
        except Exception as error:
            logging.exception("unexpected")
            if isinstance(error, OSError):
                met = _from_worker(error)
                if met.errno in (*NO_ROOM, *UNUSABLE):
                    raise of_a_file(met, path.parent) from error
            raise SentemoError(f"{error!r}\nThe end of {path}:\n{tail(path)}") from error


@contextmanager
def _output_in(path: Path) -> Iterator[None]:
    """Append to `path` what is printed and logged, by whatever means."""
    sys.stdout.flush()
    sys.stderr.flush()
    log = open(path, "a", encoding="utf-8", buffering=1)  # noqa: SIM115
    terminal = {number: os.dup(number) for number in (1, 2)}
    try:
        for number in terminal:
            os.dup2(log.fileno(), number)
        with redirect_stdout(log), redirect_stderr(log):
            logging.basicConfig(level=logging.INFO, format=FORMAT, stream=log, force=True)
            yield
    except BaseException:
        with suppress(OSError):  # a full disk, and the error itself says more
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
    """Let the logger ``sentemo.progress`` write to what is the output now."""
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
    """Return the error that a data worker met, where torch raises its traceback as an error."""
    lines = str(error).splitlines() or [""]
    met = _IN_WORKER.fullmatch(lines[-1]) if error.errno is None else None
    return OSError(int(met[1]), met[2], met[3]) if met else error


def tail(path: Path) -> str:
    """Return the last lines of a log."""
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    return "\n".join(f"  {line}" for line in lines[-TAIL_LINES:])
