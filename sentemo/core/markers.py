"""Done-markers of restartable stages: they record the inputs of finished output."""

import copy
import json
import os
import shlex
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypedDict

from sentemo.core import plugins
from sentemo.core.files import fingerprint, write_json
from sentemo.core.structured import read_json

TRAINED_MARKER = ".done.train.json"  # marks an experiment directory whose training is finished
CHECKPOINTS = ("checkpoint.pth", "checkpoint.previous.pth")  # of the last epoch, of the one before


def _relative(word: str) -> str:
    return os.path.relpath(word) if os.path.isabs(word) else word


class Done(TypedDict):
    """Content of a marker."""

    inputs: dict[str, str]
    options: dict[str, Any]


def read_done(path: Path) -> Done:
    """Read a marker that `Marker.write` wrote.

    Raises
    ------
    SentemoError
        When it is damaged.
    """
    return read_json(path, Done, f"Delete {path.name}, and run the same command again.")


class Marker:
    """A stage's done-marker: a file beside finished output that records its inputs and options.

    Parameters
    ----------
    path
        Path of the marker, usually ``<output>/.done.<stage>.json``.
    inputs
        Files or directories that the output depends on.
    options
        Settings that the output depends on, as JSON values.
    output
        A file that the stage writes. If it was deleted, the marker does not count.
    """

    def __init__(
        self,
        path: Path,
        inputs: Sequence[Path],
        options: Mapping[str, Any],
        output: Path | None = None,
    ) -> None:
        self.path = Path(path)
        self._output = output
        self._state = {
            # Relative paths, so that finished stages stay finished when all of it moves.
            "inputs": {os.path.relpath(p, self.path.parent): fingerprint(p) for p in inputs},
            "options": json.loads(json.dumps(dict(options))),
        }

    def is_current(self) -> bool:
        """Tell whether the stage already finished with the same inputs and options."""
        has_output = self._output is None or self._output.exists()
        return has_output and self.path.exists() and not self.differences()

    def named(self, name: str, output: Path | None = None) -> "Marker":
        """Return a marker of the same inputs and options, under another file name."""
        other = copy.copy(self)
        other.path, other._output = self.path.with_name(name), output
        return other

    def differences(self) -> list[str]:
        """Return the changes since the marker was written, one line each."""
        done = read_done(self.path)
        inputs = _where_they_are_now(done["inputs"], self._state["inputs"])
        return [
            *_changes(inputs, self._state["inputs"]),
            *_changes(done["options"], self._state["options"]),
        ]

    def write(self) -> None:
        """Write the marker: the stage is finished."""
        done = {**self._state, "command": command_line(), "finished": time.ctime()}
        write_json(self.path, done)


def _where_they_are_now(before: Mapping[str, str], now: Mapping[str, str]) -> dict[str, str]:
    """Give inputs that have another path, but the same name and content, the path that is new.

    The clone or the working directory was moved, or the corpus has been cloned anew.
    """
    found, new = dict(before), [path for path in now if path not in before]
    for path in sorted(before.keys() - now.keys()):
        same = (n for n in new if Path(n).name == Path(path).name and now[n] == before[path])
        if moved := next(same, None):
            new.remove(moved)
            found[moved] = found.pop(path)
    return found


def _changes(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    return [
        f"{name}: {before.get(name)} → {now.get(name)}"
        for name in sorted(before.keys() | now.keys())
        if before.get(name) != now.get(name)
    ]


def command_line(write: Callable[[str], str] = _relative) -> str:
    """Return the running command as a user would type it here.

    Parameters
    ----------
    write
        Writes one of its words; by default, a path relative to the current folder.
    """
    spec = getattr(sys.modules["__main__"], "__spec__", None)
    script = Path(sys.argv[0])
    if spec:
        program = ["python", "-m", spec.name]
    elif script.parent.name == "bin":  # an installed command
        program = [script.name]
    else:
        program = ["python", write(str(script))]
    words = sys.argv[1:]
    if "--plugin" not in words:  # a recipe names it for all of its commands
        words = [*words, *plugins.arguments()]
    return shlex.join([*program, *map(write, words)])
