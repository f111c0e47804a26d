"""Options that a study is run with."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sentemo.core.config import parse_changes
from sentemo.core.errors import SentemoError
from sentemo.launch.resources import Resources
from sentemo.study.plan import Study


@dataclass(frozen=True)
class StudyOptions:
    """Options that all runs of a study share.

    Attributes
    ----------
    source
        The study's file, or the configuration that is trained over several seeds.
    directory
        Folder above the runs' experiment directories, which receives the study's scores.
    data, original_data
        Data directory, and the one without copies, which baselines are trained on.
    dump
        Folder above the types of features.
    folds
        Fold file.
    task, labels, scale, text, fold_parallel
        The attributes of the same names of `sentemo.experiment.ser.SERExperiment`.
    seed, seeds
        The first seed, and how many there are.
    upstreams
        Models by option, see `sentemo.study.plan.UPSTREAMS`; None where one was not given.
    upstream_window
        Window that Whisper hears, see `Upstream`.
    resources
        Where the runs are trained and decoded.
    convert_audio
        Whether baselines resample and downmix audio that is not 16 kHz mono.
    corpus
        Name in the results; empty takes the data's.
    recipe
        Recipe whose published numbers are shown.
    assignments
        Changes to every configuration that is trained, like ``max_epoch=3``.
    """

    source: Path
    directory: Path
    data: Path
    original_data: Path
    dump: Path
    folds: Path
    task: str = "label"
    labels: Path | None = None
    scale: str | None = None
    text: Path | None = None
    fold_parallel: bool = True
    seed: int = 1
    seeds: int = 1
    upstreams: Mapping[str, str | None] = field(default_factory=dict)
    upstream_window: str = ""
    resources: Resources = field(default_factory=Resources)
    convert_audio: bool = False
    corpus: str = ""
    recipe: str = ""
    assignments: Sequence[str] = ()

    @property
    def changes(self) -> dict[str, Any]:
        """Changes to every configuration, as settings."""
        return parse_changes(self.assignments)

    @property
    def all_seeds(self) -> range:
        """Seeds of the runs, in their order."""
        return range(self.seed, self.seed + self.seeds)


def task_of(study: Study, wanted: str | None, source: Path) -> str:
    """Return the task of a study, where it has one, or the task that is wanted.

    Raises
    ------
    SentemoError
        When another task is wanted than the study's own.
    """
    if study.task and wanted not in (None, study.task):
        raise SentemoError(f"{source} is of --task {study.task}, not {wanted}.")
    return study.task or wanted or "label"
