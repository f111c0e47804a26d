"""The experiments behind the runs of a study."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from sentemo.core.config import CHANGED_CONFIGS, Settings, changed
from sentemo.core.errors import SentemoError
from sentemo.experiment.baseline import BaselineExperiment
from sentemo.experiment.directory import PREDICTED_SIDE
from sentemo.experiment.ser import SERExperiment
from sentemo.scoring.fusion import fuse_experiments, is_fused
from sentemo.study.options import StudyOptions
from sentemo.study.plan import (
    BASELINE,
    TRAINED,
    UPSTREAMS,
    Run,
    run_config,
)
from sentemo.upstreams import SEED, Upstream, of_seed

OWN_ENCODER = ("frontend", "encoder")  # a configuration with one of these takes over no encoder


@dataclass(frozen=True)
class FusedExperiment:
    """Runs whose predictions are averaged.

    Attributes
    ----------
    members
        Experiment directories of these runs.
    """

    directory: Path
    members: tuple[Path, ...]

    def fuse(self, stage: str) -> None:
        """Fuse what ``train`` or ``decode`` predicted."""
        fuse_experiments(self.members, self.directory, PREDICTED_SIDE[stage])

    def is_done(self, stage: str) -> bool:
        """Tell whether the members' predictions of now are fused."""
        return is_fused(self.members, self.directory, PREDICTED_SIDE[stage])


@dataclass(frozen=True)
class StudyJob:
    """One stage of a run, as it travels to the worker that does it.

    Attributes
    ----------
    stage
        ``train`` or ``decode``; a baseline predicts its test side when it is trained.
    """

    experiment: SERExperiment | BaselineExperiment
    stage: str

    @property
    def name(self) -> str:
        """Name of the run."""
        return self.experiment.directory.name

    def run(self) -> float:
        """Run the stage in this process, and return the seconds that it took."""
        print(f"━━ {self.name}", flush=True)
        started = time.perf_counter()
        if self.stage == "decode" and isinstance(self.experiment, SERExperiment):
            self.experiment.decode()
        else:
            self.experiment.train()
        return time.perf_counter() - started


@dataclass(frozen=True)
class StudyExperiments:
    """Turns the runs of a study into experiments."""

    options: StudyOptions

    def experiment(self, run: Run) -> SERExperiment | BaselineExperiment | FusedExperiment:
        """Return the experiment of a run; a trained run's configuration is written."""
        if run.row.kind == TRAINED:
            return self._trained(run)
        if run.row.kind == BASELINE:
            return self._baseline(run)
        return FusedExperiment(run.exp, tuple(member.exp for member in run.members))

    def _trained(self, run: Run) -> SERExperiment:
        options = self.options
        return SERExperiment(
            directory=run.exp,
            config=self.config(run),
            data=options.data,
            dump=self.features(run),
            folds=options.folds,
            task=options.task,
            labels=options.labels,
            scale=options.scale,
            upstream=self.upstream(run) if self.takes_encoder(run) else None,
            upstream_window=options.upstream_window,
            text=options.text if self.reads_text(run) else None,
            seed=run.seed,
            fold_parallel=options.fold_parallel,
            resources=options.resources.within_job(),
            corpus=options.corpus,
        )

    def _baseline(self, run: Run) -> BaselineExperiment:
        options = self.options
        if options.labels is None:
            raise SentemoError(f"row {run.row.name}: a baseline learns classes. Give --labels.")
        return BaselineExperiment(
            directory=run.exp,
            config=self.config(run),
            data=options.original_data,
            dump=options.dump,
            labels=options.labels,
            folds=options.folds,
            corpus=options.corpus,
            nj=options.resources.nj,
            convert_audio=options.convert_audio,
        )

    def jobs(self, runs: Sequence[Run], stage: str) -> list[StudyJob]:
        """Return what trains or decodes these runs; what is fused needs no job.

        A baseline predicts its test side when it is trained.
        """
        found = []
        for run in runs:
            experiment = self.experiment(run)
            if isinstance(experiment, SERExperiment) or (
                isinstance(experiment, BaselineExperiment) and stage == "train"
            ):
                found.append(StudyJob(experiment, stage))
        return found

    def settings(self, run: Run) -> Settings:
        """Return a trained run's whole configuration."""
        return run.row.settings(run.candidate, self._changes(run))

    def config(self, run: Run) -> Path:
        """Write a run's configuration, unless it is there, and return its file."""
        return run_config(run, self._changes(run), self.options.directory / CHANGED_CONFIGS)

    def _changes(self, run: Run) -> Mapping[str, Any]:
        """Changes to every configuration, and the model of those that have a frontend."""
        changes, model = self.options.changes, self.options.upstreams.get("ssl_model")
        if run.row.upstream != "ssl_model" or not model:
            return changes
        if not _has_own_encoder(run.row.settings(run.candidate, changes)):
            return changes  # it takes over the model's encoder
        if SEED in model:  # seeds share a configuration
            raise SentemoError(
                f"row {run.row.name}: has one --ssl_model for all seeds; give one without {SEED}"
            )
        return changed(changes, {"frontend_conf": {"model": model}})

    def upstream(self, run: Run) -> str | None:
        """Return the model that a run takes over, of its seed, where one was given."""
        named = run.row.upstream
        found = self.options.upstreams.get(named) if named in UPSTREAMS else named
        return found and of_seed(found, run.seed)

    def of_different_encoders(self, runs: Sequence[Run]) -> list[Run]:
        """Return the first run of each candidate and upstream; seeds mostly share both."""
        found: dict[tuple[str, str | None], Run] = {}
        for run in runs:
            found.setdefault((run.candidate, self.upstream(run)), run)
        return list(found.values())

    def reads_text(self, run: Run) -> bool:
        """Tell whether a run reads transcripts."""
        return run.row.kind == TRAINED and bool(self.settings(run).get("text_encoder"))

    def takes_encoder(self, run: Run) -> bool:
        """Tell whether a run takes over the encoder of an upstream."""
        return run.row.kind == TRAINED and not _has_own_encoder(self.settings(run))

    def takes_model(self, run: Run) -> bool:
        """Tell whether a run needs an upstream, or a self-supervised model as its frontend."""
        self_supervised = run.row.kind == TRAINED and run.row.upstream == "ssl_model"
        return self_supervised or self.takes_encoder(run)

    def features(self, run: Run) -> Path:
        """Return the feature directory of a trained run."""
        return self.options.dump / self._feature_type(run) / self.options.data.name

    def feature_types(self, runs: Sequence[Run]) -> list[str]:
        """Return the types of features that these runs need, the recogniser's among them."""
        types = {self._feature_type(run) for run in runs if run.row.kind == TRAINED}
        recogniser = self.options.upstreams.get("upstream")
        if recogniser and any(map(self.reads_text, runs)):
            model = of_seed(recogniser, self.options.seed)
            types.add(_upstream_feature_type(model, f"--{UPSTREAMS[0]}"))
        return sorted(types)

    def encoders(self, runs: Sequence[Run]) -> list[Upstream]:
        """Return the upstreams whose encoders these runs take over, each once.

        Raises
        ------
        SentemoError
            When one is not there, or was not named.
        """
        taken = {self._encoder(run): None for run in runs if self.takes_encoder(run)}
        return [Upstream(model, option) for model, option in taken]

    def _encoder(self, run: Run) -> tuple[str, str]:
        """Return the model whose encoder a run takes over, and the option or row that names it."""
        if not (model := self.upstream(run)):
            raise SentemoError(
                f"row {run.row.name}: names no encoder; give --{run.row.upstream}, or leave "
                "the row out (--rows)"
            )
        named = run.row.upstream
        return model, f"--{named}" if named in UPSTREAMS else f"row {run.row.name}: upstream"

    def _feature_type(self, run: Run) -> str:
        if self.takes_encoder(run):
            return _upstream_feature_type(*self._encoder(run))
        return self.settings(run).get("feature_type") or "fbank80"


def _has_own_encoder(settings: Settings) -> bool:
    return any(map(settings.get, OWN_ENCODER))


@cache  # reading a checkpoint for every run of a study would add up
def _upstream_feature_type(upstream: str, option: str) -> str:
    return Upstream(upstream, option).feature_type
