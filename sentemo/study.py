"""A study: rows of a table, each with candidate configurations, over several seeds.

What is reported of a row is its candidate of the highest validation UA; the test sides of all
others stay closed. Tables 2 and 3 of Lu et al. (2020) are studies, and so is one configuration over
five seeds.
"""

from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from sentemo.config_file import read_config
from sentemo.errors import Problems, SentemoError
from sentemo.metrics import unweighted_accuracy
from sentemo.predictions import read_predictions
from sentemo.scoring import predictions_confusion
from sentemo.stages import atomic_file

TRAINED, BASELINE, FUSED, HUMAN = "config", "baseline", "fused", "human"
KINDS = (TRAINED, BASELINE, FUSED, HUMAN)
ROW_KEYS = {*KINDS, "name", "candidates", "published"}
Settings = dict[str, Any]


@dataclass(frozen=True)
class Row:
    """One row of a study.

    Attributes
    ----------
    kind
        `TRAINED`: its candidates are trained; `BASELINE`: of `sentemo.bin.train_baseline`; `FUSED`:
        what candidates of rows above it say together; `HUMAN`: how the annotators agree with the
        label, where the corpus says.
    config
        What its candidates change; None for people, and for what is fused.
    candidates
        Changes to the configuration, by the candidate's name.
    members
        Which candidates are fused, by the candidate's name.
    published
        WA and UA in percent of the paper whose table this is, by recipe.
    """

    name: str
    kind: str
    config: Path | None
    candidates: dict[str, Settings] = field(default_factory=dict)
    published: dict[str, dict[str, float]] = field(default_factory=dict)
    members: dict[str, list[str]] = field(default_factory=dict)

    def settings(self, candidate: str, changes: Mapping[str, Any]) -> Settings:
        """Return a candidate's whole configuration, with changes that hold for all rows."""
        return changed(changed(read_config(self.config), self.candidates[candidate]), changes)


@dataclass(frozen=True)
class Study:
    """Rows in their order, under one title."""

    title: str
    rows: list[Row]


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
    name = config.stem.removeprefix("train_ser_")
    return Study(f"{name}, over seeds", [Row(name, TRAINED, config, {name: {}})])


def read_study(path: Path) -> Study:
    """Read a study: YAML with a ``title`` and ``rows``, whose paths are relative to the file.

    Raises
    ------
    SentemoError
        Naming rows that are no rows, unknown keys, candidates of the same name, and files that
        are not there.
    """
    loaded = read_config(path)
    problems = Problems(str(path))
    rows, names = [], []
    for number, row in enumerate(loaded.get("rows") or [], start=1):
        where = f"row {number}"
        if not isinstance(row, dict) or not isinstance(row.get("name"), str):
            problems.add("not a row", where, "it needs a name")
            continue
        for key in row.keys() - ROW_KEYS:
            problems.add("unknown key", where, f"{key}; known are {', '.join(sorted(ROW_KEYS))}")
        kinds = [kind for kind in KINDS if row.get(kind)]
        if len(kinds) != 1:
            problems.add("not one kind", where, f"give one of {', '.join(KINDS)}")
            continue
        rows.append(_row(row, kinds[0], path.parent))
        for member in {name for members in rows[-1].members.values() for name in members}:
            if member not in names:
                problems.add("not a candidate of a row above", where, member)
        names += [*rows[-1].candidates, *rows[-1].members]
        if rows[-1].config is not None and not rows[-1].config.is_file():
            problems.add("no such configuration", where, str(rows[-1].config))
    for name in sorted({name for name in names if names.count(name) > 1}):
        problems.add("candidate twice", name, "its directory bears its name")
    if not rows or not isinstance(loaded.get("title"), str):
        problems.add("no study", str(path), "it needs a title and rows")
    problems.raise_if_any("See conf/table3.yaml for a study.")
    return Study(loaded["title"], rows)


def _row(row: Mapping[str, Any], kind: str, folder: Path) -> Row:
    if kind == FUSED:
        return Row(row["name"], kind, None, {}, row.get("published") or {}, dict(row[kind]))
    config = None if kind == HUMAN else (folder / row[kind]).resolve()
    candidates = row.get("candidates") or {}
    if config is not None and not candidates:
        candidates = {config.stem.removeprefix("train_ser_"): {}}
    made = {str(name): changes or {} for name, changes in candidates.items()}
    return Row(row["name"], kind, config, made, row.get("published") or {})


def changed(settings: Mapping[str, Any], changes: Mapping[str, Any]) -> Settings:
    """Change settings; a part that gets another class loses the settings of the old one."""
    result = deepcopy(dict(settings))
    for key, value in changes.items():
        if f"{key}_conf" in result and value != result.get(key):
            result[f"{key}_conf"] = {}
    for key, value in changes.items():
        mapping = isinstance(value, Mapping) and isinstance(result.get(key), Mapping)
        result[key] = changed(result[key], value) if mapping else deepcopy(value)
    return result


def parse_changes(text: str) -> Settings:
    """Read ``max_epoch=3 optim_conf.lr=0.001``.

    Raises
    ------
    SentemoError
        Naming the word that is no such assignment.
    """
    found: Settings = {}
    for word in text.split():
        path, equals, value = word.partition("=")
        *above, last = path.split(".")
        if not equals or not all([*above, last]):
            raise SentemoError(f"--change: '{word}' is not KEY=VALUE, as in optim_conf.lr=0.001")
        inner = found
        for key in above:
            inner = inner.setdefault(key, {})
        inner[last] = yaml.safe_load(value)
    return found


def plan(study: Study, exp: Path, seeds: Sequence[int]) -> list[Run]:
    """Return every training of a study; a baseline draws nothing and needs one seed."""
    runs: dict[tuple[str, int], Run] = {}
    for row in study.rows:
        for candidate in (*row.candidates, *row.members):
            for seed in seeds[:1] if row.kind == BASELINE else seeds:
                members = tuple(
                    runs.get((name, seed)) or runs[name, seeds[0]]
                    for name in row.members.get(candidate, ())
                )
                exp_of_run = exp / f"{candidate}_seed{seed}"
                runs[candidate, seed] = Run(row, candidate, seed, exp_of_run, members)
    return list(runs.values())


def write_config(run: Run, changes: Mapping[str, Any], folder: Path) -> Path:
    """Write a run's whole configuration, unless it is there; a baseline's is its file."""
    if run.row.kind == BASELINE:
        return run.row.config
    path = folder / f"{run.candidate}.yaml"
    text = yaml.safe_dump(run.row.settings(run.candidate, changes), sort_keys=False)
    if not path.is_file() or path.read_text(encoding="utf-8") != text:
        with atomic_file(path) as stream:
            stream.write(text)
    return path


def valid_ua(run: Run) -> float:
    """Pooled validation UA of a finished training.

    Raises
    ------
    SentemoError
        When it is not finished.
    """
    path = run.exp / "predictions" / "valid.tsv"
    if not path.is_file():
        raise SentemoError(f"{run.exp} is not trained yet. Run the train stage first.")
    labels, predictions = read_predictions(path)
    return float(unweighted_accuracy(predictions_confusion(labels, predictions)))


def candidates_by_validation(runs: Sequence[Run]) -> dict[str, dict[str, list[float]]]:
    """Validation UA of every run, by row and candidate, the best candidate of a row first.

    That is the one of the highest mean over the seeds; of equals, the first in the study's order.
    """
    found: dict[str, dict[str, list[float]]] = {}
    for run in runs:
        found.setdefault(run.row.name, {}).setdefault(run.candidate, []).append(valid_ua(run))
    return {
        row: dict(sorted(candidates.items(), key=lambda item: -np.mean(item[1])))
        for row, candidates in found.items()
    }


def chosen_runs(runs: Sequence[Run]) -> list[Run]:
    """Return the runs of every row's best candidate: those whose test sides are opened."""
    best = {row: next(iter(found)) for row, found in candidates_by_validation(runs).items()}
    return [run for run in runs if run.candidate == best[run.row.name]]
