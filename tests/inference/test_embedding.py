"""Arrays of recordings: those of emotion models' encoders, and of long recordings."""

import numpy as np
import pytest
import soundfile
from small_experiments import RATE

from sentemo.data.audio import read_audio
from sentemo.inference import embedding
from sentemo.inference.checkpoint_files import files_of_experiment
from sentemo.inference.embedding import Embedder, find_upstream
from sentemo.inference.ensemble import build_ensemble
from sentemo.states.encoder import FrozenEncoder
from sentemo.upstreams import Upstream


@pytest.fixture
def long_recording(tmp_path):
    """70 seconds of noise that gets louder."""
    samples = np.random.default_rng(5).uniform(-0.3, 0.3, 70 * RATE + 123)
    soundfile.write(tmp_path / "long.wav", samples * np.linspace(0.1, 1, len(samples)), RATE)
    return tmp_path / "long.wav"


def test_a_packed_model_and_its_experiment_give_the_states_of_their_encoder(
    shared, packed, work, recording
):
    path = recording()
    found = {}
    for model in (shared, packed, work / "asr"):
        embedder = Embedder(find_upstream(str(model)), "last", "none")
        found[model] = embedder(embedder.open(path))
    (expected,) = FrozenEncoder(Upstream(work / "asr")).states([read_audio(path, RATE)])
    for values in found.values():
        np.testing.assert_allclose(values, expected[-1], atol=1e-5)


def test_an_encoder_that_was_trained_on_emotions_is_the_experiments(separate, recording):
    embedder = Embedder(find_upstream(str(separate)), "last", "none")
    network, _ = build_ensemble(files_of_experiment(separate), "separate")
    expected = network.models[0].encoder.state_dict()
    for name, values in embedder.encoder.encoder.state_dict().items():
        assert values.equal(expected[name])
    assert embedder(embedder.open(recording())).shape[1] == embedder.encoder.output_size


@pytest.mark.parametrize("window", ["utterance", "30s"])
def test_parts_of_a_long_recording_are_the_windows_of_whisper(long_recording, monkeypatch, window):
    embedder = Embedder(find_upstream("built-in", window), "2", "none")
    whole = embedder(embedder.open(long_recording))
    monkeypatch.setattr(embedding, "LONGEST_WHOLE", 40.0)
    assert embedder.open(long_recording).duration > 40
    np.testing.assert_allclose(embedder(embedder.open(long_recording)), whole, atol=1e-4)


def test_parts_of_a_long_recording_fit_together_for_any_encoder(
    convolutional, long_recording, monkeypatch
):
    """A convolution hears little beyond a state, so that parts with context equal the whole."""
    upstream = find_upstream(str(convolutional))
    found = {}
    for longest in (300.0, 40.0):
        monkeypatch.setattr(embedding, "LONGEST_WHOLE", longest)
        for pooling in ("none", "mean_std"):
            embedder = Embedder(upstream, "last", pooling)
            found[longest, pooling] = embedder(embedder.open(long_recording))
    for pooling in ("none", "mean_std"):
        whole, parts = found[300.0, pooling], found[40.0, pooling]
        assert parts.dtype == np.float32
        np.testing.assert_allclose(parts, whole, atol=1e-4)
