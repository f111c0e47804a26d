"""Layers that begin at kept states: with the same weights they give the whole encoder's states."""

from types import SimpleNamespace

import pytest
import torch
from tiny_speech import KINDS, extractor_of, noise, speech_model

from sentemo.core.errors import SentemoError
from sentemo.modules.encoders.blstm import BLSTMEncoder
from sentemo.modules.encoders.huggingface import HuggingFaceEncoder, RawSamples
from sentemo.modules.encoders.whisper import WhisperEncoder, WhisperFrontend
from sentemo.modules.lora import merged
from sentemo.modules.tuning import Tuning, begin_at_states

LENGTHS = (8000, 4001, 16000)
WHISPER = {"output_size": 8, "num_layers": 4, "heads": 2, "units": 12}


def whisper(window="utterance"):
    torch.manual_seed(0)
    return WhisperFrontend(window=window), WhisperEncoder(80, **WHISPER, window=window).eval()


def hugging_face(kind):
    config = speech_model(kind).config.to_dict()
    return RawSamples(), HuggingFaceEncoder(1, config, extractor_of(kind).to_dict()).eval()


def model_of(encoder):
    return SimpleNamespace(encoder=encoder, frontend=1, normalize=2, preencoder=3)


def assert_upper_part_is_the_same(frontend, encoder, lengths, tuning, last, tolerance=1e-6):
    """Encode to the start layer, then from there; compare with the whole encoder's layers."""
    features = frontend(*noise(*lengths))
    with torch.no_grad():
        expected, counts = encoder.forward_layers(*features)
        output = encoder.finish(expected[last - 1])
        states, own = encoder.forward_to(*features, tuning.start_layer)
        begin_at_states(model_of(encoder), tuning, last)
        padded = torch.nn.utils.rnn.pad_sequence(states, batch_first=True)
        found, still = encoder.forward_layers(padded, own)
    assert torch.equal(own, counts)
    assert torch.equal(still, counts)
    assert len(found) == last - tuning.start_layer
    for one, other in zip(found, expected[tuning.start_layer : last], strict=True):
        torch.testing.assert_close(one, other, atol=tolerance, rtol=0)
    torch.testing.assert_close(encoder.finish(found[-1]), output, atol=tolerance, rtol=0)


@pytest.mark.parametrize("method", ["full", "lora"])
@pytest.mark.parametrize("kind", KINDS)
def test_upper_layers_of_every_kind_go_on_from_states(kind, method):
    tuning = Tuning(1, method, rank=2)
    assert_upper_part_is_the_same(*hugging_face(kind), LENGTHS, tuning, last=3, tolerance=1e-5)


@pytest.mark.parametrize("method", ["full", "lora"])
@pytest.mark.parametrize("window", ["utterance", "30s"])
def test_whispers_upper_layers_hear_the_silence_of_the_window(window, method):
    lengths = (8000, 16001, 30 * 16000 + 5000)
    tuning = Tuning(2, method, rank=2)
    assert_upper_part_is_the_same(*whisper(window), lengths, tuning, last=4)


def test_what_is_not_read_is_left_out_and_names_stay():
    _, encoder = whisper()
    names = set(dict(encoder.named_parameters()))
    model = model_of(encoder)
    begin_at_states(model, Tuning(2), last=3)
    left = set(dict(encoder.named_parameters()))
    assert left < names
    assert {name.split(".")[1] for name in left} == {"2"}  # the third of four layers
    assert (model.frontend, model.normalize, model.preencoder) == (None, None, None)


@pytest.mark.parametrize("kind", ["wav2vec 2.0 base", "WavLM large", "wav2vec2-BERT", None])
def test_lora_trains_little_and_is_a_plain_encoder_afterwards(kind):
    frontend, encoder = whisper() if kind is None else hugging_face(kind)
    features = frontend(*noise(*LENGTHS))
    states, own = encoder.forward_to(*features, 1)
    padded = torch.nn.utils.rnn.pad_sequence(states, batch_first=True).detach()
    plain = {name: value.clone() for name, value in encoder.state_dict().items()}
    begin_at_states(model_of(encoder), Tuning(1, "lora", rank=2), encoder.num_layers)
    trained = [p for p in encoder.parameters() if p.requires_grad]
    assert 0 < sum(p.numel() for p in trained) < sum(value.numel() for value in plain.values()) / 3
    optimizer = torch.optim.Adam(trained, lr=0.1)
    for _ in range(3):
        optimizer.zero_grad()
        encoder.finish(encoder.forward_layers(padded, own)[0][-1]).square()[:, :5].sum().backward()
        optimizer.step()
    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in trained)
    with torch.no_grad():
        learnt = encoder.forward_layers(padded, own)[0][-1]
    whole = whisper()[1] if kind is None else hugging_face(kind)[1]
    whole.load_state_dict({**plain, **merged(encoder.state_dict())})
    with torch.no_grad():
        again = whole.forward_layers(*features)[0][-1]
    torch.testing.assert_close(again, learnt, atol=1e-4, rtol=1e-4)
    assert not torch.allclose(again, learnt * 0 + padded[:, : again.size(1)], atol=1e-2)


def test_settings_that_cannot_be_are_refused():
    for wrong in ({"start_layer": 0}, {"start_layer": 2, "method": "half"}, {"method": "lora"}):
        with pytest.raises(SentemoError, match="tuning_conf"):
            Tuning.of(wrong)
    with pytest.raises(SentemoError, match="the highest layer that is read is 4"):
        begin_at_states(model_of(whisper()[1]), Tuning(4), last=4)
    with pytest.raises(SentemoError, match="Train the whole encoder"):
        begin_at_states(model_of(BLSTMEncoder(4, 2, 3)), Tuning(1), last=2)
    assert Tuning.of(None) is None
