"""ASR on a small fold, and its encoder taken over for emotion recognition."""

import string
from dataclasses import replace

import numpy as np
import pytest
import torch
import yaml

from sentemo.data.kaldi import Utterance
from sentemo.errors import SentemoError
from sentemo.tasks.asr import ASRTask
from sentemo.tasks.ser import SERTask
from sentemo.training import checkpoint
from sentemo.training.asr import character_tokens, decode_test, train_asr, transcripts
from sentemo.training.experiment import TRAINED
from sentemo.training.ser import predict_side, train_on_fold
from sentemo.upstream import Upstream

CTC = {"model": "ctc", "ctc_conf": {}, "decoder": None}
# The encoder's configuration comes from the ASR checkpoint.
REUSED = {
    **dict.fromkeys(("normalize", "preencoder", "encoder")),
    "preencoder_conf": {},
    "encoder_conf": {},
    "model_conf": {"freeze_encoder": True},
}


@pytest.fixture
def asr_exp(make_job):
    """A trained CTC experiment, and the job that described it."""
    changes = {
        **CTC,
        "decoder_conf": {},
        "model_conf": {"ctc_weight": 1.0},
        "best_model_criterion": [["valid", "cer", "min"]],
        "early_stopping_criterion": ["valid", "cer", "min"],
        "max_epoch": 2,
    }
    job = make_job("asr", **changes)
    train_asr(job.config, job.utterances, job.fold, job.features, job.exp, {"seed": 1, "ngpu": 0})
    (job.exp / TRAINED).write_text("{}")
    return job


def test_tokens_of_english_capitals_are_the_papers_29_and_espnets_two():
    tokens = character_tokens([string.ascii_uppercase, "IT'S SO"])
    assert len(tokens) == 31
    assert tokens[0] == "<blank>"
    assert set(tokens) >= {"<space>", "'", "A", "Z", "<unk>", "<sos/eos>"}


def test_transcripts_that_the_tokens_cannot_spell_are_named(tmp_path):
    def utterance(name, text):
        return Utterance(name, "a", tmp_path / "none.wav", None, text)

    utterances = [utterance("good", "AB"), utterance("bad", "Ä B"), utterance("none", None)]
    with pytest.raises(SentemoError, match=r"(?s)outside.*bad: 'Ä'") as error:
        transcripts(utterances, ["<blank>", "A", "B", "<space>"])
    assert "none" in str(error.value)
    assert "good" not in str(error.value)


def test_a_wrong_transcript_of_the_test_side_shows_before_training(make_job, features):
    utterances = [replace(utt, text="AB ÄÖ") if utt.speaker in "a" else utt for utt in features[1]]
    job = make_job("asr", utterances=utterances, **CTC)
    assert job.fold.test == ("a",)
    with pytest.raises(SentemoError, match="outside the token list: 6"):
        train_asr(job.config, job.utterances, job.fold, job.features, job.exp, {"seed": 1})
    assert not (job.exp / "config.yaml").exists()


def test_training_and_decoding_leave_transcripts_of_the_test_side(asr_exp):
    job = asr_exp
    weights = Upstream(job.exp).weights_file
    decoded = decode_test(job.utterances, job.fold, job.features, job.exp, weights, 0)
    test = {u.id for u in job.utterances if u.speaker in job.fold.test}
    assert decoded.references == dict.fromkeys(test, "AB BA")
    assert decoded.hypotheses.keys() == test
    assert decoded.hours * 360000 == sum(job.features.num_frames[utt] for utt in test)


def test_the_encoder_is_taken_over_with_statistics_and_stays_as_it_is(asr_exp, make_job):
    job = make_job(
        "ser",
        {"asr_model": str(asr_exp.exp)},
        **REUSED,
    )
    train_on_fold(job)
    asr, _ = ASRTask.build_model_from_file(str(asr_exp.exp / "config.yaml"))
    asr.load_state_dict(checkpoint.load_weights(Upstream(asr_exp.exp).weights_file))
    ser, args = SERTask.build_model_from_file(
        str(job.exp / "config.yaml"), str(job.exp / "valid.loss.best.pth")
    )
    assert args.asr_model is None
    assert args.inherited_from == str(asr_exp.exp)
    speech, lengths = torch.randn(2, 30, 8), torch.tensor([30, 11])
    theirs, _ = asr.eval().encode(speech, lengths)
    ours, _ = ser.eval().encode(speech, lengths)
    assert torch.equal(ours, theirs)


def test_the_experiment_needs_the_asr_experiment_no_more(asr_exp, make_job):
    job = make_job("ser", {"asr_model": str(asr_exp.exp)}, **REUSED)
    train_on_fold(job)
    asr_exp.exp.rename(asr_exp.exp.with_name("moved"))
    assert len(predict_side(job, "test")) == 6


def test_other_features_are_refused(asr_exp, make_job):
    config = asr_exp.exp / "config.yaml"
    loaded = yaml.safe_load(config.read_text())
    config.write_text(yaml.safe_dump({**loaded, "feature_type": "fbank40"}))
    with pytest.raises(SentemoError, match=r"trained on fbank40 features, these are fbank8"):
        train_on_fold(make_job("ser", {"asr_model": str(asr_exp.exp)}, **REUSED))


def test_weights_that_do_not_fit_are_listed(asr_exp, make_job):
    file = Upstream(asr_exp.exp).weights_file
    weights = checkpoint.load_weights(file)
    weights["encoder.extra"] = weights.pop("encoder.blstm.forward_layers.0.bias_ih_l0")
    weights["normalize.mean"] = torch.zeros(3)
    checkpoint.save(weights, file)
    with pytest.raises(SentemoError) as error:
        train_on_fold(make_job("ser", {"asr_model": str(asr_exp.exp)}, **REUSED))
    for wrong in (
        "missing: encoder.blstm.forward_layers.0.bias_ih_l0",
        "unexpected: encoder.extra",
        "shape: normalize.mean is (3,), should be (8,)",
    ):
        assert wrong in str(error.value)


def test_weights_that_hold_code_are_refused(tmp_path):
    torch.save({"encoder": np.random.default_rng}, tmp_path / "bomb.pth")
    with pytest.raises(SentemoError, match=r"bomb\.pth: not a readable weights file"):
        checkpoint.load_weights(tmp_path / "bomb.pth")


def test_a_folder_that_is_no_experiment_is_refused(tmp_path):
    with pytest.raises(SentemoError, match=r"no config\.yaml in it"):
        Upstream(tmp_path)


def test_an_unfinished_training_is_no_source_of_an_encoder(asr_exp):
    (asr_exp.exp / TRAINED).unlink()
    with pytest.raises(SentemoError, match="training is not finished"):
        Upstream(asr_exp.exp).weights_file  # noqa: B018


def test_an_encoder_has_one_source(asr_exp, make_job):
    with pytest.raises(SentemoError, match=r"names normalize, preencoder, encoder, which come"):
        train_on_fold(make_job("both", {"asr_model": str(asr_exp.exp)}))
    with pytest.raises(SentemoError, match="names no encoder"):
        train_on_fold(make_job("none", **REUSED))
    with pytest.raises(SentemoError, match=r"freeze_encoder: true needs --asr_model"):
        train_on_fold(make_job("random", model_conf={"freeze_encoder": True}))
