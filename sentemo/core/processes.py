"""Worker processes that never outlive the command that started them, and counts of cores."""

import ctypes
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeVar

from sentemo.core.errors import SentemoError

LIBC = ctypes.CDLL(None)  # loaded here, before a process forks
SIGNAL_WITH_PARENT = 1  # PR_SET_PDEATHSIG of prctl(2)

Job = TypeVar("Job")
Result = TypeVar("Result")


def run_in_workers(
    work: Callable[[Job], Result],
    jobs: Iterable[Job],
    processes: int,
    remedy: str = "Use fewer at once (--nj 1)",
) -> Iterator[tuple[Job, Result]]:
    """Run `work` on every job in several processes, and yield each job with its result.

    Jobs come in the order in which they finish.

    Parameters
    ----------
    remedy
        Advice for the error message when there is too little memory for so many processes.

    Raises
    ------
    SentemoError
        When the system killed a worker. An error that `work` raises is raised unchanged.
    """
    # "spawn", as a fork of a process that has used torch may hang in its thread pool.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(processes, mp_context=context, initializer=_watch_parent) as pool:
        futures = {pool.submit(work, job): job for job in jobs}
        try:
            for future in as_completed(futures):
                yield futures[future], future.result()
        except BrokenProcessPool:
            raise SentemoError(
                "A worker process was killed, most likely because memory ran out. "
                f"{remedy} and run the same command again."
            ) from None
        finally:
            if not all(future.done() for future in futures):  # a job failed, or the caller stopped
                for process in multiprocessing.active_children():
                    process.terminate()


def end_with_parent() -> None:
    """Ask the system to end this process when its parent ends, even if the parent is killed."""
    LIBC.prctl(SIGNAL_WITH_PARENT, signal.SIGTERM)


def available_cores(processes: int = 1) -> int:
    """Return how many cores this process may use, at least one.

    These are the cores that the system lets it run on, not all that the machine has; within a Slurm
    job they are at most those that a task of the job asked for.

    Parameters
    ----------
    processes
        Number of processes of this machine that share the cores evenly, this one among them.
    """
    return max(1, within_slurm(len(os.sched_getaffinity(0)) // processes))


def worker_count(wanted: int | None) -> int:
    """Return how many worker processes to run: `wanted`, or one per available core.

    Within a Slurm job they are at most as many as the cores that a task of the job asked for.
    """
    return available_cores() if wanted is None else within_slurm(wanted)


def within_slurm(cores: int) -> int:
    """Limit a number of cores to those that a task of this Slurm job asked for, if it is in one."""
    return min(cores, int(os.environ.get("SLURM_CPUS_PER_TASK", cores)))


@contextmanager
def one_thread() -> Iterator[None]:
    """Limit torch to one thread within this context: every core has a process already."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _watch_parent() -> None:
    # Slurm sends SIGUSR2 to every process of a job before its time limit; the parent handles it.
    signal.signal(signal.SIGUSR2, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    # A killed parent cannot stop its workers, which would then run on beside the next command.
    parent = multiprocessing.parent_process()
    assert parent is not None  # this runs in a worker
    parent.join()
    os._exit(1)


def is_running(pid: int) -> bool:
    """Tell whether another process of this number runs on this machine and is not ending."""
    if pid == os.getpid():
        return False  # the number was that of an earlier process
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    with suppress(OSError):
        return bool(Path(f"/proc/{pid}/cmdline").read_bytes())  # empty when the process is ending
    return True
