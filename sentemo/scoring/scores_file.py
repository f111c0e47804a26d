"""The file `scores.json` of an experiment, the source of every table."""

from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from sentemo.core.errors import SentemoError
from sentemo.core.files import write_json
from sentemo.core.provenance import provenance
from sentemo.core.schema import checked
from sentemo.core.structured import read_json
from sentemo.data.targets import TASKS
from sentemo.scoring.schemas.classes import ClassScores
from sentemo.scoring.schemas.experiment import DESCRIBED, Experiment
from sentemo.scoring.schemas.kinds import SCORES, schema_of_scores

EXPERIMENT = "experiment.json"  # the description that a training writes


def experiment_targets(exp: Path) -> tuple[str, ...]:
    """Return the targets that an experiment learnt: ``label``, ``avd`` or both.

    Baselines, and experiments older than the choice of a task, learnt the class.

    Raises
    ------
    SentemoError
        When the experiment has no description.
    """
    task = read_experiment(exp).get("task", "label")
    if task not in TASKS:
        raise SentemoError(f"{exp / EXPERIMENT}: task {task!r}; known are {', '.join(TASKS)}.")
    return TASKS[task]


def read_experiment(exp: Path) -> dict[str, Any]:
    """Read the description of an experiment.

    Raises
    ------
    SentemoError
        When there is none; naming the keys that are missing or have values of a wrong type.
    """
    described = exp / EXPERIMENT
    if not described.is_file():
        raise SentemoError(f"{described} is missing. Run the train stage first.")
    return dict(read_json(described, Experiment, "Run the train stage again."))


def read_scores_file(path: Path) -> dict[str, Any]:
    """Read a ``scores.json`` of any kind.

    Raises
    ------
    SentemoError
        When it holds no scores; naming the keys that are missing or have values of a wrong type.
    """
    again = "Run the train and score stages again."
    found = read_json(path, dict[str, Any], again)
    schema = schema_of_scores(found)
    if schema is None:
        kinds = " or ".join(SCORES)
        raise SentemoError(f"{path}: no scores of kind {kinds}. Run the score stage again.")
    scores = dict(checked(found, schema, str(path), again))
    if schema is ClassScores and set(scores["labels"]) != scores["test"]["recall"].keys():
        raise SentemoError(f"{path}: its recalls are of other classes than its labels. {again}")
    return scores


def write_scores(exp: Path, kind: str, scores: dict[str, Any]) -> dict[str, Any]:
    """Write ``exp/scores.json``: the experiment's description and its scores. Return it all.

    Parameters
    ----------
    exp
        Experiment directory, whose ``experiment.json`` the training wrote. The commit and the
        versions in it are kept; those of the scoring fill in where it has none.
    kind
        Kind of experiment, one that `sentemo.report.tables` shows.
    scores
        Content, such as that of `score_predictions` or `score_transcripts`.

    Raises
    ------
    SentemoError
        When ``experiment.json`` is missing or lacks a key.
    """
    experiment = read_experiment(exp)
    if missing := [key for key in DESCRIBED if key not in experiment]:
        raise SentemoError(
            f"{exp / EXPERIMENT}: no {', '.join(missing)}. Run the train stage again."
        )
    now = datetime.now(timezone.utc).isoformat(timespec="seconds")
    named = {"kind": kind, "experiment": exp.resolve().name}
    found = {**named, **provenance(), **experiment, **scores, "finished": now}
    write_json(exp / "scores.json", found)
    return found
