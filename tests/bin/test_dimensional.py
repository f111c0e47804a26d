"""Activation, valence and dominance through the commands: trained, predicted, scored, tabled."""

import json
from dataclasses import replace

import pytest
import yaml
from test_study_command import ACOUSTIC

from sentemo.bin import decode, results, score, study, train
from sentemo.bin.extract_features import main as extract_features
from sentemo.core.errors import SentemoError
from sentemo.data.fold_files import write_folds
from sentemo.data.kaldi import read_data_dir
from sentemo.data.preparation import ParsedCorpus, write_data_dir
from sentemo.data.splits import leave_one_speaker_out
from sentemo.experiment.directory import CONFIG_COPY
from sentemo.scoring.predictions import read_dimension_predictions, read_predictions

CONFIG = {
    **ACOUSTIC,
    "decoder": "emotion_regressor",
    "decoder_conf": {"units": 8, "heads": 2},
    "best_model_criterion": [["valid", "ccc", "max"]],
    "early_stopping_criterion": ["valid", "ccc", "max"],
}
STUDY = {
    "title": "Noise",
    "task": "dimensional",
    "rows": [
        {
            "name": "no pre-training",
            "config": "avd.yaml",
            "published": {"noise": {"activation": 0.603, "valence": 0.304, "dominance": 0.511}},
        },
        {
            "name": "SA2SR",
            "config": "headless.yaml",
            "upstream": "sa2sr_model",
            "published": {"noise": {"valence": 0.412}},
        },
    ],
}
DIMENSIONS = ["activation", "valence", "dominance"]


@pytest.fixture
def paths(small_data_dir):
    """Noise that is rated from 1 to 7, features of it, and configurations, in a folder of work."""
    rated = [
        replace(utt, avd=(1 + n % 7, 4.0 + n % 3, 7 - n % 5))
        for n, utt in enumerate(read_data_dir(small_data_dir))
    ]
    write_data_dir(small_data_dir, ParsedCorpus(rated, name="Noise 1.0"))
    work = small_data_dir.parent
    headless = {key: value for key, value in CONFIG.items() if not key.startswith("enc")}
    (work / "avd.yaml").write_text(yaml.safe_dump(CONFIG))
    (work / "headless.yaml").write_text(yaml.safe_dump(headless))
    (work / "study.yaml").write_text(yaml.safe_dump(STUDY, sort_keys=False))
    (work / "labels.txt").write_text("happy\nsad\n")
    write_folds(work / "folds.tsv", leave_one_speaker_out("abcd")[:1], "One of four folds")
    dump = work / "dump" / "fbank80" / "all"
    extract_features(["--data", str(small_data_dir), "--dest", str(dump)])
    return {"data": small_data_dir, "folds": work / "folds.tsv", "scale": "1,7"}


def words(paths, **more):
    return [word for name, value in {**paths, **more}.items() for word in (f"--{name}", str(value))]


def test_a_study_of_dimensions_is_scored_by_ccc_and_says_which_rows_did_not_run(paths):
    work = paths["data"].parent
    arguments = words(
        paths,
        study=work / "study.yaml",
        dump=work / "dump",
        exp=work / "exp" / "noise",
        recipe="noise",
        nj=1,
    )
    with pytest.raises(SentemoError, match=r"(?s)SA2SR: headless needs --sa2sr_model.*--rows"):
        study.main(["train", *arguments])
    for stage in ("train", "decode", "score"):
        study.main([stage, *arguments, "--rows", "1"])
    first, second = json.loads((work / "exp/noise/scores.json").read_text())["test"]
    found = read_scores(work / "exp/noise/avd_seed1")
    assert first["test"]["valence"]["mean"] == found["dimensions"]["test"]["valence"]["pooled"]
    assert second == {
        "row": "SA2SR (not run)",
        "published": {"valence": 0.412},
        "difference": None,
        "test": {},
    }
    results.main(["--work_dir", str(work)])
    table = (work / "RESULTS.md").read_text()
    for expected in ("valence, paper", "0.304", "0.412", "SA2SR (not run)", "validation CCC"):
        assert expected in table
    with pytest.raises(SentemoError, match="is of --task dimensional, not both"):
        study.main(["score", *arguments, "--task", "both"])


def read_scores(exp):
    return json.loads((exp / "scores.json").read_text())


def test_classes_and_dimensions_are_predicted_by_one_model(paths):
    work = paths["data"].parent
    exp = work / "exp" / "both"
    labels = {"labels": work / "labels.txt"}
    arguments = words(
        {**paths, **labels},
        config=work / "avd.yaml",
        dump=work / "dump/fbank80/all",
        exp=exp,
        nj=1,
        task="both",
    )
    train.main(arguments)
    with pytest.raises(SentemoError, match=r"test\.tsv is missing"):
        score.main(words({"data": paths["data"], "folds": paths["folds"]}, exp=exp, **labels))
    decode.main(arguments)
    score.main(words({"data": paths["data"], "folds": paths["folds"]}, exp=exp, **labels))
    scores = read_scores(exp)
    assert {"wa", "ua"} < scores["test"].keys()
    assert list(scores["dimensions"]["test"]) == [*DIMENSIONS, "mean"]
    rated = {utt.id: utt.avd for utt in read_data_dir(paths["data"])}
    predictions = read_dimension_predictions(exp / "predictions" / "test_avd.tsv")
    assert {p.utterance: p.target for p in predictions} == {
        p.utterance: rated[p.utterance]
        for p in read_predictions(exp / "predictions" / "test.tsv")[1]
    }
    results.main(["--work_dir", str(work)])
    table = (work / "RESULTS.md").read_text()
    assert "**Emotion recognition.**" in table and "**Activation, valence and dominance.**" in table
    assert "Noise 1.0" in table and "One of four folds" in table

    text = (exp / "predictions/test_avd.tsv").read_text()
    first = f"{predictions[0].target[1]:.6f}"
    (exp / "predictions/test_avd.tsv").write_text(text.replace(first, "3.200000", 1))
    with pytest.raises(SentemoError, match=r"other valence: 1\n.*: 3\.2 here"):
        score.main(words({"data": paths["data"], "folds": paths["folds"]}, exp=exp, **labels))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"task": "dimensional", "scale": None}, "--task dimensional needs --scale"),
        ({"task": "both"}, "--task both needs --labels"),
        ({"task": "dimensional", "scale": "1,5"}, r"(?s)outside of 1 to 5.*utt2avd or the scale"),
        ({"task": "dimensional", "scale": "7"}, "'7' is not a scale"),
    ],
)
def test_what_a_task_lacks_is_said_before_training(paths, options, message):
    work = paths["data"].parent
    given = {
        **paths,
        "config": work / "avd.yaml",
        "dump": work / "dump/fbank80/all",
        "exp": work / "exp" / "avd",
        **options,
    }
    with pytest.raises(SentemoError, match=message):
        train.main(words({name: value for name, value in given.items() if value is not None}))


def test_epochs_are_chosen_by_what_is_learnt(paths):
    work = paths["data"].parent
    arguments = words(
        {"data": paths["data"], "folds": paths["folds"]},
        labels=work / "labels.txt",
        config=work / "avd.yaml",
        dump=work / "dump/fbank80/all",
        exp=work / "exp" / "label",
        nj=1,
    )
    with pytest.raises(SentemoError, match="chooses epochs by valid ccc, and this task has loss"):
        train.main(arguments)


def test_what_set_changes_is_trained_recorded_and_guarded(paths, capsys):
    work = paths["data"].parent
    exp = work / "exp" / "avd"
    arguments = words(
        paths,
        config=work / "avd.yaml",
        dump=work / "dump/fbank80/all",
        exp=exp,
        nj=1,
        task="dimensional",
    )
    train.main([*arguments, "--set", "decoder_conf.units=4", "--set=max_epoch=1"])
    recorded = yaml.safe_load((exp / CONFIG_COPY).read_text())
    assert recorded["decoder_conf"] == {**CONFIG["decoder_conf"], "units": 4}
    assert recorded["max_epoch"] == 1
    described = json.loads((exp / "experiment.json").read_text())
    assert described["title"] == "avd_decoder_conf.units=4_max_epoch=1"
    assert (exp / "configs" / "avd_decoder_conf.units=4_max_epoch=1.yaml").is_file()
    capsys.readouterr()
    decode.main([*arguments, "--set=decoder_conf.units=4", "--set=max_epoch=1"])
    assert "predictions" in capsys.readouterr().out
    with pytest.raises(SentemoError, match="holds a training with other settings"):
        train.main(arguments)
    with pytest.raises(SentemoError, match="not trained with these settings"):
        decode.main([*arguments, "--set=max_epoch=2"])
