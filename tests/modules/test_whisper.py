"""Whisper's encoder against Hugging Face's, with a small random model in place of the real one."""

from itertools import pairwise

import pytest
import torch
import transformers
from hypothesis import given
from hypothesis import strategies as st
from tiny_speech import WHISPER

from sentemo.core.errors import SentemoError
from sentemo.modules.encoders.whisper import (
    WHOLE_WINDOW,
    WhisperEncoder,
    WhisperFrontend,
    positions,
    windows_of,
)

OURS = {"output_size": 8, "num_layers": 3, "heads": 2, "units": 12}


@pytest.fixture(scope="module")
def published():
    """A small Whisper as Transformers builds it, with positions as its authors publish them."""
    torch.manual_seed(0)
    config = transformers.WhisperConfig(**WHISPER)
    return transformers.WhisperModel(config).encoder.eval()


def build(published, window):
    encoder = WhisperEncoder(80, **OURS, window=window).eval()
    encoder.load_state_dict(published.state_dict())
    return WhisperFrontend(window=window), encoder


def speech(*seconds):
    torch.manual_seed(1)
    lengths = torch.tensor([round(16000 * s) for s in seconds])
    audio = 0.1 * torch.randn(len(seconds), int(lengths.max()))
    return audio.masked_fill(torch.arange(audio.size(1)) >= lengths[:, None], 0.0), lengths


def encode(model, audio, lengths):
    frontend, encoder = model
    with torch.no_grad():
        return encoder.forward_layers(*frontend(audio, lengths))


@torch.no_grad()
def test_in_windows_of_30_s_every_layer_is_that_of_transformers(published):
    audio, lengths = speech(1.0, 31.5)
    layers, counts = encode(build(published, "30s"), audio, lengths)
    assert counts.tolist() == [50, 1575]
    extract = transformers.WhisperFeatureExtractor()
    for row, first, last in ((0, 0.0, 1.0), (1, 0.0, 30.0), (1, 30.0, 31.5)):
        window = audio[row, int(first * 16000) : int(last * 16000)].numpy()
        mel = extract(window, return_tensors="pt", sampling_rate=16000)["input_features"]
        expected = published(mel, output_hidden_states=True).hidden_states
        begin, end = int(first * 50), int(last * 50)
        for ours, theirs in zip(layers[:2], expected[1:3], strict=True):
            torch.testing.assert_close(
                ours[row, begin:end], theirs[0, : end - begin], atol=1e-4, rtol=1e-4
            )


@torch.no_grad()
def test_the_output_is_the_normalised_last_layer_as_in_transformers(published):
    audio, lengths = speech(1.0)
    frontend, encoder = build(published, "30s")
    states, counts, _ = encoder(*frontend(audio, lengths))
    mel = transformers.WhisperFeatureExtractor()(
        audio[0].numpy(), return_tensors="pt", sampling_rate=16000
    )["input_features"]
    expected = published(mel).last_hidden_state[0, : counts[0]]
    torch.testing.assert_close(states[0], expected, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("window", ["utterance", "30s"])
def test_no_utterance_depends_on_its_neighbours(published, window):
    model = build(published, window)
    audio, lengths = speech(0.5, 0.013, 1.2)
    layers, counts = encode(model, audio, lengths)
    for row, length in enumerate(lengths.tolist()):
        alone, count = encode(model, audio[row : row + 1, :length], lengths[row : row + 1])
        assert count.item() == counts[row]
        assert torch.equal(layers[-1][row, :count], alone[-1][0])
        assert not layers[-1][row, count:].any()


def test_a_short_window_is_the_utterance_and_a_second_of_silence(published):
    audio, lengths = speech(2.0)
    silent = torch.nn.functional.pad(audio, (0, 16000))
    energies, _ = WhisperFrontend(window="utterance")(audio, lengths)
    whole, _ = WhisperFrontend(window="30s")(silent, lengths + 16000)
    torch.testing.assert_close(energies[0], whole[0, :300], atol=0.05, rtol=0)  # but at its end
    torch.testing.assert_close(energies[0, :298], whole[0, :298])
    layers, counts = encode(build(published, "utterance"), audio, lengths)
    assert layers[0].shape == (1, 100, 8)
    assert counts.tolist() == [100]


@given(st.integers(0, 3 * WHOLE_WINDOW), st.sampled_from(["utterance", "30s"]))
def test_windows_join_cover_the_utterance_and_are_never_longer_than_learnt(frames, window):
    windows = windows_of(frames, window)
    assert windows[0][0] == 0
    assert all(end == start for (_, end), (start, _) in pairwise(windows))
    assert all(0 < end - start <= WHOLE_WINDOW for start, end in windows)
    assert windows[-1][1] >= frames > windows[-1][0] or frames == 0


def test_the_positions_are_those_of_the_published_model(published):
    torch.testing.assert_close(positions(8), published.embed_positions.weight.detach())


@pytest.mark.parametrize("cls", [WhisperFrontend, lambda window: WhisperEncoder(80, window=window)])
def test_an_unknown_window_is_refused(cls):
    with pytest.raises(SentemoError, match="window: 'short'; choose utterance or 30s"):
        cls(window="short")


def test_another_sampling_rate_is_refused():
    with pytest.raises(SentemoError, match="fs: 8000; Whisper hears 16000 Hz"):
        WhisperFrontend(fs=8000)
