"""An emotion recognition experiment: configuration, data and folds, with its three stages."""

import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

from humanfriendly import format_timespan

from sentemo.core.config import read_config, short_name
from sentemo.core.errors import SentemoError
from sentemo.core.files import fingerprint
from sentemo.data.dimensions import Scale, parse_scale
from sentemo.data.features import FEATS_JSON, check_source, read_feature_dir
from sentemo.data.fold_files import count_folds, read_folds
from sentemo.data.kaldi import Utterance, read_data_dir
from sentemo.data.labels import read_labels
from sentemo.data.targets import TARGET_TABLES, TASKS, targets_of
from sentemo.data.texts import read_texts
from sentemo.experiment.description import (
    describe_data,
    fold_tables,
    other_corpora,
    speeds_of_copies,
)
from sentemo.experiment.directory import (
    CONFIG_COPY,
    PREDICTED_SIDE,
    ExperimentDirectory,
    started_options,
)
from sentemo.experiment.scores import is_scored, score_experiment
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
from sentemo.scoring.predictions import AnyPrediction, predictions_file, write_prediction_tables
from sentemo.scoring.summary import summary
from sentemo.upstreams import Upstream, model_name

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
    upstream
        Pre-trained model whose encoder is taken over; None trains an encoder from scratch.
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
        jobs = self.jobs()
        guarded.start(**self._description(jobs))
        self._train_folds(jobs)
        guarded.finish("train")

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
        """Whether ``train``, ``decode`` or ``score`` finished with these very settings."""
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
        self._require_text_where_read()
        options: dict[str, Any] = {"seed": self.seed}
        if scale := self._scale():
            options |= {"task": self.task, "scale": str(scale)}
        if self.is_trained_together():
            options["fold_parallel"] = True
        if self.upstream is not None:
            options["asr_model"] = self._upstream_fingerprint(self.upstream)
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
        targets = TASKS[self.task]
        for target, option, value in (
            ("label", "labels", self.labels),
            ("avd", "scale", self.scale),
        ):
            if target in targets and value is None:
                raise SentemoError(f"--task {self.task} needs --{option}.")
        return targets

    def jobs(self) -> list[FoldJob]:
        """Return one job per fold.

        Raises
        ------
        SentemoError
            When data, features, transcripts and folds do not fit each other.
        """
        targets, scale = self.targets, self._scale()
        utterances = read_data_dir(self.data)
        labels = None
        if "label" in targets and self.labels is not None:
            labels = read_labels(self.labels)
        targets_of(utterances, labels, scale)  # a wrong target shows before hours of training
        folds = read_folds(self.folds, utterances)
        check_source(self.dump, utterances)
        features = read_feature_dir(self.dump)
        texts = None if self.text is None else read_texts(self.text, utterances)
        settings: dict[str, Any] = {"seed": self.seed, "ngpu": min(self.resources.ngpu, 1)}
        if self.upstream is not None:
            settings["asr_model"] = self.upstream
        return [
            FoldJob(
                fold=fold,
                exp=self.directory / f"fold_{fold.number:02d}",
                config=self.directory / CONFIG_COPY,
                labels=labels,
                utterances=utterances,
                features=features,
                settings=settings,
                one_thread=len(folds) > 1,
                texts=texts,
                scale=scale,
                processes=max(self.resources.ngpu, 1),
                nodes=self.resources.nodes,
            )
            for fold in folds
        ]

    def is_trained_together(self) -> bool:
        """Whether all folds are trained in one pass: where that is wanted, and possible."""
        folds = count_folds(self.folds)
        return self.fold_parallel and why_separate(self.config, self.upstream, folds) is None

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

    def _require_text_where_read(self) -> None:
        """Require transcripts for a text encoder, and a text encoder for transcripts."""
        reads = bool(read_config(self.config).get("text_encoder"))
        if reads and self.text is None:
            raise SentemoError(
                f"{self.config} has a text_encoder, which reads transcripts. Give them with --text."
            )
        if self.text is not None and not reads:
            raise SentemoError(
                f"--text {self.text}: {self.config} has no text_encoder to read it. Leave --text "
                "away, or use a configuration that has one, like "
                "conf/train_ser_acoustic_text.yaml."
            )
        if self.text is not None and not self.text.is_file():
            raise SentemoError(f"--text {self.text}: no such file. Stage asr_score makes one.")

    def _upstream_fingerprint(self, upstream: str) -> str:
        """Return the upstream's fingerprint; if it is gone, the one noted when training started."""
        try:
            return Upstream(upstream).fingerprint
        except SentemoError:
            if (recorded := started_options(self.directory).get("asr_model")) is None:
                raise
            print(
                f"{upstream}: not there any more; {self.directory} was started upon it", flush=True
            )
            return recorded

    def _description(self, jobs: Sequence[FoldJob]) -> dict[str, Any]:
        """Return what `experiment.json` and every result say of this experiment."""
        utterances = jobs[0].utterances
        upstream = model_name(self.upstream) if self.upstream else None
        described = describe_data(
            self.data, self.dump, self.folds, [job.fold for job in jobs], utterances
        )
        if self.corpus:
            described["corpus"] = self.corpus
        if self.text:
            described["notes"].append(f"transcripts: {os.path.relpath(self.text)}")
        return {
            "title": self.title or _title(self.config, upstream, utterances),
            "seed": self.seed,
            "asr_model": upstream,
            "task": self.task,
            "trained_with": other_corpora(utterances),
            **described,
        }

    def _train_folds(self, jobs: Sequence[FoldJob]) -> None:
        started, joint = time.perf_counter(), self.is_trained_together()
        labels, valid = jobs[0].labels, list[AnyPrediction]()
        how, where = ("in one pass", "") if joint else ("one by one", "fold_*/")
        output = f"{self.directory}/{where}train.log"
        print(f"{self.directory}: training {len(jobs)} folds {how}; output in {output}", flush=True)
        trained = self.run_folds("train", train_fold, jobs, train_together)
        for done, (job, result) in enumerate(trained, start=1):
            valid += result.valid
            left = (time.perf_counter() - started) / done * (len(jobs) - done)
            print(
                f"fold {job.fold.number}: best epoch {result.best_epoch} of {result.epochs}, "
                f"valid {summary(labels, result.valid)}, "
                f"{format_timespan(round(result.seconds))}; {done}/{len(jobs)} folds"
                + ("" if joint else f", about {format_timespan(round(left))} left"),
                flush=True,
            )
        write_prediction_tables(self.directory, "valid", labels, valid)
        print(
            f"{self.directory}: pooled validation {summary(labels, valid)} "
            f"over {len(valid)} predictions"
        )


def _title(config: Path, upstream: str | None, utterances: Sequence[Utterance]) -> str:
    """Name an experiment by its configuration, upstream, further corpora and copies' speeds."""
    others = [f"with {corpus}" for corpus in other_corpora(utterances)]
    more = [*others, *speeds_of_copies(utterances)]
    return ", ".join([short_name(config), *([upstream] if upstream else []), *more])
