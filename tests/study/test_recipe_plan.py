"""Decisions about a run of a recipe from its options; whole command lines are in tests/shell."""

import os
import sys
from pathlib import Path

import pytest
import yaml

from sentemo.core.errors import SentemoError
from sentemo.experiment.recipe_options import STAGES, UsageError
from sentemo.study.recipe import plan_recipe

ROOT = Path(__file__).parents[2]


def test_a_plan_is_printed_line_by_line(planned):
    lines = dict(line.split("=", 1) for line in planned(tag="my trial").lines())
    assert lines["exp"] == "exp/ser_my trial"
    assert lines["first_stage"] == "1"
    assert lines["stages"].split("\t") == list(STAGES)
    assert lines["task_arguments"].split("\t") == ["--labels", "/labels.txt"]


@pytest.mark.parametrize("tag", ["a\tb", "a\0b"])
def test_a_value_that_would_be_read_as_two_is_refused(planned, tag):
    with pytest.raises(UsageError, match="which no name here may hold"):
        list(planned(tag=tag).lines())


def test_a_line_break_in_an_option_and_a_word_that_is_no_option_are_refused(planned):
    with pytest.raises(UsageError, match="--tag: its value holds a line break"):
        planned(tag="a\nexp=/etc")
    with pytest.raises(UsageError, match="'tag' is not name=value"):
        plan_recipe(["tag"])


@pytest.mark.parametrize(
    ("options", "exp"),
    [
        ({}, "exp/ser_scratch"),
        ({"task": "dimensional", "scale": "1,7"}, "exp/avd_scratch"),
        ({"task": "both", "scale": "1,7"}, "exp/both_ser_scratch"),
        ({"speed_factors": "1.1, 0.9"}, "exp/ser_scratch_sp0.9_1.1"),
        ({"speed_factors": "1.1,0.9", "tag": "mine"}, "exp/ser_mine"),
        ({"upstream": "someone/asr_y"}, "exp/ser_states_asr_y"),
        ({"upstream": "/m/asr_y/valid.acc.best.pth"}, "exp/ser_states_asr_y_valid.acc.best"),
        ({"seeds": 3}, "exp/ser_scratch_seeds"),
        ({"seeds": 3, "change": "a=1 b=/c"}, "exp/ser_scratch_seeds_a=1_b=_c"),
        ({"experiment": "table2", "upstream": "x/y", "ssl_model": "z"}, "exp/table2_y_z"),
        ({"experiment": "table2", "tag": "mine"}, "exp/mine"),
        ({"set": "max_epoch=3\tseed=2"}, "exp/ser_scratch_max_epoch=3_seed=2"),
        ({"set": "a=1", "change": "b=2 c=3", "seeds": 2}, "exp/ser_scratch_seeds_a=1_b=2_c=3"),
        ({"set": "max_epoch=3", "tag": "mine"}, "exp/ser_mine"),
        ({"set": "encoder=blstm", "default_upstream": "built-in"}, "exp/ser_scratch_encoder=blstm"),
        (
            {"experiment": "text_sentiment", "sentiment_backend": "vader"},
            "exp/text_sentiment_vader",
        ),
    ],
)
def test_an_experiment_is_named_by_what_it_is_made_of(planned, options, exp):
    assert planned(stop_stage="data", **options).exp == exp


@pytest.mark.parametrize(
    ("options", "exp"),
    [
        ({"config": "ctc_small"}, "exp/asr_ctc_small"),
        ({"config": "sa2sr_small"}, "exp/sa2sr_small"),
        ({"config": "rnnt", "token_type": "bpe", "bpe_size": 300}, "exp/asr_rnnt_bpe300"),
        ({"config": "rnnt", "token_type": "bpe", "tag": "mine"}, "exp/asr_mine"),
        ({"config": "conf/mini/train_asr_ctc.yaml"}, "exp/asr_ctc"),
        ({"config": "ctc_small", "set": "max_epoch=3"}, "exp/asr_ctc_small_max_epoch=3"),
        ({"config": "ctc_small", "upstream": "x/whisper-base"}, "exp/asr_whisper-base"),
        ({"config": "ctc_small", "upstream": "x/whisper-base", "tag": "w"}, "exp/asr_w"),
    ],
)
def test_a_recogniser_is_named_by_its_configuration_and_tokens(planned, options, exp):
    stages = ("data", "feats", "pretrain", "asr_score")
    plan = planned("librispeech", stages, stop_stage="data", **options)
    assert plan.exp == exp
    assert bool(plan.sentiment) == ("sa2sr" in exp)


def test_a_whisper_is_heard_where_its_words_are_wanted(planned, tmp_path):
    from tiny_whisper import write_whisper  # seconds, and only here

    write_whisper(tmp_path / "whisper")
    whisper = {"upstream": str(tmp_path / "whisper"), "stop_stage": "asr_score"}
    assert planned(**whisper).recogniser == ""
    plan = planned(**whisper, align_words="asr")
    assert (plan.recogniser, plan.asr_dump) == (whisper["upstream"], "dump/raw/all")
    stages = ("data", "feats", "pretrain", "asr_score")
    plan = planned("librispeech", stages, config="ctc_small", **whisper)
    assert plan.recogniser == whisper["upstream"]
    assert plan.feature_types == ("raw",)


def test_librispeech_divides_test_clean_until_a_part_can_train(planned, tmp_path):
    def folds():
        stages = ("data", "feats", "pretrain", "asr_score")
        return Path(planned("librispeech", stages, config="ctc").folds).name

    assert folds() == "test-clean.tsv"
    table = tmp_path / "data" / "all" / "utt2split"
    table.parent.mkdir(parents=True)
    table.write_text("a test-clean\n")
    assert folds() == "test-clean.tsv"
    table.write_text("a test-clean\nb train-clean-100\n")
    assert folds() == "official.tsv"


def test_folds_are_the_users_or_those_of_a_part_or_made_by_the_data_stage(planned):
    assert planned(folds="/f.tsv", split="paper").folds == "/f.tsv"
    assert planned("swbd_sentiment", split="paper").folds.endswith("swbd_sentiment/folds/paper.tsv")
    assert planned("own").folds == "data/folds.tsv"


def test_other_corpora_are_named_by_their_recipe_or_folder(planned, tmp_path):
    for folder in ("iemocap/data/all", "more"):
        (tmp_path / folder).mkdir(parents=True)
    plan = planned(
        train_with=f"{tmp_path}/iemocap/data/all:{os.path.relpath(tmp_path / 'more')}",
        train_with_scales="iemocap:1,7",
        task="dimensional",
        scale="msp_podcast",
    )
    assert plan.data == plan.combined_data == "data/release_with_iemocap_more"
    added = ("--add", f"{tmp_path}/iemocap/data/all", "iemocap", "--add", f"{tmp_path}/more", "1,7")
    assert plan.additions == added
    assert (plan.task_arguments, plan.labels) == (
        ("--task", "dimensional", "--scale", "msp_podcast"),
        "",
    )


def test_distributions_are_prepared_where_a_configuration_or_a_study_learns_them(
    planned, tmp_path, upstream
):
    soft = planned("iemocap", set="label_targets=soft")
    assert (soft.target, soft.prepared_data) == ("soft", "data/soft")
    hard = planned("iemocap")
    assert (hard.target, hard.prepared_data) == ("label", "data/all")
    dimensions = planned("iemocap", set="label_targets=soft", task="dimensional", scale="iemocap")
    assert dimensions.target == "avd"
    rows = [{"name": "states", "config": str(ROOT / "conf" / "train_ser_states.yaml")}]
    file = tmp_path / "mine.yaml"
    file.write_text(yaml.safe_dump({"title": "Mine", "label_targets": "soft", "rows": rows}))
    assert planned("iemocap", experiment=file, upstream=upstream).prepared_data == "data/soft"


def test_a_study_says_its_task_features_and_whether_it_reads_words(planned, upstream, tmp_path):
    plan = planned("msp_podcast", experiment="table4", task="", upstream=upstream, rows="1,2")
    assert (plan.task, plan.target, plan.prepared_data) == ("dimensional", "avd", "data/release")
    assert plan.study == str(ROOT / "egs" / "msp_podcast" / "table4.yaml")
    assert (plan.feature_types, plan.recogniser) == (("fbank40",), "")
    row = {"name": "words", "config": str(ROOT / "conf" / "train_ser_acoustic_text.yaml")}
    file = tmp_path / "mine.yaml"
    file.write_text(yaml.safe_dump({"title": "Mine", "rows": [row]}))
    plan = planned(experiment=file, upstream=upstream)
    assert (plan.feature_types, plan.recogniser) == (("fbank40", "fbank80"), str(upstream))
    with pytest.raises(SentemoError, match="names no encoder; give --upstream"):
        planned(experiment="table3", task="")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"set": "max_epohc=3"}, r"scratch.yaml with --set max_epohc=3.*did you mean max_epoch"),
        ({"set": "encoder_conf.unit=64"}, "encoder_conf.unit: did you mean units"),
        ({"set": "max_epoch=many"}, "max_epoch: found 'many', wanted a whole number"),
        ({"set": "use_wandb=true"}, "use_wandb: curves are for TensorBoard"),
        ({"set": "max_epoch"}, "--set: 'max_epoch' is not KEY=VALUE"),
        ({"set": "probe_conf.chioce=fold"}, "probe_conf.chioce: did you mean choice"),
        ({"set": "decoder_conf.head=2", "seeds": 2}, "decoder_conf.head: did you mean heads"),
        (
            {"set": "decoder_conf.head=2", "experiment": "table3", "upstream": "built-in"},
            "unknown key",
        ),
        (
            {"set": "encoder_conf.units=64", "upstream": "built-in"},
            "names encoder_conf, which comes from --upstream",
        ),
        (
            {"recipe": "librispeech", "stages": ("data", "feats", "pretrain", "asr_score")}
            | {"config": "ctc_small", "set": "model_conf.ctc_wait=1"},
            "model_conf.ctc_wait: did you mean ctc_weight",
        ),
    ],
)
def test_a_key_that_is_not_known_is_refused_before_features(planned, options, message):
    with pytest.raises(SentemoError, match=f"(?s){message}"):
        planned(stage="feats", **options)


def test_a_configuration_of_the_users_own_is_checked_before_features(planned, tmp_path):
    config = tmp_path / "train_ser_mine.yaml"
    config.write_text("max_epohc: 3\n")
    with pytest.raises(SentemoError, match="did you mean max_epoch"):
        planned(stage="feats", config=config)
    planned(stage="score", config=config)  # a table needs no training


def test_what_is_changed_decides_about_features(planned):
    plan = planned(set="feature_type=fbank40\tencoder_conf.units=64", stage="feats")
    assert plan.feature_types == ("fbank40",)
    assert plan.change_arguments == (
        *("--set", "feature_type=fbank40"),
        *("--set", "encoder_conf.units=64"),
    )


@pytest.mark.parametrize(
    ("header", "task", "config"),
    [
        ("file,label", "label", "train_ser_states.yaml"),
        ("file,activation,valence,dominance", "dimensional", "train_avd_states.yaml"),
        ("file,label,activation,valence,dominance", "both", "train_ser_states.yaml"),
    ],
)
def test_from_an_own_table_is_learnt_what_it_has(planned, tmp_path, header, task, config):
    table = tmp_path / "table.csv"
    row = {"file": "a.wav", "label": "calm", "activation": "1", "valence": "2", "dominance": "3"}
    names = header.split(",")
    table.write_text(f"{header}\n{','.join(row[name] for name in names)}\n")
    options = {"recipe": "own", "default_upstream": "built-in", "labels": "", "column": ""}
    plan = planned(csv=table, task="", scale="", **options)
    assert plan.task == task
    assert Path(plan.config).name == config
    assert plan.labels == ("data/labels.txt" if "label" in names else "")
    assert plan.scale == ("data/scale.txt" if "valence" in names else "")
    assert plan.available_stages == STAGES
    plan = planned(csv=table, task="", scale="1,5", **{**options, "labels": "/own.txt"})
    assert (plan.labels, plan.scale) == (
        "/own.txt" if "label" in names else "",
        "1,5" if "valence" in names else "",
    )


def test_what_is_learnt_is_known_again_from_the_data_that_were_written(planned, tmp_path):
    folder = tmp_path / "data" / "release"
    folder.mkdir(parents=True)
    (folder / "utt2avd").touch()
    plan = planned(recipe="own", csv="", task="", scale="", labels="", stage="score")
    assert (plan.task, plan.scale) == ("dimensional", "data/scale.txt")


def test_stages_that_do_not_apply_are_left_out(planned):
    assert planned(experiment="baselines").available_stages == ("data", "train", "score", "report")
    plan = planned(stage="5", stop_stage="decode")
    assert (plan.first_stage, plan.stages) == ("5", ("train", "decode"))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"stage": "11"}, "--stage: no stage '11'; the stages are 1 data 2 feats"),
        ({"stage": "6", "stop_stage": "5"}, "--stage 6 comes after --stop_stage 5"),
        ({"submit_only": "true"}, "--submit_only is for --cmd_backend slurm"),
        ({"experiment": "baselines", "seeds": 2}, "--seeds: nothing is drawn"),
        ({"experiment": "baselines", "change": "a=1"}, "--set: --experiment baselines"),
        ({"recipe": "own", "csv": ""}, "--csv is needed"),
        ({"recipe": "own", "csv": "a.csv", "data_dir": "/a"}, "both name your data"),
        ({"experiment": "baselines", "labels": ""}, "--labels is needed"),
        ({"experiment": "baselines", "task": "both"}, "baselines learns classes alone"),
        ({"experiment": "baselines", "train_with": "."}, "reads one corpus"),
        ({"speed_factors": "0.9,fast"}, "--speed_factors: '0.9,fast'"),
        ({"train_with": ".", "train_with_scales": "a:b"}, "--train_with_scales: 2 for 1"),
        ({"ssl_model": "x"}, "are for the rows of an --experiment"),
    ],
)
def test_options_that_do_not_fit_are_named(planned, options, message):
    with pytest.raises(UsageError, match=message):
        planned(**options)


def test_baselines_have_their_own_configurations_and_data_without_copies(planned):
    plan = planned(experiment="baselines", tag="session", speed_factors="0.9")
    names = [Path(config).stem for config in plan.baseline_configs]
    assert names == sorted(names) and "baseline_chance" in names
    assert plan.experiments[names.index("baseline_chance")] == "exp/baseline_session_chance"
    assert plan.scored_data == "data/all"


def test_a_module_of_the_user_is_found_where_the_recipe_was_called(planned, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SENTEMO_PLUGIN", "")
    monkeypatch.setattr("sys.path", [*sys.path])
    (tmp_path / "plan_of_mine.py").write_text(
        "from sentemo.tasks import register_class\n"
        "from sentemo.modules.decoders.mlp_pooling import MLPPoolingDecoder\n"
        "register_class('decoder', 'of_the_plan')(MLPPoolingDecoder)\n"
    )
    (tmp_path / "train_mine.yaml").write_text("encoder: blstm\ndecoder: of_the_plan\n")
    config = str(tmp_path / "train_mine.yaml")
    with pytest.raises(SentemoError, match=r"(?s)unknown decoder: 1.*of_the_plan.*--plugin MODULE"):
        planned(config=config)
    plan = planned(config=config, plugin="plan_of_mine")
    assert plan.plugin == str(tmp_path / "plan_of_mine.py")
