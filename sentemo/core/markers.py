"""Done-markers of restartable stages: what finished output was made from."""

import copy
import json
import os
import shlex
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from sentemo.core.files import fingerprint, write_json

TRAINED = ".done.train.json"  # of an experiment whose training is finished


class Marker:
    """A stage's done-marker: it stands only beside finished output, and names what that came from.

    Parameters
    ----------
    path
        The marker, usually ``<output>/.done.<stage>.json``.
    inputs
        Files or directories that the output depends on.
    options
        JSON-able settings that the output depends on.
    output
        A file that the stage writes; a marker whose output was deleted does not count.
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
            # Relative, so that a clone that moves keeps its finished stages.
            "inputs": {os.path.relpath(p, self.path.parent): fingerprint(p) for p in inputs},
            "options": json.loads(json.dumps(dict(options))),
        }

    def is_current(self) -> bool:
        """Whether the stage finished before with these very inputs and options."""
        has_output = self._output is None or self._output.exists()
        return has_output and self.path.exists() and not self.differences()

    def named(self, name: str, output: Path | None = None) -> "Marker":
        """Return a marker of the same state, as it was read first, under another name."""
        other = copy.copy(self)
        other.path, other._output = self.path.with_name(name), output
        return other

    def differences(self) -> list[str]:
        """What changed since the marker was written, one line each."""
        done = json.loads(self.path.read_text(encoding="utf-8"))
        changes = []
        for kind in ("inputs", "options"):
            before, now = done[kind], self._state[kind]
            changes += [
                f"{name}: {before.get(name)} → {now.get(name)}"
                for name in sorted(before.keys() | now.keys())
                if before.get(name) != now.get(name)
            ]
        return changes

    def write(self) -> None:
        """Declare the stage finished."""
        done = {**self._state, "command": command_line(), "finished": time.ctime()}
        write_json(self.path, done)


def command_line() -> str:
    """Return the running command as one would type it here: modules by name, relative paths."""
    spec = getattr(sys.modules["__main__"], "__spec__", None)
    program = ["python", "-m", spec.name] if spec else ["python", sys.argv[0]]
    arguments = [os.path.relpath(a) if os.path.isabs(a) else a for a in sys.argv[1:]]
    return shlex.join([*program, *arguments])
