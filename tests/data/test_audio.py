import numpy as np
import pytest
import soundfile

from sentemo.core.errors import SentemoError
from sentemo.data.audio import (
    AudioHeader,
    audio_fingerprint,
    conversions,
    read_audio,
    read_header,
    read_headers,
    sound_level,
)

RATE = 16000


def test_samples_are_mono_float32_at_full_scale_one(tmp_path):
    soundfile.write(tmp_path / "x.wav", np.array([0, 16384, -32768], np.int16), RATE)
    samples = read_audio(tmp_path / "x.wav", RATE)
    assert samples.dtype == np.float32
    np.testing.assert_array_equal(samples, [0, 0.5, -1])


def test_a_part_is_cut_out_by_its_times(tmp_path, make_audio):
    path = make_audio(tmp_path / "x.wav", seconds=1)
    whole = read_audio(path, RATE)
    np.testing.assert_array_equal(read_audio(path, RATE, start=0.25, end=0.5), whole[4000:8000])
    np.testing.assert_array_equal(read_audio(path, RATE, start=0.9, end=1.04), whole[14400:])
    with pytest.raises(SentemoError, match=r"no samples from 1\.2 s"):
        read_audio(path, RATE, start=1.2, end=1.3)


@pytest.mark.parametrize(("rate", "channels"), [(44100, 1), (16000, 2), (8000, 2)])
def test_other_audio_is_refused_unless_converted(tmp_path, make_audio, rate, channels):
    path = make_audio(tmp_path / "my x.wav", 0.5, rate, channels)
    with pytest.raises(SentemoError, match=r"my x.wav: .*--convert_audio true"):
        read_audio(path, RATE)
    assert read_audio(path, RATE, convert=True).shape == (8000,)


def test_conversion_keeps_the_sound(tmp_path):
    def tone(rate):
        return 0.5 * np.sin(2 * np.pi * 440 * np.arange(rate) / rate)

    soundfile.write(tmp_path / "x.wav", np.stack([2 * tone(44100), 0 * tone(44100)], 1), 44100)
    converted = read_audio(tmp_path / "x.wav", RATE, convert=True)
    np.testing.assert_allclose(converted[200:-200], tone(RATE)[200:-200], atol=2e-3)


def test_conversions_are_named():
    assert conversions(AudioHeader(RATE, 1, 9), RATE) == []
    assert conversions(AudioHeader(8000, 2, 9), RATE) == [
        "downmixed from 2 channels to 1",
        "resampled from 8000 Hz to 16000 Hz",
    ]


def test_a_wav_file_that_ends_early_is_refused(tmp_path, make_audio):
    path = make_audio(tmp_path / "x.wav")
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(SentemoError, match=r"truncated audio \(9500 of 9600 bytes\)"):
        read_header(path)


@pytest.mark.parametrize(
    "announced", [b"\xff\xff\xff\xff", b"\xff\xff\xff\x7f", b"\xdb\xff\xff\x7f"]
)
def test_a_wav_file_from_a_pipe_is_read(tmp_path, make_audio, announced):
    path = make_audio(tmp_path / "x.wav")
    content = bytearray(path.read_bytes())
    assert content[36:40] == b"data"
    content[40:44] = announced
    path.write_bytes(content)
    assert read_header(path).frames == 4800
    assert len(read_audio(path, RATE)) == 4800


def test_a_flac_file_that_ends_early_is_refused(tmp_path, make_audio):
    path = make_audio(tmp_path / "x.flac", seconds=2)
    path.write_bytes(path.read_bytes()[:-20000])
    with pytest.raises(SentemoError, match="audio"):
        read_audio(path, RATE)


def test_samples_that_are_not_numbers_are_refused(tmp_path):
    soundfile.write(tmp_path / "x.wav", np.array([0.0, np.nan, 0.1]), RATE, subtype="FLOAT")
    with pytest.raises(SentemoError, match="NaN"):
        read_audio(tmp_path / "x.wav", RATE)


def test_headers_of_many_files_keep_each_ones_error(tmp_path, make_audio):
    good = make_audio(tmp_path / "good.wav", seconds=0.5, rate=8000, channels=2)
    empty = make_audio(tmp_path / "empty.wav", seconds=0)
    junk = tmp_path / "junk.wav"
    junk.write_bytes(b"RIFF....")
    gone = tmp_path / "gone.wav"
    headers = read_headers([good, empty, junk, gone, good])
    assert headers[good] == AudioHeader(8000, 2, 4000)
    assert headers[good].duration == 0.5
    assert "empty audio" in str(headers[empty])
    assert "unreadable audio" in str(headers[junk])
    assert "missing audio" in str(headers[gone])


def test_samples_without_a_header_are_named(tmp_path):
    (tmp_path / "x.raw").write_bytes(bytes(4000))
    with pytest.raises(SentemoError, match=r"x\.raw: unreadable audio \(raw samples"):
        read_header(tmp_path / "x.raw")


def test_a_flac_file_that_does_not_say_how_long_it_is_is_refused(tmp_path, make_audio):
    path = make_audio(tmp_path / "x.flac")
    content = bytearray(path.read_bytes())
    content[21] &= 0xF0  # the lower bits of byte 21 and the next four count the samples
    content[22:26] = bytes(4)
    path.write_bytes(content)
    with pytest.raises(SentemoError, match="without a length"):
        read_header(path)


@pytest.mark.parametrize(("rate", "hertz", "wanted"), [(8000, 3800, 16000), (44100, 8500, 16000)])
def test_resampling_leaves_no_other_frequencies(tmp_path, rate, hertz, wanted):
    """Upsampled telephone speech has no images, downsampled studio speech has no aliases."""
    signal = 0.5 * np.sin(2 * np.pi * hertz * np.arange(rate) / rate)
    soundfile.write(tmp_path / "x.wav", signal, rate, subtype="FLOAT")
    samples = read_audio(tmp_path / "x.wav", wanted, convert=True)[500:-500]
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    frequencies = np.arange(len(spectrum)) * wanted / len(samples)
    strange = spectrum[np.abs(frequencies - hertz) > 60].max()
    full = 0.25 * len(samples) / 2  # the peak of such a tone in this window
    assert strange < full * 10 ** (-50 / 20)


def test_one_channel_of_several_is_no_conversion(tmp_path, make_audio):
    path = make_audio(tmp_path / "call.wav", channels=2)
    both, _ = soundfile.read(path, dtype="float32")
    assert np.array_equal(read_audio(path, RATE, channel=1), both[:, 1])


def test_a_segment_counts_in_the_files_own_rate(tmp_path):
    """At 8 kHz, the second second is samples 8000 to 16000, also when it is resampled."""
    loud = np.concatenate([np.zeros(8000), np.full(8000, 0.5), np.zeros(8000)])
    soundfile.write(tmp_path / "x.wav", loud, 8000)
    part = read_audio(tmp_path / "x.wav", RATE, convert=True, start=1.0, end=2.0)
    assert len(part) == RATE
    assert np.abs(part[500:-500] - 0.5).max() < 0.01


@pytest.mark.parametrize("name", ["a\0b.wav", "x" * 300 + ".wav", "x/" * 3000 + "y.wav", ""])
def test_names_that_no_file_can_have_are_errors_of_that_file(tmp_path, name):
    path = tmp_path / name
    headers = read_headers([path])
    assert isinstance(headers[path], SentemoError)
    assert str(headers[path]).startswith(f"{path}: ")
    assert audio_fingerprint([path]) == audio_fingerprint([path])


def test_the_level_is_that_of_the_part_the_channel_and_no_constant_offset(tmp_path):
    time = np.arange(5 * RATE) / RATE
    faint, loud = 0.01 * np.sin(2 * np.pi * 100 * time), np.sin(2 * np.pi * 100 * time)
    both = np.stack([np.where(time < 4.5, faint, loud), np.zeros(len(time))], axis=1)
    path = tmp_path / "x.wav"
    soundfile.write(path, both + 0.2, RATE, subtype="FLOAT")
    assert sound_level(path, 0, 4.5, channel=0) == pytest.approx(-43.01, abs=0.05)
    assert sound_level(path, 4.5, 5, channel=0) == pytest.approx(-3.01, abs=0.05)
    assert sound_level(path, 4.5, 5) == pytest.approx(-6.02, abs=0.05)
    assert sound_level(path, channel=1) is None
    assert sound_level(path, 6, 7) is None


def test_samples_that_are_no_audio_have_no_level(tmp_path):
    soundfile.write(tmp_path / "x.wav", np.array([0, 0.5, np.nan, 0.1]), RATE, subtype="FLOAT")
    with pytest.raises(SentemoError, match=r"x\.wav: samples that are NaN"):
        sound_level(tmp_path / "x.wav")
