"""An input with the answer that is wanted, and what the program makes of it."""

import io
import json
import os
import re
import resource
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sentemo.core.errors import UNUSABLE, SentemoError, file_error, run_command

REFUSED, RIGHT, WRONG = "refused", "right", "WRONG"
PATIENCE = 60  # seconds, after which a case is ended; a busy machine needs a part of it
MOST_MB = 500  # above what the program has before it sees an input


class RefusedError(Exception):
    """A command said what is wrong with its input, and ended with a status of failure."""


@dataclass(frozen=True)
class Case:
    """One input.

    Attributes
    ----------
    name
        What the input is.
    give
        Makes the input in an empty folder, gives it to the program, and returns the answer.
    refusal
        Regular expression of the words that refuse it; empty where an answer is wanted.
    answer
        The right answer; None where any answer will do, as what matters is that there is one.
    may_be_read
        Whether an answer is as right as the refusal.
    is_long
        Whether it is one of many of its kind, which are given only when there is time.
    """

    name: str
    give: Callable[[Path], Any]
    refusal: str = ""
    answer: Any = None
    may_be_read: bool = False
    is_long: bool = False


@dataclass(frozen=True)
class Outcome:
    """What the program made of an input, in seconds and in megabytes above its base."""

    kind: str
    name: str
    verdict: str
    words: str
    seconds: float
    megabytes: float


def command(main: Callable[[list[str]], Any], *arguments: object) -> str:
    """Return what a command prints.

    Raises
    ------
    RefusedError
        With its errors, when its exit status tells of a failure.
    """
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        try:
            run_command(lambda: main([str(argument) for argument in arguments]))
        except SystemExit as end:
            if end.code:
                reason = end.code if isinstance(end.code, str) else ""
                raise RefusedError(f"{out.getvalue()}{err.getvalue()}{reason}") from None
    return out.getvalue() + err.getvalue()


def judged(case: Case, folder: Path) -> tuple[str, str]:
    """Give a case's input to the program; return the verdict, and what was said."""
    try:
        found = case.give(folder)
    except (SentemoError, RefusedError, OSError) as error:
        if isinstance(error, OSError) and error.errno not in UNUSABLE:
            return WRONG, traceback.format_exc()
        words = str(file_error(error) if isinstance(error, OSError) else error)
        fits = bool(case.refusal) and re.search(case.refusal, words) and "Traceback" not in words
        return (REFUSED if fits else WRONG), words
    except BaseException:
        return WRONG, traceback.format_exc()
    right = (case.may_be_read or not case.refusal) and case.answer in (None, found)
    return (RIGHT if right else WRONG), f"answered: {found!r}"


def outcome(kind: str, case: Case) -> Outcome:
    """Judge a case in a process of its own, which it may neither end, nor hold up, nor swell."""
    with tempfile.TemporaryDirectory(prefix="hostile_") as name:
        reader, writer = os.pipe()
        sys.stdout.flush()
        begun = time.perf_counter()
        process = os.fork()
        if process == 0:
            os.close(reader)
            _judge_here(case, Path(name).resolve(), writer)
        os.close(writer)
        with os.fdopen(reader) as stream:
            said = stream.read()
        _, status = os.waitpid(process, 0)
    seconds = time.perf_counter() - begun
    if not said:
        return Outcome(kind, case.name, WRONG, f"ended with wait status {status}", seconds, 0)
    found = Outcome(kind, case.name, *json.loads(said))
    if found.megabytes > MOST_MB:
        return replace(found, verdict=WRONG, words=f"{found.megabytes:.0f} MB; {found.words}")
    return found


def _judge_here(case: Case, folder: Path, writer: int) -> None:
    os.environ["XDG_CACHE_HOME"] = str(folder / "cache")
    (folder / "work").mkdir()
    os.chdir(folder / "work")
    signal.alarm(PATIENCE)
    base, begun = _peak_mb(), time.perf_counter()
    verdict, words = judged(case, folder / "work")
    found = [verdict, words[:2000], time.perf_counter() - begun, max(0, _peak_mb() - base)]
    os.write(writer, json.dumps(found).encode())
    os._exit(0)


def _peak_mb() -> float:
    """Return the peak of this process or of its children; a fork begins anew."""
    who = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return max(resource.getrusage(one).ru_maxrss for one in who) / 1024
