import pytest
import torch

from sentemo.core.errors import SentemoError
from sentemo.models.encoding import EncoderParts
from sentemo.models.ser import SpeechEmotionModel
from sentemo.modules.decoders.rnn_attention import RNNAttentionDecoder
from sentemo.modules.encoders.blstm import BLSTMEncoder
from sentemo.modules.frame_stacking import FrameStacking
from sentemo.modules.specaug import KeyedSpecAug
from sentemo.modules.text_encoder import RNNTextEncoder


def build(freeze_encoder, **changes):
    torch.manual_seed(0)
    parts = {
        "specaug": KeyedSpecAug(time_mask_width=8, freq_mask_width=3),
        "preencoder": FrameStacking(8, 3),
        "encoder": BLSTMEncoder(24, num_layers=2, units=5, dropout=0.5),
    }
    parts |= {name: changes.pop(name) for name in parts.keys() & changes.keys()}
    settings = {
        "labels": ["happy", "sad", "angry"],
        "decoder": RNNAttentionDecoder(10, units=4, heads=2, head_size=3),
        "freeze_encoder": freeze_encoder,
    }
    return SpeechEmotionModel(EncoderParts(**parts), **{**settings, **changes})


@pytest.fixture
def batch():
    torch.manual_seed(1)
    return {
        "speech": torch.randn(3, 30, 8),
        "speech_lengths": torch.tensor([30, 21, 5]),
        "label": torch.tensor([[0], [2], [1]]),
        "utt_id": ["a", "b", "c"],
    }


def test_a_frozen_encoder_is_in_eval_mode_without_graph_and_never_changes(batch):
    model = build(freeze_encoder=True)
    before = {name: value.clone() for name, value in model.state_dict().items()}
    optimizer = torch.optim.Adam(model.parameters(), lr=0.1, weight_decay=0.1)
    for _ in range(3):
        model.train()
        loss, _, _ = model(**batch)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert not model.encoder.training
    assert all(p.grad is None for p in model.encoder.parameters())
    after = model.state_dict()
    changed = {name.split(".")[0] for name in before if not torch.equal(before[name], after[name])}
    assert changed == {"decoder", "classifier"}


def test_dropout_of_a_frozen_encoder_is_off_and_specaug_is_on(batch):
    model = build(freeze_encoder=True).train()
    speech, lengths = batch["speech"], batch["speech_lengths"]
    states, _ = model.encode(speech, lengths, batch["utt_id"])
    again, _ = model.encode(speech, lengths, batch["utt_id"])
    assert torch.equal(states, again)  # the encoder's dropout of 0.5 would differ
    assert not states.requires_grad
    clean, _ = model.eval().encode(speech, lengths)
    assert not torch.equal(states, clean)


def test_an_encoder_that_is_not_frozen_learns(batch):
    model = build(freeze_encoder=False).train()
    model(**batch)[0].backward()
    assert all(p.grad is not None and p.grad.any() for p in model.encoder.parameters())


def test_the_loss_is_the_mean_cross_entropy_and_the_batch_stays_as_it_was(batch):
    model = build(freeze_encoder=False, specaug=None).eval()
    speech = batch["speech"].clone()
    loss, _, weight = model(**batch)
    logits = model.predict(batch["speech"], batch["speech_lengths"])[0]["label"]
    expected = torch.nn.functional.cross_entropy(logits, batch["label"][:, 0])
    torch.testing.assert_close(loss[0], expected)
    assert weight == 3
    assert torch.equal(batch["speech"], speech)


def test_a_prediction_does_not_depend_on_the_neighbours(batch):
    model = build(freeze_encoder=False).eval()
    together = model.evaluate_batch(**batch)
    alone = model.evaluate_batch(
        speech=batch["speech"][2:, :5],
        speech_lengths=batch["speech_lengths"][2:],
        label=batch["label"][2:],
        utt_id=["c"],
    )
    assert together["c"]["probabilities"] == pytest.approx(alone["c"]["probabilities"], abs=1e-6)


def test_class_weights_weigh_the_training_loss(batch):
    weights = [3.0, 1.0, 0.5]
    model = build(freeze_encoder=False, specaug=None, class_weights=weights).eval()
    logits = model.predict(batch["speech"], batch["speech_lengths"])[0]["label"]
    log_p = logits.log_softmax(dim=1)[range(3), batch["label"][:, 0]]
    expected = -(3.0 * log_p[0] + 0.5 * log_p[1] + 1.0 * log_p[2]) / 4.5
    torch.testing.assert_close(model(**batch)[0][0], expected)


@pytest.mark.parametrize("weights", [[1.0, 2.0], [1.0, 0.0, 1.0], "even", 2.0])
def test_other_class_weights_are_refused(weights):
    with pytest.raises(SentemoError, match=r"class_weights.*3 positive numbers, for happy, sad"):
        build(freeze_encoder=False, class_weights=weights)


@pytest.fixture
def spoken(batch):
    """The batch with transcripts, the last of them empty."""
    text = torch.tensor([[1, 3, 2], [4, -1, -1], [-1, -1, -1]])
    return {**batch, "text": text, "text_lengths": torch.tensor([3, 1, 0])}


def build_with_text():
    torch.manual_seed(2)
    return build(freeze_encoder=False, text_encoder=RNNTextEncoder(5, 4, 3))


def test_acoustics_and_words_are_both_seen_and_both_learn(spoken):
    model = build_with_text().train()
    model(**spoken)[0].backward()
    for part in (model.encoder, model.text_encoder):
        assert all(p.grad is not None and p.grad.any() for p in part.parameters())
    before = model.eval().evaluate_batch(**spoken)
    for changed in ("speech", "text"):
        other = {**spoken, changed: spoken[changed].roll(1, dims=-1)}
        after = model.evaluate_batch(**other)
        assert before["a"]["probabilities"] != after["a"]["probabilities"], changed


def test_with_words_a_prediction_does_not_depend_on_the_neighbours(spoken):
    model = build_with_text().eval()
    together = model.evaluate_batch(**spoken)
    for row, frames, words in ((1, 21, 1), (2, 5, 0)):
        alone = {name: value[row : row + 1] for name, value in spoken.items()}
        alone |= {"speech": alone["speech"][:, :frames], "text": alone["text"][:, :words]}
        (utt,) = alone["utt_id"]
        expected = model.evaluate_batch(**alone)[utt]["probabilities"]
        assert together[utt]["probabilities"] == pytest.approx(expected, abs=1e-6)


def test_metrics_are_those_of_the_whole_set():
    """UA of the set is not the mean of UA over batches: classes differ in number."""
    model = build(freeze_encoder=False)
    records = {
        str(n): {
            "label": label,
            "cross_entropy": 1.0,
            "probabilities": [p == guess for p in range(3)],
        }
        for n, (label, guess) in enumerate([(0, 0), (0, 0), (0, 1), (1, 1), (2, 0)])
    }
    metrics = model.set_metrics(records)
    assert metrics["wa"] == pytest.approx(3 / 5)
    assert metrics["ua"] == pytest.approx((2 / 3 + 1 + 0) / 3)


def test_shares_are_learnt_where_a_batch_has_them(batch):
    model = build(freeze_encoder=False, specaug=None).eval()
    hard, stats, _ = model(**batch)
    ones = torch.eye(3)[batch["label"][:, 0]]
    assert model(**batch, distribution=ones)[0].item() == pytest.approx(hard.item(), abs=1e-6)
    shares = torch.tensor([[0.5, 0.5, 0.0], [0.2, 0.2, 0.6], [0.0, 0.9, 0.1]])
    soft, of_shares, _ = model(**batch, distribution=shares)
    assert soft.item() != pytest.approx(hard.item(), abs=1e-3)
    assert of_shares["wa"] == stats["wa"]  # the accuracy is always that of the classes
    logits = model.predict(batch["speech"], batch["speech_lengths"])[0]["label"]
    divergence = torch.nn.functional.kl_div(
        logits.log_softmax(dim=1), shares, reduction="batchmean"
    )
    assert soft.item() == pytest.approx(divergence.item(), abs=1e-5)
