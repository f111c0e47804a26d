"""The study command, stage by stage: what it trains, opens and reports."""

import json
import shutil

import pytest
import yaml
from small_recogniser import FROZEN
from small_schedule import SCHEDULE

from sentemo.bin.extract_features import main as extract_features
from sentemo.bin.results import main as results
from sentemo.bin.study import main as study
from sentemo.core.errors import SentemoError
from sentemo.data.fold_files import write_folds
from sentemo.data.splits import leave_one_speaker_out

ACOUSTIC = {
    "normalize": "global_mvn",
    "encoder": "conv",
    "encoder_conf": {"num_layers": 1, "channels": 4},
    "decoder": "mlp_pooling",
    "decoder_conf": {"units": [4]},
    **SCHEDULE,
    "optim_conf": {"lr": 0.01},
}
STUDY = {
    "title": "Noise",
    "rows": [
        {
            "name": "acoustic",
            "config": "acoustic.yaml",
            "candidates": {"mean": {}, "max": {"decoder_conf": {"pooling": "max"}}},
        },
        {"name": "chance", "baseline": "chance.yaml", "published": {"noise": {"wa": 50.0}}},
        {"name": "together", "fused": {"chances": ["chance"]}},
        {"name": "people", "human": True},
    ],
}


@pytest.fixture
def arguments(small_data_dir):
    """Arguments of a study of three rows, in a working directory of its own."""
    work = small_data_dir.parent
    (work / "acoustic.yaml").write_text(yaml.safe_dump(ACOUSTIC))
    (work / "chance.yaml").write_text("classifier: largest_class\n")
    (work / "study.yaml").write_text(yaml.safe_dump(STUDY, sort_keys=False))
    (work / "labels.txt").write_text("happy\nsad\n")
    write_folds(work / "folds.tsv", leave_one_speaker_out("abcd")[:1], "One of four folds")
    dump = work / "dump" / "fbank80" / "all"
    extract_features(["--data", str(small_data_dir), "--dest", str(dump)])
    paths = {
        "study": work / "study.yaml",
        "data": small_data_dir,
        "dump": work / "dump",
        "labels": work / "labels.txt",
        "folds": work / "folds.tsv",
        "exp": work / "exp" / "noise",
    }
    return [word for name, path in paths.items() for word in (f"--{name}", str(path))]


def test_only_the_best_candidates_test_side_is_opened_and_reported(arguments, small_data_dir):
    work = small_data_dir.parent
    more = ["--nj", "1", "--recipe", "noise", "--change", "optim_conf.lr=0.02"]
    for stage in ("train", "decode", "score"):
        study([stage, *arguments, *more])
    scores = json.loads((work / "exp" / "noise" / "scores.json").read_text())
    acoustic, chance, together, people = scores["test"]
    assert set(acoustic["valid"]) == {"mean", "max"}
    other = ({"mean", "max"} - {acoustic["candidate"]}).pop()
    opened = {path.parts[-3] for path in work.glob("exp/noise/*/predictions/test.tsv")}
    assert opened == {f"{acoustic['candidate']}_seed1", "chance_seed1", "chances_seed1"}
    assert not (work / "exp" / "noise" / f"{other}_seed1" / "predictions" / "test.tsv").exists()
    assert chance["test"]["ua"]["mean"] == 0.5 and chance["published"] == {"wa": 50.0}
    assert together["test"]["ua"]["mean"] == 0.5
    assert people["test"] == {}  # this corpus has no votes
    trained = yaml.safe_load((work / "exp/noise/mean_seed1/train_config.yaml").read_text())
    assert trained["optim_conf"] == {"lr": 0.02}
    results(["--work_dir", str(work)])
    assert "| acoustic | " in (work / "RESULTS.md").read_text()


def test_a_row_upon_an_encoder_needs_one(arguments, small_data_dir):
    headless = {key: value for key, value in ACOUSTIC.items() if not key.startswith("enc")}
    (small_data_dir.parent / "acoustic.yaml").write_text(yaml.safe_dump(headless))
    with pytest.raises(
        SentemoError, match=r"(?s)names no encoder.*acoustic: mean needs --upstream"
    ):
        study(["train", *arguments])


@pytest.mark.usefixtures("prepared")
def test_rows_take_the_upstreams_that_they_name(arguments, small_data_dir, tmp_path):
    """One row names it as a path from the study's file, and one by the option ``--upstream``."""
    work = small_data_dir.parent
    extract_features(
        [
            f"--data={small_data_dir}",
            f"--dest={work / 'dump' / 'fbank40' / small_data_dir.name}",
            "--feature_type=fbank40",
        ]
    )
    shutil.copytree(tmp_path / "librispeech" / "exp" / "asr", work / "other")
    (work / "frozen.yaml").write_text(yaml.safe_dump(FROZEN))
    rows = [
        {"name": "own", "config": "frozen.yaml", "upstream": "other", "candidates": {"a": {}}},
        {"name": "given", "config": "frozen.yaml", "candidates": {"b": {}}},
    ]
    (work / "study.yaml").write_text(yaml.safe_dump({"title": "Two", "rows": rows}))
    for stage in ("train", "decode", "score"):
        study([stage, *arguments, "--nj=1", "--upstream=librispeech/exp/asr"])
    taken = {
        name: json.loads((work / f"exp/noise/{name}_seed1/experiment.json").read_text())[
            "asr_model"
        ]
        for name in "ab"
    }
    assert taken == {"a": "other", "b": "asr"}
    assert json.loads((work / "exp/noise/scores.json").read_text())["asr_model"] == "asr, other"


def test_an_upstream_of_a_row_with_an_encoder_of_its_own_is_refused(arguments, small_data_dir):
    row = {**STUDY["rows"][0], "upstream": "built-in"}
    (small_data_dir.parent / "study.yaml").write_text(
        yaml.safe_dump({"title": "Twice", "rows": [row]})
    )
    with pytest.raises(
        SentemoError, match=r"(?s)not used: upstream built-in.*acoustic: mean names its own encoder"
    ):
        study(["train", *arguments])


def test_what_was_trained_with_other_settings_is_not_scored(arguments):
    for stage in ("train", "decode"):
        study([stage, *arguments, "--nj", "1"])
    for stage in ("decode", "score"):
        with pytest.raises(
            SentemoError, match=r"(?s)not done with these settings: 2\n.*mean_seed1"
        ):
            study([stage, *arguments, "--set", "max_epoch=2"])
    study(["score", *arguments])


def test_a_wrong_key_stops_the_study_before_it_trains(arguments, small_data_dir):
    work = small_data_dir.parent
    wrong = {**STUDY["rows"][0], "candidates": {"good": {}, "bad": {"encoder_conf": {"layers": 2}}}}
    (work / "study.yaml").write_text(yaml.safe_dump({"title": "Wrong", "rows": [wrong]}))
    with pytest.raises(SentemoError, match=r"encoder_conf\.layers"):
        study(["train", *arguments])
    assert not (work / "exp" / "noise" / "good_seed1").exists()
