import pytest
import torch

from sentemo.core.errors import SentemoError
from sentemo.models.encoding import EncoderParts
from sentemo.models.reading import LayerSum
from sentemo.models.ser import SpeechEmotionModel
from sentemo.modules.decoders.rnn_attention import RNNAttentionDecoder
from sentemo.modules.encoders.blstm import BLSTMEncoder
from sentemo.modules.specaug import KeyedSpecAug


def build(encoder, postencoder=None, **settings):
    torch.manual_seed(0)
    specaug = KeyedSpecAug(time_mask_width=8, freq_mask_width=3)
    return SpeechEmotionModel(
        EncoderParts(encoder, specaug=specaug, postencoder=postencoder),
        labels=["happy", "sad"],
        decoder=RNNAttentionDecoder(encoder.output_size(), units=4, heads=2, head_size=3),
        **settings,
    )


@pytest.fixture
def encoder():
    torch.manual_seed(0)
    return BLSTMEncoder(8, num_layers=3, units=5, dropout=0.5)


@pytest.fixture
def speech():
    torch.manual_seed(1)
    return torch.randn(2, 20, 8), torch.tensor([20, 11])


def test_layer_n_of_our_encoder_is_the_output_of_one_with_n_layers(encoder, speech):
    for number in (1, 2, 3):
        lower = BLSTMEncoder(8, num_layers=number, units=5)
        lower.load_state_dict(encoder.state_dict(), strict=False)
        states, lengths = build(encoder, encoder_layer=number).eval().encode(*speech)
        assert torch.equal(states, lower(*speech)[0])
        assert torch.equal(lengths, speech[1])


def test_the_last_layer_is_what_is_seen_without_the_option(encoder, speech):
    expected, _ = build(encoder).eval().encode(*speech)
    assert torch.equal(build(encoder, encoder_layer=3).eval().encode(*speech)[0], expected)


def test_the_weights_of_a_sum_start_equal_and_learn_upon_a_frozen_encoder(encoder, speech):
    model = build(encoder, encoder_layer="weighted", freeze_encoder=True)
    layers, _ = encoder.eval().forward_layers(*speech)
    states, _ = model.eval().encode(*speech)
    torch.testing.assert_close(model.reader.merge(states), torch.stack(layers).mean(dim=0))
    model.train()(*speech, label=torch.tensor([[0], [1]]), utt_id=["a", "b"])[0].backward()
    assert model.reader.merge.logits.grad.any()
    assert not any(parameter.requires_grad for parameter in encoder.parameters())


def test_weights_are_positive_and_sum_to_one():
    summed = LayerSum(3)
    summed.logits.data = torch.tensor([-5.0, 0.0, 3.0])
    weights = summed(torch.eye(3)[None, None])[0, 0]
    assert (weights > 0).all()
    assert weights.sum().item() == pytest.approx(1)


@pytest.mark.parametrize("layer", [0, 4, -1, "second"])
def test_layers_that_there_are_not_are_refused(layer, encoder):
    with pytest.raises(SentemoError, match=r"has 3 layers: give last, .* a number from 1 to 3"):
        build(encoder, encoder_layer=layer)
