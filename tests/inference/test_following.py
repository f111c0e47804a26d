"""Sound that is still arriving: every hop has its line, memory is bounded, errors have words."""

import json
import os
import subprocess
import sys
import tracemalloc
from itertools import repeat

import numpy as np
import pytest
import soundfile

from sentemo.bin.predict import main
from sentemo.core.errors import SentemoError
from sentemo.inference import SpeechEmotion
from sentemo.inference.following import recent_windows
from sentemo.inference.sample_stream import SampleFormat, SampleStream, reader_of

RATE = 16000


@pytest.mark.parametrize("length", [1, 7, 100, 1000])
def test_windows_are_the_last_seconds_however_the_blocks_are_cut(length):
    signal = np.arange(1050)
    blocks = [signal[first : first + length] for first in range(0, len(signal), length)]
    found = [(start, *samples[[0, -1]]) for start, samples in recent_windows(blocks, 100, 4, 2)]
    assert found == [
        *((0, 0, 199), (0, 0, 399), (2, 200, 599), (4, 400, 799), (6, 600, 999)),
        (6.5, 650, 1049),
    ]


def test_a_window_is_there_before_the_next_block_is_asked_for():
    asked = []

    def blocks():
        for number in range(5):
            asked.append(number)
            yield np.full(100, number)

    windows = recent_windows(blocks(), 100, 2, 1)
    for number in range(5):
        _, samples = next(windows)
        assert samples[-1] == number
        assert asked == [*range(number + 1)]


def test_an_hour_needs_no_more_memory_than_a_window():
    blocks = repeat(np.zeros(RATE, np.float32), 3600)
    tracemalloc.start()
    count = sum(1 for _ in recent_windows(blocks, RATE, 4, 1))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert count == 3600
    assert peak < 2e6


@pytest.mark.parametrize(("window", "hop"), [(2, 3), (2, 0), (2, 1e-9)])
def test_windows_that_pass_over_something_are_refused(window, hop):
    with pytest.raises(SentemoError, match="do not cover"):
        next(recent_windows([np.zeros(9)], RATE, window, hop))


def in_pieces(data, size):
    """Return a function that reads so many bytes at a time."""
    pieces = iter([*(data[n : n + size] for n in range(0, len(data), size)), b""])
    return lambda: next(pieces)


@pytest.mark.parametrize("size", [1, 5, 4096])
@pytest.mark.parametrize("subtype", ["PCM_U8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE"])
def test_a_wav_is_read_as_libsndfile_reads_it(recording, size, subtype):
    path = recording(seconds=0.02, channels=2, subtype=subtype)
    stream = SampleStream(in_pieces(path.read_bytes(), size))
    assert (stream.format.rate, stream.format.channels) == (RATE, 2)
    found = np.concatenate([*stream.blocks()])
    expected, _ = soundfile.read(path, dtype="float64")
    kind = found.dtype
    if kind == np.uint8:
        found = (found - 128.0) / 128
    elif kind.kind == "i":
        found = found / (np.iinfo(kind).max + 1)
    np.testing.assert_allclose(found, expected, atol=1e-7)


def wav(samples, announced=None):
    header = b"fmt \x10\0\0\0" + np.array([1, 1], "<u2").tobytes()
    header += np.array([8000, 16000], "<u4").tobytes() + np.array([2, 16], "<u2").tobytes()
    data = samples.astype("<i2").tobytes()
    size = np.array([len(data) if announced is None else announced], "<u4").tobytes()
    return b"RIFF\xff\xff\xff\xffWAVE" + b"LIST\x03\0\0\0abc\0" + header + b"data" + size + data


def samples_of(stream):
    return np.concatenate([*stream.blocks()])[:, 0].tolist()


@pytest.mark.parametrize("announced", [0, 0xFFFFFFFF, 0x7FFFF000])
def test_a_header_of_unknown_length_has_samples_to_the_end(announced):
    data = wav(np.arange(9), announced)
    assert samples_of(SampleStream(in_pieces(data, 7))) == [*range(9)]


def test_tags_behind_the_samples_are_no_samples_unless_the_file_grows():
    data = wav(np.arange(9)) + b"LIST\x04\0\0\0abcd"
    assert samples_of(SampleStream(in_pieces(data, 7))) == [*range(9)]
    assert len(samples_of(SampleStream(in_pieces(data, 7), is_growing=True))) == 15


@pytest.mark.parametrize(
    ("data", "raw", "message"),
    [
        (b"", None, "empty: no samples arrived"),
        (b"fLaC" + bytes(99), None, "FLAC, which cannot be followed"),
        (wav(np.arange(9))[:30], None, "ends within the header"),
        (wav(np.arange(9)).replace(b"fmt ", b"fmx "), None, "names no format"),
        (wav(np.arange(9)).replace(b"\x10\0\0\0\1\0", b"\x10\0\0\0\7\0"), None, "encoding 7 in 16"),
        (wav(np.arange(9)), "8000", "leave --raw out"),
    ],
)
def test_what_cannot_be_followed_is_said(data, raw, message):
    with pytest.raises(SentemoError, match=message):
        SampleStream(in_pieces(data, 16), SampleFormat.parse(raw) if raw else None)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("fast", "RATE,ENCODING,CHANNELS"),
        ("8000,s16le,2,9", "RATE,ENCODING,CHANNELS"),
        ("8000,mp3", "known encodings are"),
        ("10,s16le", "no sample rate of speech"),
        ("8000,s16le,0", "0 channels"),
        ("9" * 5000, "RATE,ENCODING,CHANNELS"),
    ],
)
def test_a_wrong_format_is_refused(text, message):
    with pytest.raises(SentemoError, match=message):
        SampleFormat.parse(text)


def test_what_is_added_to_a_file_is_read(tmp_path):
    path = tmp_path / "growing.raw"
    path.write_bytes(b"ab")
    read = reader_of(path, patience=0.0)
    assert read() == b"ab"
    with path.open("ab") as more:
        more.write(b"cd")
    assert read() == b"cd"
    assert read() == b""


@pytest.fixture
def model(packed):
    return SpeechEmotion.from_pretrained(packed)


def test_the_generator_says_what_a_call_says_of_each_window(model):
    signal = np.random.default_rng(0).uniform(-0.3, 0.3, 3 * RATE).astype(np.float32)
    signal[RATE : 2 * RATE] = 0
    found = list(model.follow(np.array_split(signal, 7), RATE, window=1, hop=1))
    assert [span for span, _ in found] == [(0, 1), (1, 2), (2, 3)]
    assert found[1][1] is None
    for (start, end), result in (found[0], found[2]):
        part = signal[int(start * RATE) : int(end * RATE)]
        assert result.probabilities == pytest.approx(model(part, RATE).probabilities)
        assert (result.start, result.end) == (start, end)


def test_a_hop_too_short_for_the_model_is_refused(model):
    with pytest.raises(SentemoError, match=r"a hop of 0\.001 s is too short"):
        next(model.follow([np.zeros(RATE)], RATE, hop=0.001))


@pytest.fixture
def follow(packed, capsys):
    def run(*arguments):
        with pytest.raises(SystemExit) as end:
            main([str(packed), "--follow", *map(str, arguments)])
        found = capsys.readouterr()
        return end.value.code, found.out.splitlines(), found.err

    return run


def test_every_hop_of_a_growing_file_has_a_line(follow, recording):
    path = recording(seconds=2.5, rate=8000, channels=2)
    status, lines, errors = follow(path, "--patience", 0.01, "--json", "--window", 2, "--hop", 1)
    assert (status, errors) == (0, "")
    times = [(found["start"], found["end"]) for found in map(json.loads, lines)]
    assert times == [(0, 1), (0, 2), (0.5, 2.5)]


def test_silence_has_a_line_too(follow, tmp_path):
    path = tmp_path / "silent.raw"
    path.write_bytes(bytes(2 * RATE * 2))
    status, lines, _ = follow(path, "--patience", 0.01)
    assert status == 0
    assert [line.split()[-3:] for line in lines[1:]] == [
        ["0:00.0", "0:01.0", "silence"],
        ["0:00.0", "0:02.0", "silence"],
    ]
    _, lines, _ = follow(path, "--patience", 0.01, "--json")
    assert json.loads(lines[0]) == {"file": str(path), "start": 0, "end": 1, "silence": True}


def test_samples_on_another_scale_end_it_with_words(follow, tmp_path):
    path = tmp_path / "floats.raw"
    path.write_bytes((np.arange(RATE) % 300).astype("<f4").tobytes())
    status, _, errors = follow(path, "--patience", 0.01, "--raw", "16000,f32le")
    assert status == 1
    assert "floats on the scale of integers" in errors


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--pauses"], "--pauses needs a whole recording"),
        (["--adapt"], "--adapt needs a whole recording"),
        (["--channels", "apart"], "--channels apart needs a whole recording"),
        (["b.wav"], "--follow hears one recording, these are 2"),
        (["--raw", "8000,mp3"], "known encodings"),
    ],
)
def test_options_that_need_the_whole_recording_are_refused(follow, options, message):
    status, _, errors = follow("a.wav", *options)
    assert status == 2
    assert message in errors


def test_a_slow_pipe_that_ends_within_a_sample_has_its_lines_at_once(packed):
    """The next second is written when the line of the last one was read."""
    command = [sys.executable, "-m", "sentemo.bin.main", "predict", str(packed), "--follow", "-"]
    second = np.random.default_rng(0).integers(-3000, 3000, RATE).astype("<i2").tobytes()
    with subprocess.Popen(
        [*command, "--json"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        for number in range(3):
            process.stdin.write(second)
            process.stdin.flush()
            assert json.loads(process.stdout.readline())["end"] == number + 1
        os.write(process.stdin.fileno(), b"x")
        process.stdin.close()
        assert process.stdout.read() == b""
        assert b"it ends within a sample: 1 of 2 bytes" in process.stderr.read()
    assert process.returncode == 0
