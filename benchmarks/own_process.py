"""A part of a benchmark in a process of its own: with its own threads, memory and time limit."""

import json
import subprocess
import sys
from typing import Any


def in_own_process(script: str, *options: str, **how: Any) -> Any:
    """Run a script again with the options of one part.

    Parameters
    ----------
    how
        More arguments of `subprocess.run`: ``env``, ``timeout``, ``stderr``.

    Returns
    -------
    Any
        What the part answered, see `answer`.
    """
    command = [sys.executable, script, *options]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, **how)
    return json.loads(done.stdout.splitlines()[-1])


def answer(found: Any) -> None:
    """Write the figures of a part as the last line of its output."""
    print(json.dumps(found))
