"""Speech encoders of Transformers: every layer is Transformers' own, and of one utterance alone."""

import pytest
import torch
from espnet.nets.pytorch_backend.transformer.subsampling import TooShortUttError
from tiny_speech import KINDS, SHORTEST, extractor_of, noise, speech_model, states_by_transformers

from sentemo.core.errors import SentemoError
from sentemo.models.encoding import PADDING_PROOF
from sentemo.models.layers import encode_layers, layer_count
from sentemo.modules.encoders.huggingface import HuggingFaceEncoder, RawSamples

UNIFIED = ("UniSpeech", "UniSpeech-SAT")
LENGTHS = (8000, 4001, 16000, 5121)


@pytest.fixture(params=KINDS)
def pair(request):
    """One of the kinds by Transformers and by us, with the same weights; and its name."""
    theirs = speech_model(request.param)
    ours = HuggingFaceEncoder(1, theirs.config.to_dict(), extractor_of(request.param).to_dict())
    weights = theirs.state_dict()
    weights.pop("masked_spec_embed")
    ours.model.load_state_dict(weights)
    return theirs, ours.eval(), request.param


def encode(encoder, speech, lengths):
    with torch.no_grad():
        return encoder.forward_layers(*RawSamples()(speech, lengths))


@torch.no_grad()
def test_every_layer_and_the_output_are_those_of_transformers(pair):
    theirs, ours, kind = pair
    speech, lengths = noise(*LENGTHS)
    samples = RawSamples()(speech, lengths)
    layers, finished, counts = encode_layers(ours, *samples)
    states, of_output, _ = ours(*samples)
    assert torch.equal(of_output, counts)
    assert ours.finishes == ("large" in kind or kind in ("Conformer", *UNIFIED))
    assert layer_count(ours) == len(layers) == 3
    assert ours.output_size() == layers[0].size(-1) == states.size(-1) == 16
    for row, length in enumerate(LENGTHS):
        output, expected = states_by_transformers(theirs, kind, speech[row, :length])
        assert len(expected[1]) == counts[row]
        for layer, theirs_of_layer in zip(layers, expected[1:], strict=True):
            assert_close(layer[row, : counts[row]], theirs_of_layer)
        assert_close(states[row, : counts[row]], output)
        assert_close(finished[row, : counts[row]], output)


def assert_close(ours, theirs):
    torch.testing.assert_close(ours, theirs, atol=1e-5, rtol=0)


def test_no_utterance_depends_on_its_neighbours(pair):
    _, encoder, _ = pair
    speech, lengths = noise(*LENGTHS)
    layers, counts = encode(encoder, speech, lengths)
    for row, length in enumerate(LENGTHS):
        alone, count = encode(encoder, speech[row : row + 1, :length], lengths[row : row + 1])
        assert count.item() == counts[row]
        for of_batch, of_one in zip(layers, alone, strict=True):
            assert torch.equal(of_batch[row, :count], of_one[0])
            assert not of_batch[row, count:].any()
    assert isinstance(encoder, PADDING_PROOF)
    assert isinstance(RawSamples(), PADDING_PROOF)


def test_what_is_too_short_for_one_state_is_refused(pair):
    theirs, encoder, _ = pair
    enough = SHORTEST.get(theirs.config.model_type, 165)
    assert encode(encoder, *noise(enough))[1].tolist() == [1]
    for too_few in (1, 100, enough - 1):
        with pytest.raises(TooShortUttError, match=f"{too_few} samples are too few for one state"):
            encode(encoder, *noise(enough, too_few))


def test_what_transformers_cannot_build_is_refused():
    with pytest.raises(SentemoError, match=r"of a bert: a model of type 'bert'.*wavlm"):
        HuggingFaceEncoder(1, {"model_type": "bert"}, {})
    described = speech_model("HuBERT base").config.to_dict()
    with pytest.raises(SentemoError, match=r"Transformers 5\..* cannot build it \("):
        HuggingFaceEncoder(1, {**described, "num_attention_heads": 5}, {})
