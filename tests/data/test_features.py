import json
import shutil

import kaldiio
import numpy as np
import pytest
import soundfile

from sentemo.core.errors import SentemoError
from sentemo.data.audio import read_audio
from sentemo.data.extraction import extract
from sentemo.data.features import feature_dim, read_feature_dir
from sentemo.data.filterbank import fbank
from sentemo.data.kaldi import Utterance, read_data_dir
from sentemo.data.preparation import ParsedCorpus, write_data_dir
from sentemo.data.tables import read_table


def mel(hertz):
    return 1127 * np.log(1 + hertz / 700)


@pytest.mark.parametrize("dim", [40, 80])
@pytest.mark.parametrize("hertz", [300, 1000, 4000])
def test_a_tone_is_loudest_in_its_mel_bin(dim, hertz):
    time = np.arange(16000) / 16000
    features = fbank((0.5 * np.sin(2 * np.pi * hertz * time)).astype(np.float32), dim)
    centres = np.linspace(mel(20), mel(8000), dim + 2)[1:-1]
    expected = np.abs(centres - mel(hertz)).argmin()
    assert abs(int(features.mean(axis=0).argmax()) - expected) <= 1


@pytest.mark.parametrize(
    ("samples", "frames"), [(400, 3), (16000, 100), (16079, 100), (16080, 101)]
)
def test_there_is_a_frame_every_ten_milliseconds(samples, frames):
    assert fbank(np.full(samples, 0.1, np.float32), 80).shape == (frames, 80)


def test_values_are_natural_logs_of_energy_on_the_scale_of_16_bits():
    noise = np.random.default_rng(0).uniform(-0.4, 0.4, 16000).astype(np.float32)
    loud, quiet = fbank(noise, 80), fbank(noise / 2, 80)
    np.testing.assert_allclose(loud - quiet, np.log(4), atol=1e-3)
    assert 15 < loud.mean() < 25  # unit-scale samples would give about 20.8 less


def test_feature_types_are_two():
    assert feature_dim("fbank80") == 80
    assert feature_dim("fbank40") == 40
    for misspelt in ("fbank", "fbank81", "mfcc13", "fbank80 "):
        with pytest.raises(SentemoError, match="fbank40 or fbank80"):
            feature_dim(misspelt)


@pytest.fixture(scope="module")
def extracted(tmp_path_factory):
    """A data directory of 24 utterances and its features, made with one process."""
    folder = tmp_path_factory.mktemp("with space")
    rng = np.random.default_rng(0)
    utterances = []
    for index in range(24):
        speaker = f"s{index // 6}"
        audio = folder / f"{index:02}.wav"
        soundfile.write(audio, rng.uniform(-0.4, 0.4, 4000 + 800 * index), 16000)
        utterances.append(Utterance(f"{speaker}-{index:02}", speaker, audio))
    write_data_dir(folder / "data", ParsedCorpus(utterances))
    summary = extract(read_data_dir(folder / "data"), folder / "dump" / "all")
    return folder, utterances, summary


def test_what_is_stored_is_the_features_but_for_compression(extracted):
    folder, utterances, _ = extracted
    features = read_feature_dir(folder / "dump" / "all")
    assert (features.dim, features.feature_type, features.sample_rate) == (80, "fbank80", 16000)
    assert list(features.scp) == [utt.id for utt in utterances]
    for utt in utterances:
        stored = kaldiio.load_mat(features.scp[utt.id])
        exact = fbank(read_audio(utt.audio, 16000), 80)
        assert stored.shape == exact.shape == (features.num_frames[utt.id], 80)
        assert np.abs(stored - exact).max() < 0.25
        assert np.abs(stored - exact).mean() < 0.02


def test_statistics_are_those_of_the_frames(extracted):
    folder, utterances, _ = extracted
    features = read_feature_dir(folder / "dump" / "all")
    wanted = [utt.id for utt in utterances if utt.speaker in ("s0", "s2")]
    matrices = [kaldiio.load_mat(features.scp[utt]) for utt in wanted]
    frames = np.concatenate(matrices).astype(np.float64)
    count, total, square = features.stats(reversed(wanted))
    assert count == len(frames)
    assert total.dtype == square.dtype == np.float64
    np.testing.assert_allclose(total / count, frames.mean(axis=0))
    variance = square / count - (total / count) ** 2
    np.testing.assert_allclose(variance, frames.var(axis=0))


def test_the_table_on_disk_serves_other_tools(extracted):
    folder, _, _ = extracted
    table = read_table(folder / "dump" / "all" / "feats.scp")
    matrices = kaldiio.load_scp(str(folder / "dump" / "all" / "feats.scp"))
    assert matrices["s0-00"].shape == (25, 80)
    assert table["s0-00"].startswith(str(folder))


def test_a_moved_directory_still_reads(extracted, tmp_path):
    folder, _, _ = extracted
    shutil.copytree(folder / "dump" / "all", tmp_path / "moved")
    features = read_feature_dir(tmp_path / "moved")
    assert features.scp["s0-00"].startswith(str(tmp_path / "moved"))
    assert kaldiio.load_mat(features.scp["s0-00"]).shape == (25, 80)


def test_the_summary_counts(extracted):
    folder, _, summary = extracted
    assert summary == json.loads((folder / "dump" / "all" / "feats.json").read_text())
    assert summary["utterances"] == 24
    assert summary["notes"] == []
    assert summary["hours"] == pytest.approx(
        sum(4000 + 800 * i for i in range(24)) / 16000 / 3600, abs=1e-4
    )


def test_no_features_are_named_with_the_remedy(tmp_path):
    with pytest.raises(SentemoError, match="run stage feats"):
        read_feature_dir(tmp_path)
