"""The stages of a study on a cluster."""

import pickle

import pytest

from sentemo.core.errors import SentemoError
from sentemo.experiment.ser import SERExperiment
from sentemo.launch import array
from sentemo.launch.resources import SLURM, Resources
from sentemo.study.options import StudyOptions
from sentemo.study.plan import Row, Study
from sentemo.study.stages import StudyStages


def test_baselines_and_trainings_are_submitted_at_once(tmp_path, monkeypatch):
    (tmp_path / "acoustic.yaml").write_text("encoder: conv\n")
    rows = [
        Row("chance", "baseline", tmp_path / "chance.yaml", {"chance": {}}),
        Row("acoustic", "config", tmp_path / "acoustic.yaml", {"mean": {}}),
    ]
    given = {name: tmp_path / name for name in ("data", "dump", "labels", "folds")}
    options = StudyOptions(
        source=tmp_path / "study.yaml",
        directory=tmp_path / "exp",
        original_data=tmp_path / "data",
        resources=Resources(backend=SLURM),
        **given,
    )
    asked = []

    def run_at_once(work, shares):
        asked.append({w.queue.settings.kind: [p.name for p in parts] for w, parts in shares})
        for _, parts in reversed(shares):  # what is submitted last ends first
            for part in pickle.loads(pickle.dumps(parts)):
                yield part, 60.0

    monkeypatch.setattr(array, "run_at_once", run_at_once)
    monkeypatch.setattr("sentemo.study.stages.require_runnable", lambda *_: None)
    StudyStages(Study("Two", rows), options).train()
    assert asked == [{"cpu": ["chance_seed1"], "train": ["mean_seed1"]}]


def test_what_travels_to_a_job_works_there(tmp_path):
    """A job of Slurm must not submit further jobs."""
    (tmp_path / "acoustic.yaml").write_text("encoder: conv\n")
    row = Row("acoustic", "config", tmp_path / "acoustic.yaml", {"mean": {}})
    options = StudyOptions(
        **{name: tmp_path / name for name in ("source", "directory", "data", "original_data")},
        **{name: tmp_path / name for name in ("dump", "folds", "labels")},
        resources=Resources(nj=3, ngpu=2, nodes=2, backend=SLURM),
    )
    stages = StudyStages(Study("One", [row]), options)
    [job] = stages.experiments.jobs(stages.runs, "train")
    arrived = pickle.loads(pickle.dumps(job))
    assert isinstance(arrived.experiment, SERExperiment)
    assert arrived.experiment.resources == Resources(nj=3, ngpu=2, nodes=2)


def test_a_self_supervised_model_is_the_frontend_of_those_that_have_one(tmp_path):
    """Others read its encoder's states, as they read those of any upstream."""
    (tmp_path / "frontend.yaml").write_text("frontend: huggingface_ssl\nencoder: blstm\n")
    (tmp_path / "states.yaml").write_text("decoder: mlp_pooling\n")
    rows = [
        Row(name, "config", tmp_path / f"{name}.yaml", {name: {}}, upstream="ssl_model")
        for name in ("frontend", "states")
    ]
    options = StudyOptions(
        **{name: tmp_path / name for name in ("source", "directory", "data", "original_data")},
        **{name: tmp_path / name for name in ("dump", "folds", "labels")},
        upstreams={"ssl_model": "a/model"},
    )
    stages = StudyStages(Study("Two", rows), options)
    experiments = stages.experiments
    frontend, states = stages.runs
    assert experiments.settings(frontend)["frontend_conf"] == {"model": "a/model"}
    assert "frontend_conf" not in experiments.settings(states)
    assert [experiments.takes_encoder(run) for run in stages.runs] == [False, True]
    assert experiments.upstream(states) == "a/model"


def study_of_seeds(tmp_path, upstream):
    (tmp_path / "states.yaml").write_text("decoder: mlp_pooling\n")
    row = Row("states", "config", tmp_path / "states.yaml", {"mean": {}, "max": {}})
    options = StudyOptions(
        **{name: tmp_path / name for name in ("source", "directory", "data", "original_data")},
        **{name: tmp_path / name for name in ("dump", "folds", "labels")},
        upstreams={"upstream": upstream},
        seed=2,
        seeds=3,
    )
    return StudyStages(Study("Over pre-trainings", [row]), options)


def test_each_seed_takes_over_the_pre_training_of_its_own(tmp_path):
    stages = study_of_seeds(tmp_path, "exp/asr_seed{seed}")
    upstreams = {run.exp.name: stages.experiments.upstream(run) for run in stages.runs}
    assert upstreams["mean_seed3"] == upstreams["max_seed3"] == "exp/asr_seed3"
    different = stages.experiments.of_different_encoders(stages.runs)
    assert [run.seed for run in different] == [2, 3, 4, 2, 3, 4]


def test_seeds_that_share_an_upstream_keep_its_states_once(tmp_path):
    stages = study_of_seeds(tmp_path, "exp/asr")
    different = stages.experiments.of_different_encoders(stages.runs)
    assert [run.exp.name for run in different] == ["mean_seed2", "max_seed2"]


def test_a_frontend_that_seeds_share_has_no_seed_in_its_name(tmp_path):
    (tmp_path / "frontend.yaml").write_text("frontend: huggingface_ssl\n")
    row = Row("ssl", "config", tmp_path / "frontend.yaml", {"ssl": {}}, upstream="ssl_model")
    options = StudyOptions(
        **{name: tmp_path / name for name in ("source", "directory", "data", "original_data")},
        **{name: tmp_path / name for name in ("dump", "folds", "labels")},
        upstreams={"ssl_model": "wav2vec2_{seed}"},
    )
    stages = StudyStages(Study("One", [row]), options)
    with pytest.raises(SentemoError, match="row ssl: has one --ssl_model for all seeds"):
        stages.experiments.settings(stages.runs[0])
