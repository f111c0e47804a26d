"""Jobs in worker processes that never outlive the command that started them."""

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

LIBC = ctypes.CDLL(None)  # loaded before a process forks
SIGNAL_WITH_PARENT = 1  # PR_SET_PDEATHSIG of prctl(2)

Job = TypeVar("Job")
Result = TypeVar("Result")


def run_in_workers(
    work: Callable[[Job], Result],
    jobs: Iterable[Job],
    processes: int,
    remedy: str = "Use fewer at once (--nj 1)",
) -> Iterator[tuple[Job, Result]]:
    """Run `work` on every job, several at a time, yielding each as it finishes.

    Parameters
    ----------
    remedy
        Where memory is not enough for so many.

    Raises
    ------
    SentemoError
        When the system killed a worker; what `work` itself raises comes through as it is.
    """
    # Spawned: a process forked from one that has run torch may hang in its thread pool.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(processes, mp_context=context, initializer=_watch_parent) as pool:
        futures = {pool.submit(work, job): job for job in jobs}
        try:
            for future in as_completed(futures):
                yield futures[future], future.result()
        except BrokenProcessPool:
            raise SentemoError(
                "A worker process was killed, most likely for want of memory. "
                f"{remedy} and run the same command again."
            ) from None
        finally:
            if not all(future.done() for future in futures):  # one failed, or the caller stopped
                for process in multiprocessing.active_children():
                    process.terminate()


def end_with_parent() -> None:
    """Have the system end this process with its parent, even where that one is killed."""
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


def within_slurm(cores: int) -> int:
    """Return how many cores to use where `cores` are wanted: a Slurm job has those it asked for."""
    return min(cores, int(os.environ.get("SLURM_CPUS_PER_TASK", cores)))


@contextmanager
def one_thread() -> Iterator[None]:
    """Let torch use one thread: there is a process for every core already."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _watch_parent() -> None:
    # Slurm tells every process of a job that its time is over; the first of them answers.
    signal.signal(signal.SIGUSR2, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    # A killed parent cannot stop its workers, which would go on beside the next run.
    multiprocessing.parent_process().join()
    os._exit(1)


def is_running(pid: int) -> bool:
    """Whether another process of this number lives on this machine, and is not ending already."""
    if pid == os.getpid():
        return False  # an earlier process of the same number
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    with suppress(OSError):
        return bool(Path(f"/proc/{pid}/cmdline").read_bytes())  # gone with the process's memory
    return True
