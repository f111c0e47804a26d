"""SA2SR's joint loss and its metrics, upon CTC and upon an RNN-T."""

import re

import numpy as np
import pytest
import torch
from espnet2.asr.ctc import CTC
from espnet2.asr.decoder.transducer_decoder import TransducerDecoder
from espnet2.asr_transducer.joint_network import JointNetwork
from sklearn.metrics import roc_auc_score

from sentemo.core.errors import SentemoError
from sentemo.models.ctc import CTCModel
from sentemo.models.sa2sr import SentimentAwareCTC, SentimentAwareTransducer, balancing_weight
from sentemo.models.sentiment_head import SentimentHead
from sentemo.models.transducer import TransducerModel
from sentemo.modules.encoders.blstm import BLSTMEncoder
from sentemo.modules.frame_stacking import FrameStacking

TOKENS = ["<blank>", "<unk>", "<space>", "A", "B", "<sos/eos>"]
KINDS = {"ctc": (SentimentAwareCTC, CTCModel), "rnnt": (SentimentAwareTransducer, TransducerModel)}


def parts(kind):
    torch.manual_seed(0)
    branch = {"decoder": None, "joint_network": None}
    if kind == "rnnt":
        decoder = TransducerDecoder(len(TOKENS), hidden_size=8)
        joint = JointNetwork(len(TOKENS), 10, 8, joint_space_size=8)
        branch = {"decoder": decoder, "joint_network": joint}
    return {
        "vocab_size": len(TOKENS),
        "token_list": TOKENS,
        "frontend": None,
        "specaug": None,
        "normalize": None,
        "preencoder": FrameStacking(8, 3),
        "encoder": BLSTMEncoder(24, num_layers=1, units=5),
        "postencoder": None,
        "ctc": CTC(len(TOKENS), 10),
        **branch,
    }


@pytest.fixture(params=KINDS)
def models(request):
    """An SA2SR model, and the recogniser alone with the same weights."""
    ours, alone = KINDS[request.param]
    model = ours(sentiment_weight=7.0, sentiment_head={"units": 6}, **parts(request.param))
    recogniser = alone(**parts(request.param))
    recogniser.load_state_dict(model.state_dict(), strict=False)
    return model.eval(), recogniser.eval()


@pytest.fixture
def batch():
    torch.manual_seed(1)
    return {
        "speech": torch.randn(3, 60, 8),
        "speech_lengths": torch.tensor([60, 31, 45]),
        "text": torch.tensor([[3, 2, 4, 4], [4, 3, -1, -1], [3, 4, 3, -1]]),
        "text_lengths": torch.tensor([4, 2, 3]),
        "utt_id": ["a", "b", "c"],
        "sentiment": torch.tensor([[0.1, 0.7, 0.2], [0.0, 0.0, 0.0], [1.0, 0.0, 0.0]]),
        "sentiment_lengths": torch.tensor([3, 3, 3]),
    }


def cross_entropies(model, batch):
    """Compute the cross-entropy of each utterance by itself, in numpy."""
    found = []
    for row, length in enumerate(batch["speech_lengths"]):
        one = batch["speech"][row : row + 1, :length], length[None]
        logits = model.sentiment_head(*model.encode(*one))[0].detach().double().numpy()
        shares = np.exp(logits) / np.exp(logits).sum()
        found.append(-(batch["sentiment"][row].double().numpy() * np.log(shares)).sum())
    return found


def test_the_joint_loss_is_that_of_the_recogniser_and_lambda_times_the_cross_entropy(models, batch):
    model, recogniser = models
    loss, stats, size = model(**batch)
    asr = recogniser(**batch)[0].item()
    expected = cross_entropies(model, batch)
    assert expected[1] == 0  # it has no label
    assert stats["asr_loss"].item() == pytest.approx(asr, rel=1e-6)
    assert stats["sentiment_loss"].item() == pytest.approx(np.mean(expected), rel=1e-5)
    assert loss.item() == pytest.approx(asr + 7 * np.mean(expected), rel=1e-5)
    assert size == 3


def test_gradients_are_those_of_both_terms(models, batch):
    model, recogniser = models
    model(**batch)[0].backward()
    recogniser(**batch)[0].backward()
    states, lengths = recogniser.encode(batch["speech"], batch["speech_lengths"])
    logits = model.sentiment_head(states, lengths)
    sentiment = -(batch["sentiment"] * logits.log_softmax(dim=1)).sum(dim=1).mean()
    (7 * sentiment).backward(inputs=list(recogniser.encoder.parameters()))
    joint = dict(model.named_parameters())
    for name, parameter in recogniser.named_parameters():
        if parameter.grad is not None:
            torch.testing.assert_close(joint[name].grad, parameter.grad, rtol=1e-4, atol=1e-4)


def test_an_utterance_without_a_label_teaches_the_head_nothing(models, batch):
    model, _ = models
    batch["sentiment"] = torch.zeros(3, 3)
    model(**batch)[0].backward()
    assert all(not p.grad.any() for p in model.sentiment_head.parameters())
    assert any(p.grad is not None and p.grad.any() for p in model.encoder.parameters())


def test_padding_and_neighbours_change_no_record_and_no_answer(models, batch):
    model, _ = models
    together = model.evaluate_batch(**batch)
    for row, name in enumerate(batch["utt_id"]):
        length = batch["speech_lengths"][row]
        one = {key: value[row : row + 1] for key, value in batch.items()}
        one["speech"] = one["speech"][:, :length]
        (alone,) = model.evaluate_batch(**one).values()
        assert alone["probabilities"] == pytest.approx(together[name]["probabilities"], abs=1e-6)
        assert alone["loss"] == pytest.approx(together[name]["loss"], rel=1e-5)
        answer = model.sentiment_batch(one["speech"], one["speech_lengths"])[0].tolist()
        assert answer == pytest.approx(alone["probabilities"], abs=1e-6)
    assert [together[name]["sentiment"] for name in "abc"] == [1, None, 0]


def test_what_is_trained_on_is_what_is_validated(models, batch):
    model, _ = models
    _, stats, _ = model(**batch)
    metrics = model.set_metrics(model.evaluate_batch(**batch))
    for name in ("loss", "asr_loss", "sentiment_loss"):
        assert metrics[name] == pytest.approx(stats[name].item(), rel=1e-5)


def test_the_heads_gradient_is_right_and_padding_has_none():
    torch.manual_seed(0)
    head = SentimentHead(4, units=3).double()
    states, lengths = torch.randn(2, 5, 4, dtype=torch.double), torch.tensor([5, 2])
    states.requires_grad_()
    assert torch.autograd.gradcheck(lambda x: head(x, lengths), states)
    head(states, lengths).sum().backward()
    assert states.grad[1, :2].any()
    assert not states.grad[1, 2:].any()


def records(rows):
    """Hand-made records of (reference text, heard text, sentiment, probabilities)."""
    return {
        str(number): {
            "loss": 1.0,
            "asr_loss": 0.5,
            "sentiment_loss": 0.25,
            "reference": reference,
            "hypothesis": hypothesis,
            "sentiment": sentiment,
            "probabilities": probabilities,
        }
        for number, (reference, hypothesis, sentiment, probabilities) in enumerate(rows)
    }


def test_m_is_the_error_rate_with_spaces_minus_the_auc_of_the_labelled():
    draw = np.random.default_rng(0)
    answers = draw.dirichlet([1, 1, 1], size=30)
    labels = [*[0, 1, 2] * 9, None, None, None]
    rows = [("AB BA", "AB B", s, a.tolist()) for s, a in zip(labels, answers, strict=True)]
    found = SentimentAwareCTC.set_metrics(records(rows))
    known, shares = labels[:27], answers[:27]
    auc = roc_auc_score(known, shares, multi_class="ovr", average="macro")
    assert found["cer"] == pytest.approx(1 / 5)
    assert found["auc"] == pytest.approx(auc)
    assert found["wa"] == pytest.approx(np.mean(shares.argmax(axis=1) == known))
    assert found["cer_minus_auc"] == pytest.approx(1 / 5 - auc)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"sentiment_weight": -1.0}, "sentiment_weight: -1.0; λ is a number from 0 on"),
        ({"sentiment_weight": float("nan")}, "sentiment_weight: nan"),
        ({"sentiment_weight": "2e2"}, "sentiment_weight: '2e2'"),
        ({"sentiment_head": {"unit": 4}}, "head.unit: unknown; known are dropout, units"),
        ({"sentiment_head": 64}, "sentiment_head: 64 is no mapping"),
        ({"sentiment_head": {"units": 0}}, "head.units: 0 is not a number of units"),
        ({"sentiment_head": {"dropout": 1.5}}, "head.dropout: 1.5 is not from 0 to below 1"),
    ],
)
def test_settings_that_make_no_sense_are_named(settings, message):
    with pytest.raises(SentemoError, match=re.escape(message)):
        SentimentAwareCTC(**settings, **parts("ctc"))


def test_the_balancing_weight_makes_both_terms_equal():
    assert balancing_weight(210.0, 0.7) * 0.7 == pytest.approx(210.0)


def test_a_balanced_weight_follows_the_ratio_of_the_losses_and_is_part_of_the_weights(batch):
    model = SentimentAwareCTC(sentiment_weight="balanced", **parts("ctc"))
    model.train()
    loss, stats, _ = model(**batch)
    assert stats["sentiment_weight"] == pytest.approx(
        (stats["asr_loss"] / stats["sentiment_loss"]).item()
    )
    assert loss.item() == pytest.approx(2 * stats["asr_loss"].item())
    for parameter in model.ctc.parameters():  # another ASR loss from now on
        parameter.data.mul_(5.0)
    _, later, _ = model(**batch)
    ratio = later["asr_loss"] / later["sentiment_loss"]
    expected = 0.9 * stats["sentiment_weight"] + 0.1 * ratio
    assert later["sentiment_weight"].item() == pytest.approx(expected.item())
    unlabelled = {**batch, "sentiment": torch.zeros(3, 3)}
    model(**unlabelled)
    assert model.sentiment_weight == pytest.approx(expected.item())
    again = SentimentAwareCTC(sentiment_weight="balanced", **parts("ctc"))
    again.load_state_dict(model.state_dict())
    model.eval()
    found = model.evaluate_batch(**{k: v for k, v in batch.items() if "sentiment_l" not in k})
    record = found["a"]
    weighted = model.sentiment_weight * record["sentiment_loss"]
    assert record["loss"] == pytest.approx(record["asr_loss"] + weighted)
    assert again.sentiment_weight == model.sentiment_weight


def test_the_balance_of_the_gradients_is_that_of_the_terms_by_themselves(batch):
    model = SentimentAwareCTC(sentiment_weight=7.0, **parts("ctc")).train()
    _, stats, _ = model(**batch)
    states, lengths = model.encode(batch["speech"], batch["speech_lengths"], batch["utt_id"])
    targets = {"sentiment": batch["sentiment"]}
    losses = model.batch_losses(states, lengths, batch["text"], batch["text_lengths"], **targets)
    assert "gradient_balance" not in losses  # of every twentieth batch
    norms = [
        torch.autograd.grad(losses[name], states, retain_graph=True)[0].norm()
        for name in ("sentiment_loss", "asr_loss")
    ]
    assert stats["gradient_balance"].item() == pytest.approx((7 * norms[0] / norms[1]).item())
