"""Records that commands leave for each other, with values of other types."""

import json
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import yaml

from hostile.case import Case, command
from hostile.other_types import type_cases
from sentemo.bin import jobs, results
from sentemo.core.markers import read_done
from sentemo.data.features import read_summary
from sentemo.data.preparation import read_counts
from sentemo.folds.probe_table import read_probe_table
from sentemo.inference.shipped import FOLDER
from sentemo.launch.settings import read_slurm_settings
from sentemo.scoring.scores_file import read_experiment

CONF = Path(__file__).parents[2] / "conf"
EGS = Path(__file__).parents[2] / "egs"
SCORES = json.loads((FOLDER / "open" / "scores.json").read_text("utf-8"))
OTHER_SCORES = {
    "scores.json of a study": EGS / "emodb" / "results" / "study.json",
    "scores.json of a recogniser": EGS / "librispeech" / "results" / "sa2sr_small.json",
}
EXPERIMENT = {
    key: SCORES[key]
    for key in ("corpus", "title", "protocol", "config", "epochs", "notes", "command")
}
DONE = {"inputs": {"data/wav.scp": "0123456789abcdef"}, "options": {}}
COUNTS = {
    "corpus": "EmoDB",
    "elicitation": "acted",
    "utterances": 2,
    "speakers": 1,
    "of_unknown_speakers": 0,
    "hours": 0.5,
    "labels": {"sad": 2},
    "splits": {"train": 2},
    "dropped": {"silence": 1},
    "notes": ["one"],
}
FEATURES = {
    "dim": 80,
    "feature_type": "fbank80",
    "sample_rate": 16000,
    "source": "0123456789abcdef",
    "notes": ["one"],
    "files": {"feats.1.ark": 100},
    "tables": {"feats.scp": "0123456789abcdef"},
}
CHOICE = {"layer": "3", "penalty": 10.0}
PROBE = {
    "choice": "pooled",
    "folds": [{"fold": 1, **CHOICE}],
    "pooled": CHOICE,
    "layers": [CHOICE],
}
JOB = {
    "command": "train",
    "host": "here",
    "process": 5,
    "started": 1.5e9,
    "slurm_job": "12_3",
    "gpu": ["H200"],
    "ended": 1.6e9,
    "status": 0,
    "peak_memory_mb": 100,
    "attempts": 1,
}


def types_in_json() -> Iterator[Case]:
    """Yield records in JSON."""
    for name, valid, read in (
        ("experiment.json", EXPERIMENT, read_experiment),
        (".done.json", DONE, lambda folder: read_done(folder / ".done.json")),
        ("counts.json", COUNTS, read_counts),
        ("feats.json", FEATURES, read_summary),
        ("probe.json", PROBE, read_probe_table),
    ):
        yield from type_cases(name, valid, partial(_written, name=name, read=read))
    readable = ("penalty is 1.5", "test.0.test.wa is 5")  # of a study, the annotators' is a number
    yield from type_cases("scores.json", {**SCORES, "seed": None}, _reported, readable)
    for name, path in OTHER_SCORES.items():
        found = json.loads(path.read_text("utf-8"))
        found["seed"] = None  # text is right, too
        if name.endswith("study"):
            del found["test"][0]["settings"]  # of any kind
        yield from type_cases(name, found, _reported, readable)


def _written(folder: Path, document: dict[str, Any], name: str, read: Callable[[Path], Any]) -> Any:
    (folder / name).write_text(json.dumps(document))
    return read(folder)


def _reported(folder: Path, document: dict[str, Any]) -> str:
    exp = folder / "exp" / "ser"
    exp.mkdir(parents=True)
    (exp / "scores.json").write_text(json.dumps(document))
    return command(results.main, "--work_dir", folder)


def job_records() -> Iterator[Case]:
    """Yield records of jobs: one that is no record is named, and the others are shown."""
    for case in type_cases("job record", JOB, _shown):
        passed_over = None if case.may_be_read else (bool(case.refusal), True)
        yield Case(case.name, case.give, answer=passed_over, is_long=case.is_long)


def _shown(folder: Path, document: dict[str, Any]) -> tuple[bool, bool]:
    """Tell whether one record was passed over, and whether the other one is in the table."""
    log = folder / "exp" / "log"
    log.mkdir(parents=True)
    (log / "ours.json").write_text(json.dumps(JOB))
    (log / "theirs.json").write_text(json.dumps(document))
    said = command(jobs.main, folder)
    return "passed over" in said and "theirs.json" in said, "| ours " in said


def settings_of_slurm() -> Iterator[Case]:
    """Yield settings of a cluster."""
    valid = yaml.safe_load((CONF / "slurm.yaml").read_text("utf-8"))
    valid["cpu"] |= {"partition": "gold", "account": "us", "hours": 1.5, "memory_gb": 0.5}

    def read(folder: Path, document: dict[str, Any]) -> Any:
        (folder / "slurm.yaml").write_text(yaml.safe_dump(document))
        return read_slurm_settings(folder / "slurm.yaml", "cpu")

    yield from type_cases("slurm.yaml", valid, read, ("hours is 1.5", "memory_gb is 1.5"))
