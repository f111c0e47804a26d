"""Experiment directories: what each was started with, and which of its stages are finished."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from sentemo.core import plugins
from sentemo.core.config import read_config
from sentemo.core.errors import SentemoError
from sentemo.core.files import copy_file, write_json
from sentemo.core.locks import hold
from sentemo.core.markers import Marker, read_done
from sentemo.core.provenance import provenance, published_command, published_path
from sentemo.folds.probe_table import how_chosen
from sentemo.scoring.scores_file import read_experiment

CONFIG_COPY = "train_config.yaml"
STARTED = ".started.json"
PREDICTED_SIDE = {"train": "valid", "decode": "test"}  # by stage


class ExperimentDirectory:
    """Guards a directory against two different trainings, and against two at once.

    Parameters
    ----------
    directory
        The experiment directory.
    config
        The training configuration; its copy in the directory is what the training reads.
    inputs, options
        Other files and values that the training depends on; see `sentemo.core.markers.Marker`.
    """

    def __init__(
        self, directory: Path, config: Path, inputs: Sequence[Path], options: Mapping[str, Any]
    ) -> None:
        self.directory = directory
        self.config = config
        for path in (config, *inputs):
            if not path.exists():
                raise SentemoError(f"{path} is missing. Run the stage that makes it first.")
        self._started = Marker(
            directory / STARTED, [config, *inputs], {**options, **plugins.described()}
        )

    def start(self, **description: Any) -> None:
        """Claim the directory for this training; the description goes into every result.

        The description says how epochs are chosen; by default, as the configuration does it.

        Raises
        ------
        SentemoError
            When the directory holds a training with other settings, or one that still runs.
        """
        self.claim()
        if self.is_started():
            return
        trained = any(self.directory.rglob("checkpoint*.pth")) or (
            (self.directory / "predictions").exists()
        )
        if trained and self._started.path.exists():
            changes = "\n  ".join(self._started.differences())
            raise SentemoError(
                f"{self.directory} holds a training with other settings:\n  {changes}\n"
                f"Train under another name (--tag; of sentemo train --output), or delete "
                f"{self.directory} (sentemo train: --overwrite)."
            )
        copy_file(self.config, self.directory / CONFIG_COPY)
        if "epochs" not in description:
            description["epochs"] = chosen_epochs(self.config)
        facts = {
            **description,
            **provenance(),
            "config": published_path(self.config),
            "command": published_command(),
        }
        write_json(self.directory / "experiment.json", facts)
        self._started.write()

    def is_started(self) -> bool:
        """Tell whether a training with these very settings was started here."""
        return self._started.is_current() and (self.directory / CONFIG_COPY).exists()

    def claim(self) -> None:
        """Keep other commands from working here until this process ends, whatever ends it.

        Raises
        ------
        SentemoError
            When another command works here; see `sentemo.core.locks.hold`.
        """
        self._lock = hold(self.directory / ".lock", "training or decoding")

    def add_notes(self, notes: Sequence[str]) -> None:
        """Add notes on the data to the description, once, however often the training resumes."""
        described = self.directory / "experiment.json"
        facts = read_experiment(self.directory)
        facts["notes"] += [note for note in notes if note not in facts["notes"]]
        write_json(described, facts)

    def is_done(self, stage: str, output: str) -> bool:
        """Tell whether `stage` finished with the very settings at hand, and its output is there."""
        return self._done(stage, output).is_current()

    def finish(self, stage: str) -> None:
        """Declare `stage` finished, with the inputs as they were when it began."""
        self._done(stage).write()

    def _done(self, stage: str, output: str | None = None) -> Marker:
        path = None if output is None else self.directory / output
        return self._started.named(f".done.{stage}.json", path)


def started_options(directory: Path) -> dict[str, Any]:
    """Return the options that an experiment was started with; none if it was not started."""
    marker = directory / STARTED
    return read_done(marker)["options"] if marker.exists() else {}


def chosen_epochs(config: Path) -> str:
    """Say in words how a configuration chooses epochs; a probe, layer and penalty.

    Raises
    ------
    SentemoError
        When the file is no configuration with a criterion and a number of epochs to keep, or of a
        probe with an unknown choice.
    """
    loaded = read_config(config)
    if loaded.get("probe_conf"):
        return how_chosen(config)
    try:
        phase, metric, mode = loaded["best_model_criterion"][0]
        keep = int(loaded["keep_nbest_models"])
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise SentemoError(
            f"{config}: needs best_model_criterion, like [[valid, loss, min]], "
            f"and keep_nbest_models, a number ({error})"
        ) from error
    best = "best epoch" if keep == 1 else f"mean of the weights of the {keep} best epochs"
    return f"{best} by {phase} {metric} ({mode})"
