"""A directory that one process at a time works in."""

import errno
import fcntl
import os
import socket
import time
from pathlib import Path
from typing import IO

from sentemo.core.errors import SentemoError
from sentemo.core.files import naming_full_disks

NO_LOCKS = (errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP)


def hold(path: Path, work: str, wait: bool = False) -> IO[str]:
    """Take the lock at `path`, for as long as the returned file is open or the process lives.

    A file system without locks, as some of clusters are mounted, gives it to everybody.

    Parameters
    ----------
    work
        What is done under it, for the message: "training".
    wait
        For who holds it now, saying so, instead of raising an error.

    Raises
    ------
    SentemoError
        When another process holds it: naming its host, number and start.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    file = open(path, "a+", encoding="utf-8")  # noqa: SIM115
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.seek(0)
        holder = file.read().strip()
        if not wait:
            file.close()
            raise SentemoError(
                f"{path.parent}: at work here already: {holder}. Wait for it, or end it."
            ) from None
        print(f"{path.parent}: waiting for {holder}", flush=True)
        fcntl.flock(file, fcntl.LOCK_EX)
    except OSError as error:
        if error.errno not in NO_LOCKS:
            raise
        print(f"{path.parent}: no locks on this file system; start nothing here twice", flush=True)
    holder = f"{work} (host {socket.gethostname()}, process {os.getpid()}, since {time.ctime()})"
    with naming_full_disks(path):
        file.truncate(0)
        file.write(holder)
        file.flush()
    return file
