"""Commands in processes that may do less than the test: write no large files, read no closed ones.

Everything heavy is loaded once, in a process from which those of the commands are forked.
"""

import ctypes
import importlib
import multiprocessing
import os
import resource
import signal
import sys
import tempfile
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from multiprocessing.connection import wait
from pathlib import Path

from sentemo.core.errors import run_command

LOADED = [
    *(f"sentemo.bin.{name}" for name in ("pack", "report", "attention", "train", "train_asr")),
    *("sentemo.recognition.training", "sentemo.folds.separate", "sentemo.inference.pack"),
    *("matplotlib.figure", "torch.utils.tensorboard", "onnxruntime", "sentemo.report.page"),
]
LIBC = ctypes.CDLL(None)
DROP_FROM_BOUNDING_SET = 24  # prctl(2)
CAPABILITIES_VERSION = 0x20080522  # capget(2)
OVERRIDE_ACCESS, OVERRIDE_READING = 1, 2  # capabilities(7)


@dataclass(frozen=True)
class Ended:
    """How a command ended: its exit status, and what it wrote to the terminal."""

    status: int
    output: str


def files_up_to(size: int) -> None:
    """Let this process, and what it starts, write no file beyond so many bytes.

    What writes more gets an error, as on a full disk.
    """
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


def as_anybody() -> None:
    """Take from this process, and what it starts, root's right to read what is closed."""
    header = (ctypes.c_uint32 * 2)(CAPABILITIES_VERSION, 0)
    sets = (ctypes.c_uint32 * 6)()
    LIBC.capget(header, sets)
    for number in (OVERRIDE_ACCESS, OVERRIDE_READING):
        LIBC.prctl(DROP_FROM_BOUNDING_SET, number, 0, 0, 0)
        for held in range(3):  # effective, permitted, inheritable
            sets[held] &= ~(1 << number)
    LIBC.capset(header, sets)


def unrestricted() -> None:
    """Leave a process as it is."""


def run_restricted(
    restrict: Callable[[], None], work_dir: Path, module: str, *argv: object
) -> Ended:
    """Run ``python -m sentemo.bin.<module>`` in `work_dir`, as one does on a terminal."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(LOADED)
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(
        target=_run, args=(theirs, restrict, work_dir, module, [*map(str, argv)])
    )
    process.start()
    theirs.close()
    output = b""
    with ours:  # not to its end, which helpers that outlive the command would put off
        while ours in wait([ours, process.sentinel]):
            block = os.read(ours.fileno(), 1 << 16)
            if not block:
                break
            output += block
    process.join()
    return Ended(process.exitcode, output.decode(errors="replace"))


def _run(terminal, restrict, work_dir, module, argv):
    os.chdir(work_dir)
    os.dup2(terminal.fileno(), 1)
    os.dup2(terminal.fileno(), 2)
    terminal.close()
    sys.stdout, sys.stderr = open(1, "w"), open(2, "w", buffering=1)  # noqa: SIM115
    multiprocessing.set_start_method("fork", force=True)  # as of commands
    status = 1
    try:
        main = importlib.import_module(f"sentemo.bin.{module}").main
        tempfile.gettempdir()  # found by writing there, once
        restrict()
        run_command(partial(main, argv))
        status = 0
    except SystemExit as error:
        if isinstance(error.code, str):
            print(error.code, file=sys.stderr)
        else:
            status = error.code or 0
    except BaseException:
        traceback.print_exc()
    with suppress(OSError):
        sys.stdout.flush()
    os._exit(status)
