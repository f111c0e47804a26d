"""Where a training's output goes: everything into its log file, progress to the terminal."""

import logging
import os
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sentemo.errors import SentemoError

TRAIN_LOG = "train.log"  # of every experiment
TAIL_LINES = 15


@contextmanager
def log_to(path: Path, show_progress: bool = False) -> Iterator[None]:
    """Send what this process, its libraries and its children print to `path`, appended.

    With `show_progress`, the logger ``sentemo.progress`` still reaches the terminal. An unexpected
    error is written to the log and raised as a `SentemoError` that shows the log's end.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    sys.stdout.flush()
    sys.stderr.flush()
    terminal, terminal_errors = os.dup(1), os.dup(2)
    with open(path, "a", encoding="utf-8") as log, _progress_to(terminal, show_progress):
        os.dup2(log.fileno(), 1)
        os.dup2(log.fileno(), 2)
        logging.basicConfig(
            level=logging.INFO,
            format="%(asctime)s %(module)s:%(lineno)d %(levelname)s: %(message)s",
            stream=sys.stderr,
            force=True,
        )
        try:
            yield
        except SentemoError as error:
            logging.error(str(error))
            raise
        except Exception as error:
            traceback.print_exc()
            sys.stderr.flush()
            raise SentemoError(f"{error!r}\nThe end of {path}:\n{tail(path)}") from error
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os.dup2(terminal, 1)
            os.dup2(terminal_errors, 2)
            os.close(terminal)
            os.close(terminal_errors)


@contextmanager
def _progress_to(terminal: int, wanted: bool) -> Iterator[None]:
    if not wanted:
        yield
        return
    progress = logging.getLogger("sentemo.progress")
    with os.fdopen(os.dup(terminal), "w") as stream:
        handler = logging.StreamHandler(stream)
        progress.setLevel(logging.INFO)
        progress.addHandler(handler)
        try:
            yield
        finally:
            progress.removeHandler(handler)


def tail(path: Path) -> str:
    """Return the last lines of a log."""
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    return "\n".join(f"  {line}" for line in lines[-TAIL_LINES:])
