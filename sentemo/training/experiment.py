"""An experiment directory: what it was started with, and which of its stages are finished."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from sentemo.errors import SentemoError
from sentemo.scoring import provenance
from sentemo.stages import Marker, atomic_file, command_line


class Experiment:
    """Guards a directory against two different trainings in it.

    Parameters
    ----------
    directory
        The experiment directory.
    inputs, options
        What the training depends on; see `sentemo.stages.Marker`.
    """

    def __init__(self, directory: Path, inputs: Sequence[Path], options: Mapping[str, Any]) -> None:
        self.directory = directory
        for path in inputs:
            if not path.exists():
                raise SentemoError(f"{path} is missing. Run the stage that makes it first.")
        self._inputs, self._options = list(inputs), options

    def _marker(self, name: str) -> Marker:
        return Marker(self.directory / f".{name}.json", self._inputs, self._options)

    def start(self, **description: Any) -> None:
        """Claim the directory for this training; the description goes into every result.

        Raises
        ------
        SentemoError
            When the directory holds a training with other settings.
        """
        started = self._marker("started")
        if started.path.exists() and (changes := started.differences()):
            raise SentemoError(
                f"{self.directory} holds a training with other settings:\n  "
                + "\n  ".join(changes)
                + f"\nTrain under another name (--tag), or delete {self.directory}."
            )
        started.write()
        with atomic_file(self.directory / "experiment.json") as stream:
            json.dump({**description, **provenance(), "command": command_line()}, stream, indent=1)

    def is_done(self, stage: str) -> bool:
        """Whether `stage` finished with the very settings at hand."""
        return self._marker(f"done.{stage}").is_current()

    def finish(self, stage: str) -> None:
        """Declare `stage` finished."""
        self._marker(f"done.{stage}").write()
