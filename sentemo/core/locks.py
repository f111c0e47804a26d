"""File locks, so that one process at a time works in a directory."""

import errno
import fcntl
import os
import socket
import sys
import time
from pathlib import Path
from typing import IO

from sentemo.core.errors import SentemoError
from sentemo.core.files import naming_full_disks

NO_LOCKS = (errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP)


def hold(path: Path, work: str, wait: bool = False) -> IO[str]:
    """Take the lock at `path`, for as long as the returned file is open or the process lives.

    Some file systems of clusters have no locks. There, a message is printed and every process gets
    the lock.

    Parameters
    ----------
    work
        Name of the work under the lock, for messages: "training".
    wait
        Wait for the process that holds the lock, with a message, instead of raising an error.

    Raises
    ------
    SentemoError
        When another process holds the lock, naming its host, process number and start time.
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
                f"{path.parent}: another process works here: {holder}. Wait for it, or end it."
            ) from None
        print(f"{path.parent}: waiting for {holder}", file=sys.stderr, flush=True)
        fcntl.flock(file, fcntl.LOCK_EX)
    except OSError as error:
        if error.errno not in NO_LOCKS:
            raise
        print(
            f"{path.parent}: this file system has no locks; do not start a second command here",
            file=sys.stderr,
            flush=True,
        )
    holder = f"{work} (host {socket.gethostname()}, process {os.getpid()}, since {time.ctime()})"
    with naming_full_disks(path):
        file.truncate(0)
        file.write(holder)
        file.flush()
    return file
