"""Contenders that take turns at the same work; one that is not installed is a row that says so."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import median
from typing import Any

ROUNDS = 5
OURS = "sentemo"  # the names of our own contenders begin so


@dataclass(frozen=True)
class Contender:
    """A way to do the work.

    Attributes
    ----------
    name
        Its name in the table.
    prepare
        Imports what it needs, and returns a function that does the work once.
    times
        How many times the work is to be taken, where only a part of it is measured.
    """

    name: str
    prepare: Callable[[], Callable[[], object]]
    times: float = 1.0


@dataclass(frozen=True)
class Cost:
    """Seconds of wall time and of processors, children's too; bytes of the largest process."""

    wall: float
    cpu: float
    memory: int | None = None


def measured(work: Callable[[], object]) -> Cost:
    """Do some work once, in this process and in those that it waits for."""
    before = os.times()
    work()
    after = os.times()
    cpu = sum(after[:4]) - sum(before[:4])
    return Cost(after.elapsed - before.elapsed, cpu)


def process(*command: object, **options: Any) -> Cost:
    """Run a whole process once.

    Raises
    ------
    RuntimeError
        When it fails, with the last line of its errors.
    """
    started = time.perf_counter()
    run = subprocess.Popen(
        list(map(str, command)),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        **options,
    )
    assert run.stderr
    lines = run.stderr.read().splitlines()
    _, status, used = os.wait4(run.pid, 0)
    run.returncode = os.waitstatus_to_exitcode(status)
    if run.returncode:
        raise RuntimeError(lines[-1] if lines else f"exit status {run.returncode}")
    cpu = used.ru_utime + used.ru_stime
    return Cost(time.perf_counter() - started, cpu, used.ru_maxrss * 1024)


def in_turns(
    contenders: list[Contender],
    rounds: int = ROUNDS,
    measure: Callable[[Callable[[], Any]], Cost] = measured,
) -> dict[str, dict[str, Any]]:
    """Return the medians of each contender, or why it has none.

    Parameters
    ----------
    measure
        What the work costs; for whole processes, the work returns its own cost.
    """
    found: dict[str, dict[str, Any]] = {}
    ready: dict[str, Callable[[], object]] = {}
    costs: dict[str, list[Cost]] = {}
    for contender in contenders:
        try:
            ready[contender.name] = contender.prepare()
        except Exception as error:  # whatever way a peer fails in is its row
            found[contender.name] = {"missing": reason(error)}
    for _ in range(rounds):
        for name, work in list(ready.items()):
            try:
                costs.setdefault(name, []).append(measure(work))
            except Exception as error:  # whatever way a peer fails in is its row
                found[name] = {"missing": reason(error)}
                del ready[name]
        say(f"{len(ready)} contenders, {len(next(iter(costs.values()), []))} of {rounds} rounds")
    for contender in contenders:
        if contender.name in ready:
            found[contender.name] = {
                "wall": contender.times * median(c.wall for c in costs[contender.name]),
                "cpu": contender.times * median(c.cpu for c in costs[contender.name]),
                "memory": costs[contender.name][0].memory,
            }
    return {contender.name: found[contender.name] for contender in contenders}


def reason(error: Exception) -> str:
    """Say in one line why a contender has no figures."""
    if isinstance(error, ModuleNotFoundError):
        return f"not installed ({error.name})"
    if isinstance(error, ImportError):
        return f"cannot be imported: {error}"
    return f"failed: {type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"


def with_ratios(found: Mapping[str, Mapping[str, Any]], of: str = "cpu") -> dict[str, float]:
    """Return by how much each contender takes longer than the fastest of ours."""
    ours = min(cost[of] for name, cost in found.items() if name.startswith(OURS) and of in cost)
    return {name: cost[of] / ours for name, cost in found.items() if of in cost}


def compared(
    found: Mapping[str, Mapping[str, Any]], shown: Callable[[Mapping[str, Any]], str]
) -> list[tuple[str, str, str]]:
    """Return a row for each contender: name, cost as `shown` or why it has none, and ratio."""
    ratios = with_ratios(found)
    return [
        (
            name,
            cost.get("missing") or shown(cost),
            f"{ratios[name]:.2f}" if name in ratios else "",
        )
        for name, cost in found.items()
    ]


def versions(*packages: str) -> dict[str, str]:
    """Return the versions of the packages that are installed."""
    from importlib.metadata import PackageNotFoundError, version

    found = {}
    for package in packages:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def say(text: str) -> None:
    """Report progress."""
    print(text, file=sys.stderr, flush=True)
