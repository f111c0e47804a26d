import pytest
import torch
from espnet2.asr.ctc import CTC

from sentemo.encoders.blstm import BLSTMEncoder
from sentemo.models.ctc import CTCModel
from sentemo.preencoders.frame_stacking import FrameStacking

TOKENS = ["<blank>", "<unk>", "<space>", "A", "B", "<sos/eos>"]


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


def test_the_loss_is_summed_per_utterance_and_averaged_over_the_batch(batch):
    model = build().eval()
    records = model.evaluate_batch(**batch)
    loss, _, _ = model(**batch)
    assert loss.item() == pytest.approx((records["a"]["loss"] + records["b"]["loss"]) / 2, rel=1e-5)


def test_references_keep_their_spaces(batch):
    records = build().evaluate_batch(**batch)
    assert [records[name]["reference"] for name in "ab"] == ["A BB", "BA"]


def test_repeats_collapse_unless_a_blank_is_between():
    assert build()._collapse([0, 3, 3, 0, 3, 4, 4, 0]) == [3, 3, 4]


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
