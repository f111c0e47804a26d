"""A recogniser whose upper layers are trained upon kept states of a pre-trained encoder."""

from dataclasses import replace

import pytest
import torch
import yaml
from small_schedule import SCHEDULE
from small_whisper import write_small_whisper

from sentemo.bin.extract_features import main as extract_features
from sentemo.core.errors import SentemoError
from sentemo.data.fold_files import write_folds
from sentemo.data.sentiment import write_sentiment
from sentemo.data.splits import leave_one_speaker_out
from sentemo.experiment.asr import ASRExperiment, ASRSettings
from sentemo.experiment.ser import SERExperiment
from sentemo.upstreams import Upstream

CTC = {
    **SCHEDULE,
    "model": "sa2sr_ctc",
    "ctc_conf": {"zero_infinity": True},
    "model_conf": {
        "ctc_weight": 1.0,
        "sentiment_weight": "balanced",
        "sentiment_head": {"units": 4},
    },
    "encoder_lr": 0.05,
    "best_model_criterion": [["valid", "cer_minus_auc", "min"]],
    "early_stopping_criterion": ["valid", "cer_minus_auc", "min"],
}


@pytest.fixture
def whisper(tmp_path):
    """A directory with a small Whisper of random weights."""
    return write_small_whisper(tmp_path / "whisper")


@pytest.fixture
def make(small_data_dir, whisper):
    """Return an experiment and its settings, with changes to the configuration."""
    work = small_data_dir.parent
    dump = work / "dump" / "raw" / "all"
    extract_features(["--data", str(small_data_dir), "--dest", str(dump), "--feature_type", "raw"])
    write_folds(work / "folds.tsv", leave_one_speaker_out("abcd"), "Leave one speaker out")
    labels = {
        f"{speaker}-{label}": (0.1, 0.2, 0.7) if label == "happy" else (0.6, 0.3, 0.1)
        for speaker in "abcd"
        for label in ("happy", "sad")
    }
    (work / "sentiment").mkdir()
    write_sentiment(work / "sentiment", labels)

    def made(**changes):
        config = work / "train_sa2sr.yaml"
        config.write_text(yaml.safe_dump({**CTC, **changes}))
        experiment = ASRExperiment(work / "exp" / "sa2sr", small_data_dir, dump, work / "folds.tsv")
        sentiment = work / "sentiment"
        return experiment, ASRSettings(config, sentiment=sentiment, upstream=str(whisper))

    return made


@pytest.mark.parametrize("method", ["full", "lora"])
def test_it_is_a_whole_recogniser_and_an_upstream(make, method, whisper, small_data_dir, capfd):
    tuning = {"start_layer": 2, "method": method, "rank": 2}
    experiment, settings = make(tuning_conf=tuning)
    experiment.train(settings)
    assert "would balance them" in capfd.readouterr().out
    experiment.decode()
    assert (experiment.directory / "decode_test" / "hyp.tsv").is_file()
    assert (experiment.directory / "sentiment_test.tsv").is_file()

    ours, theirs = Upstream(experiment.directory), Upstream(whisper)
    before, after = theirs.read_weights(), ours.read_weights()
    encoder = {name for name in after if name.startswith("encoder.")}
    assert encoder == before.keys()
    changed = {name for name in encoder if not torch.equal(before[name], after[name])}
    assert changed
    assert all(name.startswith(("encoder.layers.2.", "encoder.layer_norm.")) for name in changed)
    assert ours.fingerprint != theirs.fingerprint
    assert ours.feature_type == theirs.feature_type == "raw"

    work = small_data_dir.parent
    (work / "labels.txt").write_text("happy\nsad\n")
    probe = {
        **SCHEDULE,
        "decoder": "statistics_pooling",
        "probe_conf": {"choice": "fold", "penalties": [1]},
        "model_conf": {"freeze_encoder": True, "encoder_layer": "best"},
    }
    (work / "probe.yaml").write_text(yaml.safe_dump(probe))
    upon = SERExperiment(
        directory=work / "exp" / "ser",
        config=work / "probe.yaml",
        data=small_data_dir,
        dump=experiment.dump,
        folds=work / "folds.tsv",
        labels=work / "labels.txt",
        upstream=str(experiment.directory),
    )
    upon.train()
    upon.decode()
    tuned = {**SCHEDULE, "tuning_conf": tuning, "decoder": "mlp_pooling"}
    (work / "tuned.yaml").write_text(yaml.safe_dump(tuned))
    again = replace(upon, directory=work / "exp" / "tuned", config=work / "tuned.yaml")
    again.train()
    again.decode()
    assert len((again.directory / "predictions" / "test.tsv").read_text().splitlines()) > 8


def test_layer_and_upstream_belong_together(make):
    experiment, settings = make()
    with pytest.raises(SentemoError, match="tuning_conf and --upstream belong together"):
        experiment.train(settings)
    experiment, settings = make(tuning_conf={"start_layer": 2})
    with pytest.raises(SentemoError, match="tuning_conf and --upstream belong together"):
        experiment.train(replace(settings, upstream=None))
