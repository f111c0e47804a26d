"""SA2SR on a small fold: proxy labels as targets, which epoch is chosen, the encoder reused."""

from dataclasses import replace

import pytest
import torch

from sentemo.core import checkpoint
from sentemo.core.errors import SentemoError
from sentemo.core.files import write_json
from sentemo.core.markers import TRAINED_MARKER
from sentemo.data.proxy_labels import read_proxy_labels
from sentemo.data.tables import read_table
from sentemo.folds.separate import train_on_fold
from sentemo.recognition.held_out import decode_test, predict_sentiment, recogniser_of
from sentemo.recognition.training import ASRTraining, train_asr
from sentemo.tasks.asr import ASRTask
from sentemo.tasks.ser import SERTask
from sentemo.training.selection import EpochPolicy
from sentemo.upstreams import Upstream

M = ["valid", "cer_minus_auc", "min"]
SA2SR = {
    "model": "sa2sr_ctc",
    "ctc_conf": {},
    "decoder": None,
    "decoder_conf": {},
    "model_conf": {"ctc_weight": 1.0, "sentiment_weight": 50.0, "sentiment_head": {"units": 4}},
    "best_model_criterion": [M],
    "early_stopping_criterion": M,
    "max_epoch": 2,
}


POSITIVE = (0.0, 0.0, 1.0)


def train(job, labels):
    arguments = (job.config, job.utterances, job.fold, job.features, job.exp, job.settings)
    notes = train_asr(ASRTraining(*arguments, labels=labels))
    (job.exp / TRAINED_MARKER).write_text("{}")
    return notes


def targets(job, side):
    return read_table(job.exp / "split" / side / "sentiment")


def test_both_are_learnt_and_the_notes_say_how_they_weigh(make_job, make_labels, tmp_path, capfd):
    job = make_job("sa2sr", **SA2SR | {"max_epoch": 12})
    source, balance = train(job, make_labels())
    assert source == f"proxy sentiment by {tmp_path / 'sentiment'}, hard targets"
    stats = checkpoint.load_checkpoint(job.exp)["reporter"]["stats"]
    best = min(stats, key=lambda epoch: stats[epoch]["valid"]["cer_minus_auc"])
    found = stats[best]["valid"]
    assert found["cer_minus_auc"] == pytest.approx(found["cer"] - found["auc"])
    assert found["loss"] == pytest.approx(found["asr_loss"] + 50 * found["sentiment_loss"])
    assert found["auc"] == 1.0  # the happy ones are louder
    assert balance.startswith(f"validation losses of epoch {best}: ASR {found['asr_loss']:.1f}, ")
    weight = found["asr_loss"] / found["sentiment_loss"]
    assert balance.endswith(f"λ {weight:.0f} would balance them")
    assert balance in capfd.readouterr().out


def test_a_trained_model_transcribes_and_tells_the_sentiment_of_the_test_side(
    make_job, make_labels
):
    job = make_job("sa2sr", **SA2SR | {"max_epoch": 12})
    train(job, make_labels(without=["a-1"]))
    recogniser = recogniser_of(Upstream(job.exp), job.features)
    heard = decode_test(recogniser, job.utterances, job.fold)
    assert (len(heard.hypotheses), heard.decoding) == (6, "greedy CTC")
    predictions = predict_sentiment(recogniser, job.utterances, job.fold)
    assert sorted(p.utterance for p in predictions) == ["a-0", "a-2", "a-3", "a-4", "a-5"]
    labels = {"a-0": "positive", "a-2": "positive", "a-4": "positive"}
    assert {p.label for p in predictions if p.utterance in labels} == {"positive"}
    happy = min(p.probabilities[2] for p in predictions if p.utterance in labels)
    assert happy > max(p.probabilities[2] for p in predictions if p.utterance not in labels)


def test_the_model_that_finds_short_utterances_is_built_once(make_job, make_labels, monkeypatch):
    job = make_job("sa2sr", **SA2SR | {"max_epoch": 1})
    train(job, make_labels())
    recogniser = recogniser_of(Upstream(job.exp), job.features)
    built, build = [], ASRTask.build_model
    monkeypatch.setattr(ASRTask, "build_model", lambda args: built.append(args) or build(args))
    decode_test(recogniser, job.utterances, job.fold)
    predict_sentiment(recogniser, job.utterances, job.fold)
    assert len(built) == 3  # it, and one that is trained for each of the two passes


def test_the_head_stands_upon_espnets_encoders_too(make_job, make_labels):
    sizes = {"input_layer": "conv2d2", "output_size": 8, "attention_heads": 2, "num_blocks": 1}
    conformer = {"encoder": "conformer", "encoder_conf": sizes | {"linear_units": 8}}
    conformer |= {"preencoder": None, "preencoder_conf": {}, "max_epoch": 1}
    job = make_job("conformer", **SA2SR | conformer)
    train(job, make_labels())
    recogniser = recogniser_of(Upstream(job.exp), job.features)
    predictions = predict_sentiment(recogniser, job.utterances, job.fold)
    assert len(predictions) == 6


def test_a_training_may_begin_with_the_encoder_of_a_recogniser(make_job, make_labels, asr_model):
    weights = Upstream(asr_model).weights_file
    given = f"{weights}:encoder:encoder"
    sizes = {"num_layers": 2, "units": 4}  # of the recogniser
    unmoved = {"optim_conf": {"lr": 0.0}, "max_epoch": 1}
    job = make_job("sa2sr", **SA2SR | unmoved, encoder_conf=sizes, init_param=[given])
    notes = train(job, make_labels())
    assert notes[0] == f"16 of 16 weights of the encoder began as those of {given}"
    ours, theirs = map(checkpoint.load_weights, (Upstream(job.exp).weights_file, weights))
    assert all(torch.equal(ours[n], theirs[n]) for n in theirs if n.startswith("encoder."))
    assert not torch.equal(ours["ctc.ctc_lo.weight"], theirs["ctc.ctc_lo.weight"])


def test_doubtful_labels_are_counted_in_the_notes(make_job, make_labels, tmp_path):
    make_labels()
    counts = {
        "negative": 9,
        "neutral": 0,
        "positive": 9,
        "empty": 1,
        "truncated": 2,
        "not_latin": 3,
    }
    write_json(tmp_path / "sentiment" / "sentiment.json", {"note": "VADER", "counts": counts})
    notes = train(make_job("sa2sr", **SA2SR), read_proxy_labels(tmp_path / "sentiment"))
    assert notes[:3] == [
        "proxy sentiment by VADER, hard targets",
        "transcripts longer than the model reads: 2",
        "transcripts mostly not in Latin letters: 3",
    ]


def test_targets_are_labels_or_probabilities_and_zeros_where_there_is_none(make_job, make_labels):
    labels = make_labels(without=["c-0", "b-1"])
    job = make_job("hard", **SA2SR | {"max_epoch": 1})
    notes = train(job, labels)
    assert [targets(job, "train")[utt] for utt in ("c-0", "c-1", "c-2")] == [
        "0 0 0",
        "1.0 0.0 0.0",
        "0.0 0.0 1.0",
    ]
    assert notes[1:3] == [
        "1 of 6 utterances to train have no sentiment",
        "1 of 6 utterances to valid have no sentiment",
    ]
    job = make_job("soft", **SA2SR | {"max_epoch": 1, "sentiment_targets": "soft"})
    assert "soft targets" in train(job, labels)[0]
    assert targets(job, "train")["c-1"] == "0.5 0.3 0.2"


def test_missing_labels_are_refused_where_that_is_asked_for(make_job, make_labels):
    job = make_job("refuse", **SA2SR | {"missing_sentiment": "refuse"})
    with pytest.raises(SentemoError, match=r"(?s)no label: 1\s+c-0: train side"):
        train(job, make_labels(without=["c-0"]))


def test_one_sentiment_alone_is_no_validation(make_job, make_labels):
    with pytest.raises(SentemoError, match="labels are all positive: without a second class"):
        train(make_job("one", **SA2SR), make_labels(happy=POSITIVE, sad=POSITIVE))
    with pytest.raises(
        SentemoError, match="sentiment_targets: found 'both', wanted one of hard, soft"
    ):
        train(make_job("both", **SA2SR | {"sentiment_targets": "both"}), make_labels())


def history(*epochs):
    """The history of (CER, AUC) by epoch."""
    return [{"valid": {"cer": cer, "auc": auc, "cer_minus_auc": cer - auc}} for cer, auc in epochs]


def test_the_best_epoch_and_the_stop_are_by_m():
    # the third has the lowest CER, the second the highest AUC, the fourth the lowest M
    epochs = history((0.9, 0.5), (0.8, 0.81), (0.4, 0.5), (0.45, 0.8), (0.44, 0.7), (0.43, 0.7))
    policy = EpochPolicy(criteria=[M], keep=1, stopping=M, patience=1)
    assert policy.best_epochs(epochs) == {("valid", "cer_minus_auc"): [4]}
    assert policy.has_stopped(epochs)
    assert not replace(policy, patience=2).has_stopped(epochs)


def test_its_encoder_serves_emotion_recognition(make_job, make_labels):
    job = make_job("sa2sr", **SA2SR | {"max_epoch": 1})
    train(job, make_labels())
    reused = dict.fromkeys(("normalize", "preencoder", "encoder"))
    reused |= {"preencoder_conf": {}, "encoder_conf": {}, "model_conf": {"freeze_encoder": True}}
    ser_job = make_job("ser", {"asr_model": str(job.exp)}, **reused | {"max_epoch": 1})
    train_on_fold(ser_job)
    asr, _ = ASRTask.build_model_from_file(str(job.exp / "config.yaml"))
    asr.load_state_dict(checkpoint.load_weights(Upstream(job.exp).weights_file))
    ser, _ = SERTask.build_model_from_file(
        str(ser_job.exp / "config.yaml"), str(ser_job.exp / "valid.loss.best.pth")
    )
    speech, lengths = torch.randn(2, 30, 8), torch.tensor([30, 11])
    ours, theirs = (model.eval().encode(speech, lengths)[0] for model in (ser, asr))
    assert torch.equal(ours, theirs)
