"""A study: rows of a table, each with candidate configurations, over several seeds.

What is reported of a row is its candidate of the highest validation UA, or of the measure that the
study names, or of the highest mean CCC where nothing but dimensions is learnt; the test sides of
all others stay closed. Tables 2 and 3 of Lu et al. (2020) are studies, Tables 2 to 4 of SA2SR
(2022), and so is one configuration over five seeds.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from sentemo.core.config import Settings, changed, read_config, short_name, write_config
from sentemo.core.errors import SentemoError
from sentemo.data.targets import TASKS
from sentemo.scoring.classes import METRICS, predictions_confusion
from sentemo.scoring.dimensions import MEAN, ccc_by_name
from sentemo.scoring.predictions import (
    predictions_file,
    read_dimension_predictions,
    read_predictions,
)

TRAINED, BASELINE, FUSED, HUMAN, CITED = "config", "baseline", "fused", "human", "cited"
MEASURES = UA, MACRO_F1 = ("ua", "macro_f1")  # of classes, by which a row's candidate is chosen
LEFT_OUT = "left out"
# Options that name a model which a row takes over.
UPSTREAMS = ("upstream", "sa2sr_model", "ssl_model")


@dataclass(frozen=True)
class Row:
    """One row of a study.

    Attributes
    ----------
    kind
        `TRAINED`: its candidates are trained; `BASELINE`: of `sentemo.bin.train_baseline`; `FUSED`:
        what candidates of rows above it say together; `HUMAN`: how the annotators agree with the
        label, where the corpus says; `CITED`: only numbers that others published; `LEFT_OUT`: not
        run, see `with_rows`.
    config
        Configuration that its candidates change; None for people, and for what is fused or cited.
    candidates
        Changes to the configuration, by the candidate's name.
    members
        Which candidates are fused, by the candidate's name.
    published
        WA and UA in percent, or CCC, of the paper whose table this is, by recipe.
    upstream
        What its configuration takes over, where it names no encoder of its own: one of
        `UPSTREAMS`, the option that names the model; or the model itself, as ``--upstream`` does.
    citation
        Source of a cited row.
    """

    name: str
    kind: str
    config: Path | None
    candidates: dict[str, Settings] = field(default_factory=dict)
    published: dict[str, dict[str, float]] = field(default_factory=dict)
    members: dict[str, list[str]] = field(default_factory=dict)
    upstream: str = "upstream"
    citation: str = ""

    @property
    def config_file(self) -> Path:
        """Configuration of a row that is trained, or of a baseline."""
        if self.config is None:
            raise ValueError(f"{self.name}: a row of kind {self.kind} has no configuration")
        return self.config

    def settings(self, candidate: str, changes: Mapping[str, Any]) -> Settings:
        """Return a candidate's whole configuration, with changes that hold for all rows."""
        return changed(changed(read_config(self.config_file), self.candidates[candidate]), changes)


@dataclass(frozen=True)
class Study:
    """Rows in their order, under one title.

    Attributes
    ----------
    task
        One of `TASKS`, or None where any will do.
    measure
        One of `MEASURES`, by which validation chooses where classes are learnt; None is UA.
    """

    title: str
    rows: list[Row]
    task: str | None = None
    measure: str | None = None


@dataclass(frozen=True)
class Run:
    """One training of a study: a row's candidate with a seed, its directory, and what it fuses."""

    row: Row
    candidate: str
    seed: int
    exp: Path
    members: tuple["Run", ...] = ()


def study_of(config: Path) -> Study:
    """Return the study of one configuration."""
    name = short_name(config)
    return Study(f"{name}, over seeds", [Row(name, TRAINED, config, {name: {}})])


def with_rows(study: Study, numbers: Sequence[int]) -> Study:
    """Leave out all rows but these, numbered from 1; they stay in the table as not run.

    Raises
    ------
    SentemoError
        When there is no such row, or one fuses what a row that is left out would say.
    """
    if wrong := sorted(set(numbers) - set(range(1, len(study.rows) + 1))):
        raise SentemoError(f"--rows: no row {wrong[0]} in {study.title}: 1 to {len(study.rows)}.")
    rows = [
        row
        if number in numbers or row.kind == CITED
        else Row(row.name, LEFT_OUT, None, {}, row.published)
        for number, row in enumerate(study.rows, start=1)
    ]
    known = {name for row in rows for name in row.candidates}
    for row in rows:
        needed = {name for members in row.members.values() for name in members}
        if missing := sorted(needed - known):
            raise SentemoError(f"--rows: '{row.name}' fuses {', '.join(missing)}: run these too.")
    return replace(study, rows=rows)


def plan(study: Study, exp: Path, seeds: Sequence[int]) -> list[Run]:
    """Return every training of a study; a baseline draws nothing and needs one seed."""
    runs: dict[str, list[Run]] = {}  # of each candidate
    for row in study.rows:
        for name in row.candidates:
            count = 1 if row.kind == BASELINE else len(seeds)
            runs[name] = [Run(row, name, s, exp / f"{name}_seed{s}") for s in seeds[:count]]
        for name, members in row.members.items():
            count = max(len(runs[member]) for member in members)
            runs[name] = [
                Run(
                    row,
                    name,
                    seed,
                    exp / f"{name}_seed{seed}",
                    tuple(runs[member][min(n, len(runs[member]) - 1)] for member in members),
                )
                for n, seed in enumerate(seeds[:count])
            ]
    return [run for found in runs.values() for run in found]


def run_config(run: Run, changes: Mapping[str, Any], folder: Path) -> Path:
    """Write a run's whole configuration, unless it is there; a baseline's is its file."""
    if run.row.kind == BASELINE:
        return run.row.config_file
    settings = run.row.settings(run.candidate, changes)
    return write_config(settings, folder / f"{run.candidate}.yaml")


def validation(run: Run, task: str, measure: str | None = None) -> float:
    """Pooled validation score of a finished training.

    It is the measure of a study, or mean CCC where only dimensions are learnt.

    Raises
    ------
    SentemoError
        When it is not finished.
    """
    target = TASKS[task][0]
    path = run.exp / predictions_file(target, "valid")
    if not path.is_file():
        raise SentemoError(f"{run.exp} is not trained yet. Run the train stage first.")
    if target == "avd":
        return ccc_by_name(read_dimension_predictions(path))[MEAN]
    labels, predictions = read_predictions(path)
    return float(METRICS[measure or UA](predictions_confusion(labels, predictions)))


def candidates_by_validation(
    runs: Sequence[Run], task: str = "label", measure: str | None = None
) -> dict[str, dict[str, list[float]]]:
    """`validation` of every run, by row and candidate, the best candidate of a row first.

    That is the one of the highest mean over the seeds; of equals, the first in the study's order.
    """
    found: dict[str, dict[str, list[float]]] = {}
    for run in runs:
        found.setdefault(run.row.name, {}).setdefault(run.candidate, []).append(
            validation(run, task, measure)
        )
    return {
        row: dict(sorted(candidates.items(), key=lambda item: -np.mean(item[1])))
        for row, candidates in found.items()
    }


def chosen_runs(runs: Sequence[Run], task: str = "label", measure: str | None = None) -> list[Run]:
    """Return the runs of every row's best candidate: those whose test sides are opened."""
    found = candidates_by_validation(runs, task, measure)
    best = {row: next(iter(candidates)) for row, candidates in found.items()}
    return [run for run in runs if run.candidate == best[run.row.name]]
