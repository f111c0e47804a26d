"""Decisions about the models that a run of a recipe takes over."""

import shutil
from pathlib import Path

import pytest
import yaml

from sentemo.core.errors import SentemoError
from sentemo.experiment.recipe_options import UsageError

ROOT = Path(__file__).parents[2]


def test_models_are_read_only_for_stages_that_need_them(planned, upstream):
    plan = planned(upstream=upstream)
    assert plan.feature_types == ("fbank40",) and plan.dump == "dump/fbank40/all"
    for options in (
        {"stop_stage": "data"},
        {"stage": "score", "stop_stage": "score"},
        {"submit_only": "true", "cmd_backend": "slurm"},
    ):
        assert planned(upstream="/none", **options).dump == ""
    scoring = {"stage": "score", "stop_stage": "score", "robustness": "true"}
    assert planned(upstream=upstream, **scoring).dump == plan.dump
    with pytest.raises(SentemoError, match="--upstream /none: no such file"):
        planned(upstream="/none")


def test_a_name_a_tag_and_the_built_in_upstream_stay_as_they_are(
    planned, upstream, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    shutil.copytree(upstream, tmp_path / "mine" / "asr_y")
    (tmp_path / "built-in").mkdir()
    for given, planned_as in (
        ("someone/some_model", "someone/some_model"),
        ("built-in", "built-in"),
        ("mine/asr_y", str(tmp_path / "mine" / "asr_y")),
    ):
        plan = planned(upstream=given, stop_stage="data")
        assert (plan.upstream, plan.encoder_model) == (planned_as, planned_as)
    assert planned(upstream="built-in").feature_types == ("raw",)


@pytest.mark.parametrize(
    ("missing", "message"),
    [
        (".done.train.json", "its training is not finished"),
        ("valid.loss.best.pth", "no weights of a best epoch"),
        ("feats_stats.npz", "the statistics of its normalisation"),
    ],
)
@pytest.mark.parametrize("more", [{}, {"feats": "fbank40"}, {"seeds": 2}])
def test_half_a_model_is_refused_by_every_stage_that_takes_it_over(
    planned, upstream, missing, message, more
):
    (upstream / missing).unlink()
    for stage in ("data", "feats", "pretrain", "train"):
        with pytest.raises(SentemoError, match=message):
            planned(upstream=upstream, stage=stage, **more)
    for stage in ("decode", "score"):  # an experiment holds what it took over
        planned(upstream=upstream, stage=stage, **more)
    planned(upstream=upstream, submit_only="true", cmd_backend="slurm", **more)


@pytest.mark.parametrize("stage", ["feats", "pretrain", "train", "decode", "report"])
@pytest.mark.parametrize("more", [{"feats": "fbank40"}, {"seeds": 2}])
def test_an_upstream_that_is_not_there_is_said_whatever_stage_needs_it(planned, stage, more):
    with pytest.raises(SentemoError, match=r"^--upstream /none: no such file or folder"):
        planned(upstream="/none", stage=stage, stop_stage=stage, **more)


def test_rows_of_a_study_name_their_own_upstreams(planned, upstream, tmp_path):
    frozen = str(ROOT / "conf" / "train_ser_frozen.yaml")

    def write(*models):
        file = tmp_path / "studies" / "mine.yaml"
        file.parent.mkdir(exist_ok=True)
        rows = [
            {"name": f"row {n}", "config": frozen, "upstream": model, "candidates": {f"c{n}": {}}}
            for n, model in enumerate(models)
        ]
        file.write_text(yaml.safe_dump({"title": "Mine", "rows": rows}))
        return file

    plan = planned(experiment=write("../asr_x", "built-in"))
    assert (plan.feature_types, plan.exp) == (("fbank40", "raw"), "exp/mine")
    assert plan.taken_over == (str(upstream), "built-in")
    for stage in ("feats", "train"):
        with pytest.raises(SentemoError, match=r"^row row 1: upstream ../none: no such file"):
            planned(experiment=write("../asr_x", "../none"), stage=stage)
    with pytest.raises(SentemoError, match="row row 0: names no encoder; give --upstream"):
        planned(experiment=write("asr_model", "built-in"), stage="train")
    (upstream / "valid.loss.best.pth").unlink()
    with pytest.raises(SentemoError, match="asr_x: no weights"):
        planned(experiment=write("../asr_x"), stage="train")


def test_a_configuration_with_text_and_an_encoder_takes_only_words(planned, upstream):
    config = ROOT / "conf" / "train_ser_acoustic_text.yaml"
    plan = planned(upstream=upstream, config=config)
    assert (plan.encoder_model, plan.recogniser) == ("", str(upstream))
    assert plan.taken_over == ()
    assert plan.feature_types == ("fbank40", "fbank80")
    assert (plan.dump, plan.asr_dump) == ("dump/fbank80/all", "dump/fbank40/all")
    assert plan.text == "exp/transcripts_asr_x/text"
    with pytest.raises(UsageError, match="--text is needed"):
        planned(config=config)
    assert planned(config=config, stop_stage="data").text == ""


def test_one_recogniser_writes_the_words_for_all_seeds_of_a_study(planned, upstream, tmp_path):
    for seed in (1, 2):
        shutil.copytree(upstream, tmp_path / f"asr_seed{seed}")
    study = {"experiment": "table2", "seeds": 2, "upstream": f"{tmp_path}/asr_seed{{seed}}"}
    with pytest.raises(UsageError, match=r"those of one recogniser for all seeds: .* --text, .*"):
        planned(**study)
    assert planned(text="/words", **study).recogniser == ""
    assert planned(rows="1,5", **study).recogniser == ""
