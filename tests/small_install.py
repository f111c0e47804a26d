"""Processes that find only what the small installation brings, as after ``pip install .``."""

import subprocess
import sys
from importlib.metadata import packages_distributions

from declared_packages import declared, normalised, with_their_own

PROGRAM = """
import runpy, sys
hidden, sys.argv = set(sys.argv[1].split()), sys.argv[2:]
class Hiding:
    def __init__(self, finder): self.finder = finder
    def __getattr__(self, name): return getattr(self.finder, name)
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] not in hidden:
            return self.finder.find_spec(name, path, target)
sys.meta_path[:] = map(Hiding, sys.meta_path)
"""
RUN_MODULE = "runpy.run_module(sys.argv[0], run_name='__main__', alter_sys=True)"


def run_small(*arguments, extras=(), program=RUN_MODULE):
    """Run a module with its arguments, or a program, where nothing else is installed.

    Parameters
    ----------
    extras
        Distributions that are there beside those of the small installation.
    """
    there = {"sentemo"} | with_their_own(declared() | set(extras))
    hidden = {
        name
        for name, distributions in packages_distributions().items()
        if not {normalised(d) for d in distributions} & there and name.isidentifier()
    }
    assert {"torch", "espnet2"} <= hidden
    command = [sys.executable, "-c", PROGRAM + program, " ".join(sorted(hidden)), *arguments]
    return subprocess.run([*map(str, command)], capture_output=True, text=True, check=False)
