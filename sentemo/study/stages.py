"""The stages of a study: train every run, open the test sides of the chosen ones, score them."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from humanfriendly import format_timespan

from sentemo.core.files import write_json
from sentemo.core.provenance import published_command, published_path
from sentemo.data.preparation import read_counts
from sentemo.data.targets import TASKS
from sentemo.experiment.baseline import BaselineExperiment
from sentemo.experiment.scores import score_experiment
from sentemo.experiment.ser import SERExperiment
from sentemo.launch.records import LOG_DIR
from sentemo.launch.resources import LOCAL, TRAIN
from sentemo.scoring.predictions import (
    AnyPrediction,
    predictions_file,
    read_dimension_predictions,
    read_predictions,
)
from sentemo.scoring.scores_file import read_experiment, write_scores
from sentemo.states.keeping import keep_states
from sentemo.states.shards import StatesRequest
from sentemo.study.check import require_done, require_runnable
from sentemo.study.experiments import FusedExperiment, StudyExperiments, StudyJob
from sentemo.study.options import StudyOptions
from sentemo.study.plan import UPSTREAMS, Run, Study, candidates_by_validation, chosen_runs, plan
from sentemo.study.results import Scores, measures_of, summarise
from sentemo.upstreams import model_name


@dataclass(frozen=True)
class StudyStages:
    """A study with the options that it is run with."""

    study: Study
    options: StudyOptions

    @property
    def experiments(self) -> StudyExperiments:
        """The experiments of the runs."""
        return StudyExperiments(self.options)

    @property
    def runs(self) -> list[Run]:
        """Every training, see `sentemo.study.plan.plan`."""
        return plan(self.study, self.options.directory, self.options.all_seeds)

    def keep_states(self) -> None:
        """Keep the states that the runs read; seeds read the same, unless each has its upstream.

        Rows read other layers of the same states, for which the encoder runs once.
        """
        resources = self.options.resources
        wanted: dict[Path, tuple[StatesRequest, list[str]]] = {}
        for run in self.experiments.of_different_encoders(self.runs):
            experiment = self.experiments.experiment(run)
            if isinstance(experiment, SERExperiment) and experiment.reads_states():
                _, layers = replace(experiment, resources=resources).jobs_and_layers()
                for request in experiment.states_requests():
                    wanted.setdefault(request.directory, (request, []))[1].extend(layers)
        for request, layers in wanted.values():
            keep_states(request, layers, resources)

    def train(self) -> None:
        """Train every run that is not finished."""
        runs = self.runs
        require_runnable(self.experiments, runs)
        finished = {run.exp.name for run in runs if any(run.exp.glob("predictions/valid*.tsv"))}
        seconds: list[float] = []
        jobs = self.experiments.jobs(runs, "train")
        for done, (job, took) in enumerate(self._run("train", jobs), start=1):
            if job.name not in finished:  # a finished one says nothing about the time to come
                seconds.append(took)
                left = sum(seconds) / len(seconds) * (len(jobs) - done)
                print(f"{done}/{len(jobs)} trainings, about {format_timespan(round(left))} left")
        self._fuse("train", runs)

    def decode(self) -> None:
        """Predict the test sides of every row's best candidate, and of what it fuses."""
        runs = self.runs
        require_done(self.experiments, runs, "train")
        chosen = chosen_runs(runs, self.options.task, self.study.measure)
        opened = list({run.exp: run for one in chosen for run in (*one.members, one)}.values())
        for _ in self._run("decode", self.experiments.jobs(opened, "decode")):
            pass
        self._fuse("decode", opened)

    def score(self) -> Scores:
        """Score every row's best candidate, write the study's `scores.json` and return it."""
        options, runs = self.options, self.runs
        require_done(self.experiments, runs, "train")
        chosen = chosen_runs(runs, options.task, self.study.measure)
        require_done(self.experiments, chosen, "decode")
        scores: dict[str, list[Scores]] = defaultdict(list)
        predictions: dict[str, list[Sequence[AnyPrediction]]] = defaultdict(list)
        for run in chosen:
            found = score_experiment(run.exp, options.data, options.folds, options.labels)
            scores[run.row.name].append(found)
            predictions[run.row.name].append(_test_predictions(run, options.task))
        rows = summarise(
            self.study,
            candidates_by_validation(runs, options.task, self.study.measure),
            scores,
            predictions,
            read_counts(options.original_data).get("human"),
            options.recipe,
            measures_of(options.task, self.study.measure),
        )
        self._describe(chosen)
        counts = scores[chosen[0].row.name][0]["counts"]
        table = {"task": options.task, "counts": counts, "test": rows}
        if self.study.measure:
            table["measure"] = self.study.measure
        return write_scores(options.directory, "study", table)

    def _run(self, stage: str, jobs: Sequence[StudyJob]) -> Iterator[tuple[StudyJob, float]]:
        """Run jobs, and yield each with the seconds that it took; baselines need no GPU."""
        resources, log = self.options.resources, self.options.directory / LOG_DIR
        name = f"study_{stage}"
        if resources.backend == LOCAL:
            return resources.training_workers(log, name, in_turn=True).run(StudyJob.run, jobs)
        from sentemo.launch.array import run_at_once  # submitit, for clusters only

        baselines = [job for job in jobs if isinstance(job.experiment, BaselineExperiment)]
        trainings = [job for job in jobs if not isinstance(job.experiment, BaselineExperiment)]
        shares = [
            (resources.slurm_workers("cpu", log, "study_baselines"), baselines),
            (resources.slurm_workers(TRAIN, log, name), trainings),
        ]
        return run_at_once(StudyJob.run, shares)

    def _fuse(self, stage: str, runs: Sequence[Run]) -> None:
        for run in runs:
            experiment = self.experiments.experiment(run)
            if isinstance(experiment, FusedExperiment):
                experiment.fuse(stage)

    def _describe(self, chosen: Sequence[Run]) -> None:
        """Describe the study as its trainings are described, with all of their notes."""
        options = self.options
        found = [read_experiment(run.exp) for run in chosen]
        named = [run.row.upstream for run in self.runs if run.row.upstream not in UPSTREAMS]
        given = [model for model in options.upstreams.values() if model]
        upstreams = dict.fromkeys(map(model_name, [*given, *named]))
        commits = dict.fromkeys(one["commit"] for one in found if one["commit"])
        best = measures_of(options.task, self.study.measure).best
        last = options.all_seeds[-1]
        described: dict[str, Any] = {
            **found[-1],
            "title": self.study.title
            + (f" ({' '.join(options.assignments)})" if options.assignments else ""),
            "notes": list(dict.fromkeys(note for one in found for note in one["notes"])),
            "commit": ", ".join(commits) or None,
            "seed": str(options.seed) + (f" to {last}" if options.seeds > 1 else ""),
            "config": published_path(options.source),
            "asr_model": ", ".join(upstreams) or None,
            "epochs": "as each configuration says; a row's configuration by mean validation "
            f"{best}",
            "command": published_command(),
        }
        write_json(options.directory / "experiment.json", described)


def _test_predictions(run: Run, task: str) -> Sequence[AnyPrediction]:
    target = TASKS[task][0]
    path = run.exp / predictions_file(target, "test")
    return read_dimension_predictions(path) if target == "avd" else read_predictions(path)[1]
