"""Raw audio as a feature type, as ESPnet's data pipeline reads it."""

import kaldiio
import numpy as np
import pytest
import soundfile
from espnet2.train.dataset import kaldi_loader

from sentemo.core.errors import SentemoError
from sentemo.data.extraction import extract
from sentemo.data.features import feature_dim, raw_rate, raw_type, read_feature_dir
from sentemo.data.kaldi import Utterance


@pytest.fixture
def stereo(tmp_path):
    """Two seconds of two different channels, a call at 8 kHz."""
    path = tmp_path / "my calls" / "call.wav"
    path.parent.mkdir()
    draw = np.random.default_rng(0)
    samples = draw.integers(-32768, 32768, (16000, 2), dtype=np.int16)
    soundfile.write(path, samples, 8000)
    return path, samples


def test_segments_and_channels_keep_every_bit(stereo, tmp_path):
    path, samples = stereo
    parts = [
        Utterance("a-1", "a", path, start=0.0, end=0.5, recording="call-A", channel=0),
        Utterance("b-1", "b", path, start=0.5, end=2.0, recording="call-B", channel=1),
    ]
    summary = extract(parts, tmp_path / "raw", "raw8000")
    features = read_feature_dir(tmp_path / "raw")
    assert (features.sample_rate, features.dim, summary["notes"]) == (8000, 80, [])
    assert features.num_frames == {"a-1": 50, "b-1": 150}
    heard = kaldi_loader(str(tmp_path / "raw" / "feats.scp"), "float32")
    assert heard["a-1"].dtype == np.float32
    np.testing.assert_array_equal(heard["a-1"], samples[:4000, 0] / 32768)
    np.testing.assert_array_equal(heard["b-1"], samples[4000:, 1] / 32768)


def test_another_rate_or_two_channels_need_conversion(stereo, tmp_path):
    whole = [Utterance("a-1", "a", stereo[0])]
    with pytest.raises(SentemoError, match="not 16000 Hz mono: 1"):
        extract(whole, tmp_path / "raw", "raw")
    summary = extract(whole, tmp_path / "raw", "raw", convert=True)
    assert summary["notes"] == [
        "downmixed from 2 channels to 1: 1 recording",
        "resampled from 8000 Hz to 16000 Hz: 1 recording",
    ]
    rate, samples = kaldiio.load_mat(read_feature_dir(tmp_path / "raw").scp["a-1"])
    assert (rate, len(samples)) == (16000, 32000)
    assert summary["hours"] == pytest.approx(2 / 3600, abs=1e-4)


def test_what_passes_full_scale_is_clipped_and_does_not_wrap(tmp_path):
    path = tmp_path / "loud.wav"
    soundfile.write(path, np.array([1.5, -1.5] * 400), 16000, subtype="FLOAT")
    extract([Utterance("a-1", "a", path)], tmp_path / "raw", "raw")
    _, samples = kaldiio.load_mat(read_feature_dir(tmp_path / "raw").scp["a-1"])
    assert (samples[::2] > 0.99).all()
    assert (samples[1::2] == -1).all()


def test_the_last_frame_may_be_a_part_and_lengths_mean_what_they_mean_for_features(tmp_path):
    path = tmp_path / "odd.wav"
    soundfile.write(path, np.tile([0.1, -0.1], 8001)[:16001], 16000)
    extract([Utterance("a-1", "a", path)], tmp_path / "raw", "raw")
    assert read_feature_dir(tmp_path / "raw").num_frames == {"a-1": 101}
    assert feature_dim("raw") == 160


def test_the_rate_is_part_of_the_types_name():
    for rate, name in ((16000, "raw"), (8000, "raw8000"), (22050, "raw22050")):
        assert raw_type(rate) == name
        assert raw_rate(name) == rate
    for other in ("fbank80", "raw8", "raw08000", "rawest"):
        assert raw_rate(other) is None
    with pytest.raises(SentemoError, match="for raw audio raw"):
        feature_dim("raw8")
