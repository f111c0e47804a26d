import resource
import signal
import subprocess
import sys

import kaldiio
import numpy as np
import pytest
import soundfile

from sentemo.core.errors import SentemoError
from sentemo.data import extraction
from sentemo.data.extraction import extract
from sentemo.data.features import read_feature_dir
from sentemo.data.filterbank import fbank
from sentemo.data.kaldi import Utterance, read_data_dir
from sentemo.launch.workers import LocalWorkers


def files_of(folder):
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def test_the_number_of_processes_changes_nothing(small_data_dir, tmp_path, monkeypatch):
    monkeypatch.setattr(extraction, "UTTERANCES_PER_ARK", 3)
    utterances = read_data_dir(small_data_dir)
    extract(utterances, tmp_path / "all", workers=LocalWorkers(1))
    one = files_of(tmp_path / "all")
    extract(utterances[::-1], tmp_path / "all", workers=LocalWorkers(3))
    assert files_of(tmp_path / "all") == one
    archives = [name for name in one if name.endswith(".ark")]
    assert archives == ["feats.1.ark", "feats.2.ark", "feats.3.ark"]


def test_all_bad_audio_is_named_and_nothing_is_written(small_data_dir, tmp_path, make_audio):
    short = make_audio(tmp_path / "short.wav", seconds=0.02)
    nan = tmp_path / "nan.wav"
    soundfile.write(nan, np.full(8000, np.nan), 16000, subtype="FLOAT")
    broken = make_audio(tmp_path / "broken.flac", seconds=2)
    broken.write_bytes(broken.read_bytes()[:-20000])
    utterances = [
        *read_data_dir(small_data_dir),
        Utterance("x1", "a", short),
        Utterance("x2", "a", nan),
        Utterance("x3", "a", broken),
    ]
    with pytest.raises(SentemoError) as error:
        extract(utterances, tmp_path / "dump" / "all")
    message = str(error.value)
    assert "3 problems" in message
    assert "short.wav: 320 samples, less than one 25 ms window" in message
    assert "nan.wav: samples that are NaN" in message
    assert "x3" in message
    assert list((tmp_path / "dump").iterdir()) == []


def test_other_rates_and_channels_are_refused_or_counted(small_data_dir, tmp_path, make_audio):
    utterances = [
        *read_data_dir(small_data_dir),
        Utterance("x1", "a", make_audio(tmp_path / "stereo.wav", 0.5, 16000, 2)),
        Utterance("x2", "a", make_audio(tmp_path / "cd.wav", 0.5, 44100, 2)),
    ]
    with pytest.raises(SentemoError) as error:
        extract(utterances, tmp_path / "all")
    assert "not 16000 Hz mono: 2" in str(error.value)
    assert "cd.wav" in str(error.value)
    assert "--convert_audio true" in str(error.value)

    summary = extract(utterances, tmp_path / "all", convert=True)
    assert summary["utterances"] == 10
    assert summary["notes"] == [
        "downmixed from 2 channels to 1: 2 recordings",
        "resampled from 44100 Hz to 16000 Hz: 1 recording",
    ]


def test_segments_are_the_frames_of_their_part(tmp_path, make_audio):
    audio = make_audio(tmp_path / "call.wav", seconds=2)
    parts = [
        Utterance("s-1", "s", audio, start=0.0, end=0.5, recording="call"),
        Utterance("t-2", "t", audio, start=0.5, end=2.0, recording="call"),
    ]
    extract(parts, tmp_path / "all")
    assert read_feature_dir(tmp_path / "all").num_frames == {"s-1": 50, "t-2": 150}


def test_a_directory_of_somebody_else_is_not_replaced(small_data_dir):
    with pytest.raises(SentemoError, match="not an earlier output"):
        extract(read_data_dir(small_data_dir), small_data_dir)
    assert len(read_data_dir(small_data_dir)) == 8


def command(data, dest):
    return [
        *(sys.executable, "-m", "sentemo.bin.extract_features"),
        *("--data", str(data), "--dest", str(dest), "--nj", "1"),
    ]


def test_a_full_disk_is_one_message_and_leaves_nothing(small_data_dir, tmp_path):
    def allow_small_files():
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # writing fails, as it does on a full disk

    dest = tmp_path / "dump" / "all"
    run = subprocess.run(
        command(small_data_dir, dest),
        preexec_fn=allow_small_files,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 1
    assert "error: " in run.stderr
    assert "File too large" in run.stderr
    assert "Traceback" not in run.stderr
    assert list(dest.parent.iterdir()) == []


def test_a_killed_extraction_leaves_nothing_that_looks_finished(small_data_dir, tmp_path):
    dest = tmp_path / "dump" / "all"
    with subprocess.Popen(
        command(small_data_dir, dest), stderr=subprocess.PIPE, text=True
    ) as process:
        assert "features" in process.stderr.read(12)  # the progress bar: it has begun
        process.kill()
        process.stderr.read()  # ends only when the workers, who share it, have ended too
    assert not dest.exists()
    subprocess.run(command(small_data_dir, dest), check=True, capture_output=True)
    assert (dest / "feats.scp").is_file()


def test_a_channel_is_taken_and_not_mixed(tmp_path, make_audio):
    audio = make_audio(tmp_path / "call.wav", seconds=1, channels=2)
    sides = [Utterance(f"{s}-1", s, audio, channel=c) for c, s in enumerate("ab")]
    summary = extract(sides, tmp_path / "all")
    assert summary["notes"] == []
    features = read_feature_dir(tmp_path / "all")
    both, _ = soundfile.read(audio, dtype="float32")
    for side in sides:
        stored = kaldiio.load_mat(features.scp[side.id])
        assert np.abs(stored - fbank(both[:, side.channel], 80)).max() < 0.25
    with pytest.raises(SentemoError, match="not 16000 Hz mono: 1"):
        extract([*sides, Utterance("c-1", "c", audio)], tmp_path / "all")
