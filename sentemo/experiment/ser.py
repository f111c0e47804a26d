"""An emotion recognition experiment: configuration, data and folds, with its three stages."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

from sentemo.core.errors import SentemoError
from sentemo.core.files import fingerprint
from sentemo.core.provenance import published_path
from sentemo.data.dimensions import Scale, parse_scale
from sentemo.data.features import FEATS_JSON
from sentemo.data.fold_files import count_folds
from sentemo.data.targets import TARGET_TABLES
from sentemo.experiment.description import (
    describe_data,
    experiment_title,
    fold_tables,
    other_corpora,
)
from sentemo.experiment.directory import CONFIG_COPY, PREDICTED_SIDE, ExperimentDirectory
from sentemo.experiment.fold_training import announce_training, follow_training
from sentemo.experiment.scores import is_scored, score_experiment
from sentemo.experiment.ser_inputs import (
    read_inputs,
    require_text_where_read,
    required_targets,
    upstream_fingerprint,
)
from sentemo.experiment.states import (
    layers_to_keep,
    require_states_where_read,
    states_directory,
    states_request,
    trained_layers,
    with_best_layers,
)
from sentemo.folds.job import FoldJob
from sentemo.folds.run import (
    predict_test,
    predict_together,
    train_fold,
    train_together,
    why_separate,
)
from sentemo.launch.records import LOG_DIR
from sentemo.launch.resources import Resources
from sentemo.models.layer_settings import BEST
from sentemo.scoring.predictions import AnyPrediction, predictions_file, write_prediction_tables
from sentemo.states.keeping import keep_states
from sentemo.upstreams import model_name

Result = TypeVar("Result")


@dataclass(frozen=True)
class SERExperiment:
    """An emotion recogniser, trained and tested on every fold.

    It holds no more than what was asked for, so it is cheap to make and travels to jobs.

    Attributes
    ----------
    directory
        Experiment directory, which receives models, predictions and scores.
    config
        Training configuration.
    data, dump
        Data directory and its feature directory.
    folds
        Fold file.
    task
        Key of `sentemo.data.targets.TASKS`: which targets are learnt.
    labels
        Labels file, where classes are learnt.
    scale
        Scale of the dimensions, where these are learnt; see `sentemo.data.dimensions.parse_scale`.
    upstream, upstream_window
        Pre-trained model whose encoder is taken over, and the window that it hears, see `Upstream`;
        None trains an encoder from scratch.
    text
        Table of transcripts, where the configuration has a text encoder.
    fold_parallel
        Whether to train all folds in one pass, where that is possible.
    resources
        Where the folds are trained and decoded.
    corpus, title
        Names in the results; None takes the data's and the configuration's.
    """

    directory: Path
    config: Path
    data: Path
    dump: Path
    folds: Path
    task: str = "label"
    labels: Path | None = None
    scale: str | None = None
    upstream: str | None = None
    upstream_window: str = ""
    text: Path | None = None
    seed: int = 1
    fold_parallel: bool = True
    resources: Resources = field(default_factory=Resources)
    corpus: str | None = None
    title: str | None = None

    def with_one_gpu(self) -> "SERExperiment":
        """Return the experiment for work that has no use for more than one GPU."""
        return replace(self, resources=self.resources.with_one_gpu())

    def train(self) -> None:
        """Train the folds that are not finished, and write the pooled validation predictions.

        Raises
        ------
        SentemoError
            When something that it needs is missing or wrong, or when the directory holds a
            training with other settings.
        """
        guarded = self.guarded_directory()
        if self._is_predicted(guarded, "train"):
            print(f"{self.directory}: training is finished")
            return
        jobs = self.keep_states() or self.jobs()
        guarded.start(**self.description(jobs))
        joint = self.is_trained_together()
        announce_training(self.directory, len(jobs), joint)
        trained = self.run_folds("train", train_fold, jobs, train_together)
        follow_training(self.directory, jobs, trained, joint)
        guarded.finish("train")

    def keep_states(self) -> list[FoldJob] | None:
        """Keep the states of the frozen upstream that the folds read, unless that is done.

        Returns
        -------
        list or None
            The folds' jobs, with the layers that are the best for them where these are read; None
            where folds read no kept states.

        Raises
        ------
        SentemoError
            See `sentemo.states.keeping.keep_states`.
        """
        if not self._reads_states():
            return None
        jobs = self.jobs()
        request = states_request(self.dump, str(self.upstream), self.upstream_window)
        layers = layers_to_keep(self.config)
        if layers != [BEST]:
            keep_states(request, layers, self.resources)
            return jobs
        keep_states(request, [], self.resources)
        jobs = with_best_layers(jobs)
        keep_states(request, [str(job.best_layer) for job in jobs], self.resources)
        return jobs

    def decode(self) -> None:
        """Predict each fold's test side with the weights that its validation side chose.

        Raises
        ------
        SentemoError
            When the experiment is not trained with these settings.
        """
        alone = self.with_one_gpu()
        guarded = self.guarded_directory()
        if not self._is_predicted(guarded, "train"):
            raise SentemoError(
                f"{self.directory}: not trained with these settings. Run the train stage first."
            )
        if self._is_predicted(guarded, "decode"):
            print(f"{self.directory}: predictions are up to date")
            return
        guarded.claim()
        if self._reads_states():
            request = states_request(self.dump, str(self.upstream), self.upstream_window)
            keep_states(request, trained_layers(self.directory, self.config), alone.resources)
        jobs = alone.jobs()
        predictions: list[AnyPrediction] = []
        decoded = alone.run_folds("decode", predict_test, jobs, predict_together)
        for done, (_, found) in enumerate(decoded, start=1):
            predictions += found
            print(f"{done}/{len(jobs)} folds, {len(predictions)} predictions", flush=True)
        write_prediction_tables(self.directory, "test", jobs[0].labels, predictions)
        guarded.finish("decode")

    def score(self) -> dict[str, Any]:
        """Score the predictions; see `sentemo.experiment.scores.score_experiment`."""
        return score_experiment(self.directory, self.data, self.folds, self.labels)

    def is_done(self, stage: str) -> bool:
        """Tell whether ``train``, ``decode`` or ``score`` finished with these very settings."""
        if stage == "score":
            return is_scored(self.directory, self.data, self.folds, self.labels)
        return self._is_predicted(self.guarded_directory(), stage)

    def guarded_directory(self) -> ExperimentDirectory:
        """Return the directory, guarded against a training with other settings than these.

        Raises
        ------
        SentemoError
            When something that the experiment needs is missing.
        """
        targets = self.targets
        inputs = [self.folds, self.dump / FEATS_JSON]
        inputs += fold_tables(self.data, *(TARGET_TABLES[target] for target in targets))
        if "label" in targets and self.labels is not None:
            inputs.insert(0, self.labels)
        require_text_where_read(self.config, self.text)
        require_states_where_read(self.config, self._why_separate())
        options: dict[str, Any] = {"seed": self.seed}
        if scale := self._scale():
            options |= {"task": self.task, "scale": str(scale)}
        if self.is_trained_together():
            options["fold_parallel"] = True
        if self.upstream is not None:
            options["asr_model"] = upstream_fingerprint(
                self.upstream, self.upstream_window, self.directory
            )
        if self.text is not None:
            options["text"] = fingerprint(self.text)
        return ExperimentDirectory(self.directory, self.config, inputs, options)

    @property
    def targets(self) -> tuple[str, ...]:
        """Names of the targets.

        Raises
        ------
        SentemoError
            When the labels file or the scale is missing that they need.
        """
        return required_targets(self.task, self.labels, self.scale)

    def jobs(self) -> list[FoldJob]:
        """Return one job per fold.

        Raises
        ------
        SentemoError
            When data, features, transcripts and folds do not fit each other.
        """
        scale = self._scale()
        labels = self.labels if "label" in self.targets else None
        inputs = read_inputs(self.data, self.dump, self.folds, labels, scale, self.text)
        states = None
        if self._reads_states():
            states = states_directory(self.dump, str(self.upstream), self.upstream_window)
        settings: dict[str, Any] = {"seed": self.seed, "ngpu": min(self.resources.ngpu, 1)}
        if self.upstream is not None:
            settings |= {"asr_model": self.upstream, "upstream_window": self.upstream_window}
        return [
            FoldJob(
                fold=fold,
                exp=self.directory / f"fold_{fold.number:02d}",
                config=self.directory / CONFIG_COPY,
                labels=inputs.labels,
                utterances=inputs.utterances,
                features=inputs.features,
                settings=settings,
                one_thread=len(inputs.folds) > 1,
                states=states,
                texts=inputs.texts,
                scale=scale,
                processes=max(self.resources.ngpu, 1),
                nodes=self.resources.nodes,
            )
            for fold in inputs.folds
        ]

    def is_trained_together(self) -> bool:
        """Tell whether all folds are trained in one pass: where that is wanted, and possible."""
        return self._why_separate() is None

    def _reads_states(self) -> bool:
        """Tell whether the folds read kept states of the upstream."""
        return self.upstream is not None and self.is_trained_together()

    def _why_separate(self) -> str | None:
        if not self.fold_parallel:
            return "--fold_parallel is false"
        return why_separate(self.config, self.upstream, count_folds(self.folds))

    def run_folds(
        self,
        stage: str,
        work: Callable[[FoldJob], Result],
        jobs: Sequence[FoldJob],
        together: Callable[[Sequence[FoldJob]], list[Result]] | None = None,
    ) -> Iterator[tuple[FoldJob, Result]]:
        """Work on every fold, and yield each with its result when it is done.

        Parameters
        ----------
        together
            The same work on all folds in one pass, for folds that are trained so.
        """
        workers = self.resources.training_workers(self.directory / LOG_DIR, stage)
        if together is not None and self.is_trained_together():
            [(_, results)] = workers.run(together, [jobs])
            return zip(jobs, results, strict=True)
        return workers.run(work, jobs)

    def _is_predicted(self, guarded: ExperimentDirectory, stage: str) -> bool:
        files = [predictions_file(target, PREDICTED_SIDE[stage]) for target in self.targets]
        return all(guarded.is_done(stage, file) for file in files)

    def _scale(self) -> Scale | None:
        return parse_scale(self.scale) if "avd" in self.targets and self.scale else None

    def description(self, jobs: Sequence[FoldJob]) -> dict[str, Any]:
        """Return what `experiment.json` and every result say of this experiment."""
        utterances = jobs[0].utterances
        upstream = model_name(self.upstream) if self.upstream else None
        described = describe_data(
            self.data, self.dump, self.folds, [job.fold for job in jobs], utterances
        )
        if self.corpus:
            described["corpus"] = self.corpus
        if self.text:
            described["notes"].append(f"transcripts: {published_path(self.text)}")
        return {
            "title": self.title or experiment_title(self.config, upstream, utterances),
            "seed": self.seed,
            "asr_model": upstream,
            "task": self.task,
            "trained_with": other_corpora(utterances),
            **described,
        }
