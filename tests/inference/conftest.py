"""Trained experiments, their archives, and recordings; each made once."""

import numpy as np
import pytest
import soundfile
from scipy.signal import lfilter
from small_experiments import CNN, COMMON, ENCODER, train_separate, train_shared

RATE = 16000


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture(scope="session")
def work(tmp_path_factory):
    return tmp_path_factory.mktemp("my work")


@pytest.fixture(scope="session")
def separate(work):
    """Class and dimensions, folds one by one, an attention."""
    return train_separate(work / "separate", {**COMMON, **ENCODER}, dimensions=True)


@pytest.fixture(scope="session")
def convolutional(work):
    """A CNN with batch normalisation and pooling, of classes alone."""
    return train_separate(work / "convolutional", CNN)


@pytest.fixture(scope="session")
def shared(work):
    """All folds upon one frozen encoder."""
    return train_shared(work / "shared")


@pytest.fixture(scope="session")
def packed(shared, work):
    """The archive of `shared`."""
    from sentemo.inference.pack import pack_experiment

    pack_experiment(shared, work / "model.zip")
    return work / "model.zip"


@pytest.fixture(scope="session")
def whisper(work):
    """A directory with a small Whisper of random weights."""
    from small_whisper import write_small_whisper

    return write_small_whisper(work / "whisper")


@pytest.fixture
def recording(tmp_path):
    """Write noise of so many seconds, dull enough for speech; it is louder in the middle."""

    def write(name="noise.wav", seconds=1.0, rate=RATE, channels=1, **options):
        draw = np.random.default_rng(3)
        samples = draw.uniform(-0.3, 0.3, (round(seconds * rate), channels))
        samples = 0.3 * lfilter([1], [1, -0.95], samples, axis=0)
        samples *= np.hanning(len(samples) + 2)[1:-1, None]
        soundfile.write(tmp_path / name, samples, rate, **options)
        return tmp_path / name

    return write
