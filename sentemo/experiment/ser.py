"""An emotion recognition experiment: its stages train, decode and score."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from sentemo.core.errors import SentemoError
from sentemo.core.files import write_json
from sentemo.core.structured import read_json
from sentemo.experiment.directory import PREDICTED_SIDE, ExperimentDirectory
from sentemo.experiment.fold_training import announce_training, follow_training
from sentemo.experiment.scores import is_scored, score_experiment
from sentemo.experiment.ser_settings import SERSettings
from sentemo.experiment.states import (
    choose_best_layers,
    layers_to_keep,
    trained_layers,
)
from sentemo.folds.job import FoldJob
from sentemo.folds.run import predict_test, predict_together, train_fold, train_together
from sentemo.launch.records import LOG_DIR
from sentemo.models.layer_settings import BEST
from sentemo.scoring.predictions import AnyPrediction, predictions_file, write_prediction_tables
from sentemo.states.keeping import keep_states

BEST_LAYERS = "best_layers.json"  # the layer of each fold, in the order of the folds
Result = TypeVar("Result")


@dataclass(frozen=True)
class SERExperiment(SERSettings):
    """An emotion recogniser, trained and tested on every fold; its attributes are its settings."""

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
        if not self.reads_states():
            return None
        jobs, layers = self.jobs_and_layers()
        for request in self.states_requests():
            keep_states(request, layers, self.resources)
        return jobs

    def jobs_and_layers(self) -> tuple[list[FoldJob], list[str]]:
        """Return the folds' jobs, and the layers that they read, which probes may choose now."""
        jobs, layers = self.jobs(), layers_to_keep(self.config)
        if layers != [BEST]:
            return jobs, layers
        best = self._best_layers(jobs)
        jobs = [replace(job, best_layer=layer) for job, layer in zip(jobs, best, strict=True)]
        return jobs, list(map(str, best))

    def _best_layers(self, jobs: Sequence[FoldJob]) -> list[int]:
        """Return the best layer of each fold; what was chosen with these settings is kept."""
        guarded, file = self.guarded_directory(), self.directory / BEST_LAYERS
        if not guarded.is_done("layers", BEST_LAYERS):
            keep_states(self.states_requests()[0], [BEST], self.resources)
            # The copy that folds are trained by is not there yet.
            configured = [replace(job, config=self.config) for job in jobs]
            write_json(file, choose_best_layers(configured))
            guarded.finish("layers")
        return read_json(file, list[int])

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
        for request in self.states_requests()[:1]:
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
