import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

from sentemo.core.errors import SentemoError
from sentemo.data.audio import read_audio, read_header
from sentemo.data.conversion import convert_unreadable


@pytest.fixture
def tone(tmp_path):
    """A second of 440 Hz at 8 kHz, in a path with a space."""
    path = tmp_path / "my audio" / "tone.wav"
    path.parent.mkdir()
    samples = 0.5 * np.sin(2 * np.pi * 440 * np.arange(8000) / 8000)
    soundfile.write(path, samples, 8000, subtype="PCM_16")
    return path


def pitch(samples, rate):
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    return np.argmax(spectrum) * rate / len(samples)


@pytest.mark.parametrize("kind", ["amr-nb", "wv", "sox", "hcom", "txw", "maud"])
def test_what_only_sox_reads_becomes_flac_of_the_same_sound(sox, tone, tmp_path, kind):
    source = tone.with_name(f"tone.{kind}")
    sox(tone, source)
    with pytest.raises(SentemoError, match="unreadable audio"):
        read_header(source)
    converted = convert_unreadable({"ann-1": source}, tmp_path / "con verted")
    assert converted == {"ann-1": tmp_path / "con verted" / "ann-1.flac"}
    header = read_header(converted["ann-1"])
    assert header.channels == 1
    assert header.duration == pytest.approx(1, abs=0.03)
    samples = read_audio(converted["ann-1"], header.rate)
    assert pitch(samples, header.rate) == pytest.approx(440, abs=2)


def test_amr_is_known_by_its_content(sox, tone, tmp_path):
    source = tone.with_name("call.amr")
    sox(tone, "-t", "amr-nb", source)
    assert list(convert_unreadable({"c": source}, tmp_path / "converted")) == ["c"]


def test_rate_channels_and_samples_stay_as_they_are(sox, tmp_path):
    noise = np.random.default_rng(0).integers(-9000, 9000, (4410, 2), dtype=np.int16)
    soundfile.write(tmp_path / "a.wav", noise, 44100)
    sox(tmp_path / "a.wav", tmp_path / "a.wv")
    # The two channels of a file may be two recordings; it is converted once.
    recordings = {"call-A": tmp_path / "a.wv", "call-B": tmp_path / "a.wv"}
    converted = convert_unreadable(recordings, tmp_path / "converted", nj=2)
    assert converted["call-A"] == converted["call-B"]
    samples, rate = soundfile.read(converted["call-A"], dtype="int16")
    assert rate == 44100
    assert np.array_equal(samples, noise)


def test_names_are_never_taken_for_patterns_options_or_commands(sox, tone, tmp_path, monkeypatch):
    monkeypatch.chdir(tone.parent)
    sox(tone, "a1.wv")
    names = ["a[1].wv", "-n.wv", "|touch owned.wv", 'it\'s "$(touch owned)" {a,b}*.wv']
    for number, name in enumerate(names, start=1):
        sox(tone, "other.wv", "trim", 0, f"0.{number}")
        os.rename("other.wv", name)
    recordings = {f"../{number}": Path(name) for number, name in enumerate(names)}
    converted = convert_unreadable(recordings, tmp_path / "converted [0-9]")
    durations = [read_header(path).duration for path in converted.values()]
    assert durations == pytest.approx([0.1, 0.2, 0.3, 0.4])
    assert {path.parent for path in converted.values()} == {tmp_path / "converted [0-9]"}
    assert not list(tone.parent.glob("owned*"))


@pytest.mark.parametrize("kind", ["wav", "flac", "mp3", "ogg", "sph", "aiff", "au"])
def test_what_libsndfile_reads_stays_where_it_is(tone, tmp_path, kind):
    source = tone.with_name(f"voice.{kind}")
    samples, rate = soundfile.read(tone)
    soundfile.write(source, samples, rate, format="NIST" if kind == "sph" else None)
    assert convert_unreadable({"a": source}, tmp_path / "converted") == {}
    assert not (tmp_path / "converted").exists()
    assert read_header(source).duration == pytest.approx(1, abs=0.2)  # mp3 pads


def test_truncated_files_are_left_to_the_check_that_knows_them(tone, tmp_path):
    tone.write_bytes(tone.read_bytes()[:-4000])
    assert convert_unreadable({"a": tone}, tmp_path / "converted") == {}
    with pytest.raises(SentemoError, match="truncated"):
        read_header(tone)


def test_missing_files_are_errors_of_their_own(tmp_path):
    (tmp_path / "here.wv").write_bytes(b"wvpk")
    recordings = {"a": tmp_path / "gone.wv", "b": tmp_path / "here.wv", "c": tmp_path}
    with pytest.raises(SentemoError, match=r"missing audio: 2\n.*gone\.wv\n") as error:
        convert_unreadable(recordings, tmp_path / "converted")
    assert "here.wv" not in str(error.value)


def test_what_sox_cannot_read_either_is_named_with_its_message(sox, tone, tmp_path):
    sox(tone, tone.with_name("whole.wv"))
    sox(tone, "-e", "floating-point", tone.with_name("whole.sox"))
    sox(tone, tone.with_name("guessed.ul"))
    contents = {
        "noise.m4a": b"no audio at all",
        "cut.wv": tone.with_name("whole.wv").read_bytes()[:3000],
        "cut.sox": tone.with_name("whole.sox").read_bytes()[:3000],
        "nothing.amr": b"#!AMR\n",
        "list.m3u": f"{tone}\n".encode(),
        "samples.raw": bytes(8000),
    }
    for name, content in contents.items():
        tone.with_name(name).write_bytes(content)
    said = {
        "noise.m4a": "sox FAIL formats: no handler for file extension `m4a'",
        "cut.wv": "can't read all of WavPack file",
        "cut.sox": "file length indicates the number is in fact",
        "nothing.amr": "no samples",
        "list.m3u": "a list of files, not audio",
        "samples.raw": "sampling rate was not specified",
        "guessed.ul": "sample rate not specified; trying 8kHz",
    }
    for name, message in said.items():
        with pytest.raises(SentemoError, match=r"unreadable audio: 1\n(.|\n)*ffmpeg") as error:
            convert_unreadable(
                {n: tone.with_name(n) for n in ("whole.wv", name)}, tmp_path / "converted"
            )
        assert f"{name}: " in str(error.value)
        assert message in str(error.value)
    assert not (tmp_path / "converted").exists()


def test_a_folder_of_somebody_else_is_not_replaced(sox, tone, tmp_path):
    sox(tone, tone.with_name("a.wv"))
    with pytest.raises(SentemoError, match="not an earlier output"):
        convert_unreadable({"a": tone.with_name("a.wv")}, tone.parent)
    for _ in range(2):  # an earlier output is
        convert_unreadable({"a": tone.with_name("a.wv")}, tmp_path / "converted")
        os.utime(tone.with_name("a.wv"), (1, 1))
    assert sorted(os.listdir(tmp_path / "converted")) == [".done.json", "a.flac", "sources.scp"]


def test_what_was_converted_is_not_converted_again_until_it_changes(sox, tone, tmp_path):
    source = tone.with_name("a.wv")
    sox(tone, source)
    (converted,) = convert_unreadable({"a": source}, tmp_path / "converted").values()
    before = converted.stat().st_mtime_ns
    convert_unreadable({"a": source}, tmp_path / "converted")
    assert converted.stat().st_mtime_ns == before
    converted.unlink()
    convert_unreadable({"a": source}, tmp_path / "converted")
    assert converted.is_file()


SCRIPT = """
import sys
from pathlib import Path
from sentemo.data.conversion import convert_unreadable
from sentemo.core.errors import run_command
files = [Path(name) for name in sys.argv[1:]]
run_command(lambda: print(convert_unreadable({f.stem: f for f in files}, Path("converted"))))
"""


def run_without_program(folder, *files):
    empty = folder / "empty"
    empty.mkdir()
    return subprocess.run(
        [sys.executable, "-c", SCRIPT, *map(str, files)],
        env={**os.environ, "PATH": str(empty)},
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


def test_without_the_program_files_are_counted_and_the_remedy_named(tone, tmp_path):
    files = [tone.with_name(f"call{n}.wv") for n in range(7)]
    for file in files:
        file.write_bytes(b"wvpk of which only the name matters here")
    run = run_without_program(tmp_path, *files, tone)
    assert run.returncode == 1
    assert run.stderr.startswith("error: converted: 7 problems\n  needs the sox program")
    assert "call0.wv" in run.stderr
    assert "… and 2 more" in run.stderr
    for remedy in ("apt-get install sox libsox-fmt-all", "conda-forge sox", "brew install sox"):
        assert remedy in run.stderr
    assert "SoX could not be found" not in run.stderr  # the package's own noise
    assert not (tmp_path / "converted").exists()


def test_without_the_program_nothing_else_is_asked_for(tone, tmp_path):
    run = run_without_program(tmp_path, tone)
    assert (run.returncode, run.stdout, run.stderr) == (0, "{}\n", "")


def test_without_the_package_it_is_named(sox, tone, tmp_path, monkeypatch):
    sox(tone, tone.with_name("a.wv"))
    monkeypatch.setitem(sys.modules, "sox", None)
    with pytest.raises(SentemoError, match=r"needs the Python package sox(.|\n)*pip install sox"):
        convert_unreadable({"a": tone.with_name("a.wv")}, tmp_path / "converted")


def test_an_id_may_be_longer_than_the_name_of_a_file(sox, tone, tmp_path):
    source = tone.with_name("tone.wv")
    sox(tone, source)
    recordings = {letter * 300: source.with_name(f"{letter}.wv") for letter in "ab"}
    for path in recordings.values():
        path.write_bytes(source.read_bytes())
    converted = convert_unreadable(recordings, tmp_path / "converted")
    assert len(set(converted.values())) == 2
    assert all(read_header(path).frames == 8000 for path in converted.values())
