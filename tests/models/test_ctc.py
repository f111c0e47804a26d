import itertools
from collections import defaultdict

import pytest
import torch
from espnet2.asr.ctc import CTC

from sentemo.models.ctc import CTCModel
from sentemo.modules.encoders.blstm import BLSTMEncoder
from sentemo.modules.frame_stacking import FrameStacking

TOKENS = ["<blank>", "<unk>", "<space>", "A", "B", "<sos/eos>"]
SPECIAL = [1, 5]


def build(**changes):
    torch.manual_seed(0)
    parts = {
        "vocab_size": len(TOKENS),
        "token_list": TOKENS,
        "frontend": None,
        "specaug": None,
        "normalize": None,
        "preencoder": FrameStacking(8, 3),
        "encoder": BLSTMEncoder(24, num_layers=1, units=5),
        "postencoder": None,
        "decoder": None,
        "ctc": CTC(len(TOKENS), 10),
        "joint_network": None,
    }
    return CTCModel(**{**parts, **changes})


def build_decided():
    """A model that favours some tokens over others, and never the special ones."""
    model = build().eval()
    with torch.no_grad():
        model.ctc.ctc_lo.weight.mul_(12)
        model.ctc.ctc_lo.bias[SPECIAL] = -100.0
    return model


@pytest.fixture
def batch():
    torch.manual_seed(1)
    return {
        "speech": torch.randn(2, 60, 8),
        "speech_lengths": torch.tensor([60, 31]),
        "text": torch.tensor([[3, 2, 4, 4], [4, 3, -1, -1]]),
        "text_lengths": torch.tensor([4, 2]),
        "utt_id": ["a", "b"],
    }


def likeliest_text(model, speech):
    """Find the likeliest text of one utterance ``(frames, features)`` by adding up all paths."""
    states, _ = model.encode(speech[None], torch.tensor([len(speech)]))
    probabilities = model.ctc.softmax(states)[0].double().tolist()
    texts = defaultdict(float)
    for path in itertools.product(range(len(TOKENS)), repeat=len(probabilities)):
        probability = 1.0
        for row, token in zip(probabilities, path, strict=True):
            probability *= row[token]
        texts[model.to_text(model._collapse(list(path)))] += probability
    return max(texts, key=texts.get)


def test_the_loss_is_summed_per_utterance_and_averaged_over_the_batch(batch):
    model = build().eval()
    records = model.evaluate_batch(**batch)
    loss, _, _ = model(**batch)
    assert loss.item() == pytest.approx((records["a"]["loss"] + records["b"]["loss"]) / 2, rel=1e-5)


def test_the_loss_keeps_its_precision_under_amp(batch):
    model = build()
    expected = model(**batch)[0].item()
    with torch.autocast("cpu", dtype=torch.bfloat16):
        loss, _, _ = model(**batch)
    assert loss.dtype == torch.float32
    assert loss.item() == pytest.approx(expected, rel=0.02)


def test_a_special_token_is_one_character():
    model = build()
    text = model.to_text([1, 3, 5])
    records = {"a": {"loss": 0.0, "reference": "A B", "hypothesis": text}}
    assert model.set_metrics(records)["cer"] == pytest.approx(3 / 3)


def test_references_keep_their_spaces(batch):
    records = build().evaluate_batch(**batch)
    assert [records[name]["reference"] for name in "ab"] == ["A BB", "BA"]


def test_repeats_collapse_unless_a_blank_is_between():
    assert build()._collapse([0, 3, 3, 0, 3, 4, 4, 0]) == [3, 3, 4]


@pytest.mark.parametrize("beam_size", [1, 3])
def test_no_transcript_has_the_end_of_sentence(batch, beam_size):
    model = build_decided()
    with torch.no_grad():
        model.ctc.ctc_lo.bias[5] = 100.0
    found = model.decode_batch(batch["speech"], batch["speech_lengths"], beam_size)
    assert not any("<sos/eos>" in text for text in found)


def test_a_beam_that_holds_everything_finds_the_likeliest_text():
    model = build_decided()
    better = 0
    for seed in range(8):
        torch.manual_seed(seed)
        speech = torch.randn(15, 8)  # five states
        lengths = torch.tensor([15])
        (found,) = model.decode_batch(speech[None], lengths, beam_size=500)
        assert found == likeliest_text(model, speech)
        better += found != model.decode_batch(speech[None], lengths, beam_size=1)[0]
    assert better > 0  # than the best token of each frame


@pytest.mark.parametrize("beam_size", [1, 3])
def test_padding_and_neighbours_change_no_transcript(batch, beam_size):
    model = build_decided()
    speech, lengths = batch["speech"], batch["speech_lengths"]
    together = model.decode_batch(speech, lengths, beam_size)
    alone = [
        model.decode_batch(speech[row : row + 1, :length], lengths[row : row + 1], beam_size)[0]
        for row, length in enumerate(lengths)
    ]
    assert together == alone
    assert all(together)


def test_greedy_decoding_is_what_validation_scores(batch):
    model = build_decided()
    records = model.evaluate_batch(**batch)
    decoded = model.decode_batch(batch["speech"], batch["speech_lengths"])
    assert decoded == [records[name]["hypothesis"] for name in "ab"]


@pytest.mark.parametrize("text", [[3], [3, 4, 3], [3, 3], [4, 4, 4, 3]])
def test_a_text_fits_the_frames_that_it_needs_and_no_fewer(text):
    needed = CTCModel.min_encoder_frames(text)
    log_probs = torch.randn(needed, 1, len(TOKENS)).log_softmax(-1)

    def loss(frames):
        lengths = torch.tensor([frames]), torch.tensor([len(text)])
        return torch.nn.functional.ctc_loss(log_probs, torch.tensor([text]), *lengths)

    assert loss(needed).isfinite()
    assert not loss(needed - 1).isfinite()


def test_a_text_too_long_for_its_utterance_counts_in_the_error_rates_alone(batch):
    batch["speech_lengths"] = torch.tensor([60, 3])
    model = build().eval()
    records = model.evaluate_batch(**batch)
    assert records["b"]["loss"] == 0.0
    metrics = model.set_metrics(records)
    assert metrics["loss"] == records["a"]["loss"] / 2
    assert metrics["cer"] >= 1 / 6  # BA from one state


def test_error_rates_are_over_the_whole_set_and_count_spaces():
    metrics = CTCModel.set_metrics(
        {
            "long": {"loss": 3.0, "reference": "AB BA", "hypothesis": "ABBA"},
            "short": {"loss": 1.0, "reference": "A", "hypothesis": "B"},
        }
    )
    assert metrics["cer"] == pytest.approx(2 / 6)  # a mean over utterances would be 0.6
    assert metrics["wer"] == pytest.approx(3 / 3)
    assert metrics["loss"] == 2.0


def test_another_branch_is_refused():
    with pytest.raises(ValueError, match="ctc_weight"):
        build(ctc_weight=0.5)
