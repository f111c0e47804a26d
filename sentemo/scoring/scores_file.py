"""The file `scores.json` of an experiment, the source of every table."""

import json
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from sentemo.core.errors import SentemoError
from sentemo.core.files import write_json
from sentemo.core.provenance import provenance
from sentemo.data.targets import TASKS

EXPERIMENT = "experiment.json"  # the description that a training writes
DESCRIBED = (  # keys that every experiment.json has
    "corpus",
    "title",
    "protocol",
    "seed",
    "config",
    "asr_model",
    "epochs",
    "notes",
    "command",
)


def experiment_targets(exp: Path) -> tuple[str, ...]:
    """Return the targets that an experiment learnt: ``label``, ``avd`` or both.

    Baselines, and experiments older than the choice of a task, learnt the class.

    Raises
    ------
    SentemoError
        When the experiment has no description.
    """
    described = exp / EXPERIMENT
    if not described.is_file():
        raise SentemoError(f"{described} is missing. Run the stage that makes it first.")
    return TASKS[json.loads(described.read_text(encoding="utf-8")).get("task", "label")]


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
    described = exp / EXPERIMENT
    if not described.is_file():
        raise SentemoError(f"{described}: there is no such file. Run the train stage first.")
    experiment = json.loads(described.read_text(encoding="utf-8"))
    if missing := [key for key in DESCRIBED if key not in experiment]:
        raise SentemoError(f"{described}: no {', '.join(missing)}. Run the train stage again.")
    now = datetime.now(timezone.utc).isoformat(timespec="seconds")
    named = {"kind": kind, "experiment": exp.resolve().name}
    found = {**named, **provenance(), **experiment, **scores, "finished": now}
    write_json(exp / "scores.json", found)
    return found
