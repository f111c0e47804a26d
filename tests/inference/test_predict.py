"""`sentemo predict`: rows and JSON, exit status, and what it says of files that it cannot judge."""

import io
import json
import os
import sys
from pkgutil import resolve_name

import numpy as np
import pytest
import soundfile
from small_experiments import LABELS

from sentemo.bin import main as entry
from sentemo.bin.predict import main
from sentemo.inference import SpeechEmotion
from sentemo.inference.pack import pack_experiment

RATE = 16000


@pytest.fixture
def predict(packed, capsys):
    """Run the command; return its status, its lines of output, and of errors."""

    def run(*arguments, model=packed):
        with pytest.raises(SystemExit) as end:
            main([str(model), *map(str, arguments)])
        found = capsys.readouterr()
        return end.value.code, found.out.splitlines(), found.err.splitlines()

    return run


def test_a_table_has_a_row_per_file_and_a_column_per_label(predict, packed, recording):
    paths = [recording("a.wav"), recording("b.wav", 0.5)]
    status, lines, errors = predict(*paths, "--transcript")
    assert (status, errors) == (0, [])
    assert lines[0].split() == ["file", "label", *LABELS, "transcript"]
    assert predict(*paths)[1][0].split() == ["file", "label", *LABELS]
    model = SpeechEmotion.from_pretrained(packed)
    for path, line in zip(paths, lines[1:], strict=True):
        result = model(path)
        name, label, *rest = line.replace("%", "").split()
        shares, heard = rest[: len(LABELS)], rest[len(LABELS) :]
        assert (name, label, " ".join(heard)) == (str(path), result.label, result.transcript)
        expected = [100 * share for share in result.probabilities.values()]
        assert [*map(float, shares)] == pytest.approx(expected, abs=0.051)


def test_json_lines_have_all_that_the_model_says(predict, separate, recording, tmp_path):
    pack_experiment(separate, tmp_path / "model.zip")
    path = recording(seconds=1.25)
    status, (line,), _ = predict(path, "--json", model=tmp_path / "model.zip")
    found = json.loads(line)
    assert status == 0
    assert (found["file"], found["start"], found["end"]) == (str(path), 0, 1.25)
    assert found["label"] == max(found["probabilities"], key=found["probabilities"].get)
    assert sum(found["probabilities"].values()) == pytest.approx(1, abs=1e-5)
    assert [*found["dimensions"]] == ["activation", "valence", "dominance"]
    _, (header, _), _ = predict(path, model=tmp_path / "model.zip")
    assert header.split()[-3:] == ["activation", "valence", "dominance"]


def test_bad_files_are_named_with_their_reason_and_the_others_go_on(predict, recording, tmp_path):
    def write(name, samples, rate=RATE):
        soundfile.write(tmp_path / name, samples, rate, subtype="FLOAT")

    write("silence.wav", np.zeros(RATE))
    write("empty.wav", np.zeros(0))
    write("nan.wav", np.array([0.1] * RATE + [np.nan]))
    write("short.wav", np.tile([0.1, -0.1], 50))
    (tmp_path / "text.wav").write_text("no audio")
    whole = recording("whole.wav", 2.0).read_bytes()
    (tmp_path / "cut.wav").write_bytes(whole[: len(whole) // 2])
    reasons = {
        "silence.wav": "silence: nothing in it to judge",
        "empty.wav": "empty audio (0 samples)",
        "nan.wav": "samples that are NaN or infinite",
        "short.wav": "too short: 0.006 s",
        "text.wav": "unreadable audio",
        "cut.wav": "truncated audio",
        "none.wav": "missing audio",
    }
    good = [
        recording("good.wav"),
        recording("eight.wav", rate=8000),
        recording("six.wav", channels=6),
    ]
    names = [tmp_path / name for name in reasons]
    status, lines, errors = predict(good[0], *names, *good[1:])
    assert status == 1
    assert [line.split()[0] for line in lines[1:]] == [*map(str, good)]
    for name, error in zip(names, errors, strict=True):
        assert error.startswith(f"error: {name}: {reasons[name.name]}")


@pytest.mark.parametrize(
    "failure", [RuntimeError("out of memory\nat 0x1"), MemoryError(), KeyError]
)
@pytest.mark.parametrize(
    "place", ["soundfile.SoundFile.read", "sentemo.inference.onnx_backend.native_fbank"]
)
def test_what_a_library_raises_is_the_error_of_that_recording_alone(
    predict, recording, monkeypatch, place, failure
):
    paths = [recording(name) for name in ("a.wav", "b.wav", "c.wav")]
    works = resolve_name(place)
    calls = []

    def fails_once(*given, **options):
        calls.append(given)
        if len(calls) == 2:
            raise failure
        return works(*given, **options)

    monkeypatch.setattr(place, fails_once)
    status, lines, (error,) = predict(*paths, "--json")
    rows = [json.loads(line) for line in lines]
    assert status == 1
    assert [row["file"] for row in rows] == [*map(str, paths)]
    assert ["error" in row for row in rows] == [False, True, False]
    assert error == f"error: {paths[1]}: {rows[1]['error']}"
    wanted = "out of memory" if isinstance(failure, RuntimeError) else "Error"
    assert wanted in error and "0x1" not in error


def test_names_that_no_file_can_have_stop_no_other(predict, recording):
    path = recording()
    status, lines, errors = predict(path, "", "x" * 5000, path / "inside", path)
    assert (status, len(lines)) == (1, 3)
    for error, reason in zip(errors, ("an empty name", "too long", "missing audio"), strict=True):
        assert reason in error


def test_a_long_recording_wants_parts(predict, tmp_path):
    path = tmp_path / "long.wav"
    with soundfile.SoundFile(path, "w", 8000, 1) as stream:
        for _ in range(11):
            stream.write(np.random.default_rng(0).uniform(-0.1, 0.1, 8000 * 30))
    status, lines, (error,) = predict(path)
    assert (status, len(lines)) == (1, 1)
    assert "5:30.0 long" in error
    assert "--window 8 --hop 4" in error
    status, lines, errors = predict(path, "--window", 20, "--hop", 10, "--json")
    assert (status, errors, len(lines)) == (0, [], 32)
    assert [json.loads(line)["start"] for line in lines[:3]] == [0, 10, 20]
    assert json.loads(lines[-1])["end"] == 330


def test_windows_and_pauses_have_time_stamps_and_silence_is_counted(predict, tmp_path):
    noise = np.random.default_rng(0).uniform(-0.4, 0.4, 2 * RATE)
    samples = np.concatenate([noise, np.zeros(4 * RATE), noise])
    soundfile.write(tmp_path / "call.wav", samples, RATE)
    status, lines, errors = predict(tmp_path / "call.wav", "--window", 2, "--hop", 2)
    assert status == 0
    assert [line.split()[1:3] for line in lines[1:]] == [["0:00.0", "0:02.0"], ["0:06.0", "0:08.0"]]
    call = tmp_path / "call.wav"
    assert errors == [
        *(f"{call}, {start}: no speech: noise" for start in ("0:00.0", "0:06.0")),
        f"{call}: 2 of 4 parts are silence, left out",
    ]
    _, lines, errors = predict(tmp_path / "call.wav", "--pauses")
    assert [line.split()[1:3] for line in lines[1:]] == [["0:00.0", "0:02.1"], ["0:05.9", "0:08.0"]]
    assert errors == [f"{call}, {start}: no speech: noise" for start in ("0:00.0", "0:05.9")]


def test_a_folder_stands_for_its_recordings(predict, recording, tmp_path):
    folder = tmp_path / "my calls"
    (folder / "deeper").mkdir(parents=True)
    for name in ("my calls/b.WAV", "my calls/deeper/a.flac"):
        recording(name, format=name[-4:].strip(".").upper())
    (folder / "notes.txt").write_text("no audio")
    status, lines, errors = predict(folder, "--json")
    assert status == 0
    assert [json.loads(line)["file"] for line in lines] == [
        str(folder / "b.WAV"),
        str(folder / "deeper" / "a.flac"),
    ]
    assert errors == [f"{folder}: 1 other files passed over (1 .txt)"]
    (tmp_path / "none").mkdir()
    status, lines, (error,) = predict(tmp_path / "none", folder / "b.WAV")
    assert (status, len(lines)) == (1, 2)
    assert error.startswith(f"error: {tmp_path / 'none'}: no recordings in it")


class Piped:
    def __init__(self, content):
        self.buffer = io.BytesIO(content)


def test_the_standard_input_is_a_recording(predict, recording, monkeypatch):
    path = recording()
    _, (expected,), _ = predict(path, "--json")
    monkeypatch.setattr(sys, "stdin", Piped(path.read_bytes()))
    status, (line,), _ = predict("-", "--json")
    assert status == 0
    assert json.loads(line) == {**json.loads(expected), "file": "-"}
    monkeypatch.setattr(sys, "stdin", Piped(b"no audio"))
    status, _, (error,) = predict("-", "--json")
    assert status == 1
    assert error.startswith("error: -: unreadable audio")


def test_a_plot_is_a_picture_of_one_recording(predict, recording, tmp_path):
    path = recording(seconds=3.0)
    status, _, _ = predict(path, "--window", 1, "--plot", tmp_path / "plot.png")
    assert status == 0
    header = (tmp_path / "plot.png").read_bytes()[:24]
    assert header.startswith(b"\x89PNG")
    assert int.from_bytes(header[16:20], "big") > 800
    status, _, (error,) = predict(path, path, "--plot", tmp_path / "two.png")
    assert status == 2
    assert "--plot draws one recording, these are 2" in error


def test_wrong_options_and_models_end_with_status_2(predict, recording, tmp_path):
    path = recording()
    for wrong in (["--window", "0"], ["--window", "2", "--pauses"], ["--backend", "jax"]):
        status, lines, _ = predict(path, *wrong)
        assert (status, lines) == (2, [])
    for wrong, reason in {
        ("--hop", "2"): "give --window too",
        ("--window", "2", "--hop", "3"): "passes over",
        ("--plot", "plot.doc"): "draws .png, .pdf, .svg",
    }.items():
        status, lines, (error,) = predict(path, *wrong)
        assert (status, lines) == (2, [])
        assert reason in error
    status, lines, (error,) = predict(path, model=tmp_path / "none.zip")
    assert (status, lines) == (2, [])
    assert error.startswith(f"error: {tmp_path / 'none.zip'}: no such file")


def test_the_command_names_its_subcommands(monkeypatch, capsys, packed, recording):
    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["sentemo", *map(str, arguments)])
        entry.main()

    run("--help")
    assert "predict" in capsys.readouterr().out
    run("--version")
    assert capsys.readouterr().out.startswith("sentemo 0")
    for wrong in ([], ["predikt"]):
        with pytest.raises(SystemExit) as end:
            run(*wrong)
        assert end.value.code == 2
    capsys.readouterr()
    with pytest.raises(SystemExit) as end:
        run("predict", packed, recording(), "--json")
    assert end.value.code == 0
    assert json.loads(capsys.readouterr().out)["label"] in LABELS


@pytest.fixture
def call(tmp_path):
    """Two sides that speak in turn; the third channel is silent."""
    noise = np.random.default_rng(5).uniform(-0.3, 0.3, (2 * RATE, 3))
    noise[:RATE, 1] = noise[RATE:, 0] = noise[:, 2] = 0
    soundfile.write(tmp_path / "call.wav", noise, RATE)
    return tmp_path / "call.wav", noise


def test_channels_apart_have_rows_of_their_own_and_a_silent_one_is_named(predict, packed, call):
    path, samples = call
    model = SpeechEmotion.from_pretrained(packed)
    status, lines, errors = predict(path, "--json", "--channels", "apart")
    assert (status, errors) == (0, [f"{path}: channel 3 is silence, left out"])
    for number, line in enumerate(lines):
        found = json.loads(line)
        assert found["channel"] == number + 1
        alone = model(samples[:, number], RATE)
        assert found["probabilities"] == pytest.approx(alone.probabilities, abs=1e-3)
    first, second, third = model.channels(path)
    assert (first.channel, second.channel, third) == (1, 2, None)
    assert "channel" not in model(path).as_json()
    _, (header, *rows), errors = predict(path, "--channels", "apart", "--window", 1)
    assert header.split()[:4] == ["file", "channel", "start", "end"]
    assert sorted({row.split()[1] for row in rows}) == ["1", "2"]
    # A file of silence alone cannot be judged.
    soundfile.write(path, 0 * samples, RATE)
    assert predict(path, "--channels", "apart")[0] == 1


def test_a_mono_recording_says_that_it_has_no_channels_to_take_apart(predict, recording):
    path = recording()
    status, (_, row), errors = predict(path, "--channels", "apart")
    assert (status, row.split()[:2]) == (0, [str(path), "1"])
    assert errors == [f"{path}: mono, so there are no channels to take apart"]
    assert predict(path, "--channels", "apart", "--plot", "a.png")[0] == 2


NAMES = [
    b"a.wav",
    b"\xe4rger.wav",
    b"\xff.wav",
    b"two\nlines.wav",
    b"\x1b[31mred\x1b[0m.wav",
    b"cost $5 or $6^.wav",
    "right\u202eto left.wav".encode(),
    b"tab\t.wav",
    b"x" * 250 + b".wav",
    b"-n.wav",
]


@pytest.fixture
def strange_names(tmp_path, recording):
    folder = tmp_path / "folder"
    folder.mkdir()
    content = recording("first.wav").read_bytes()
    for name in NAMES:
        (folder / os.fsdecode(name)).write_bytes(content)
    return folder


def test_recordings_of_any_name_are_judged_one_line_each(predict, strange_names):
    status, lines, errors = predict(strange_names)
    assert (status, errors) == (0, [])
    assert len(lines) == 1 + len(NAMES)
    assert all(line.isprintable() for line in lines)
    status, lines, errors = predict(strange_names, "--json")
    assert (status, errors) == (0, [])
    found = [json.loads(line)["file"] for line in lines]
    assert len(set(found)) == len(NAMES)
    "".join(found).encode()


def test_bad_recordings_of_any_name_are_one_error_each(predict, strange_names):
    for name in NAMES[1:]:
        (strange_names / os.fsdecode(name)).write_bytes(b"")
    status, lines, errors = predict(strange_names)
    assert (status, len(lines), len(errors)) == (1, 2, len(NAMES) - 1)
    assert all(line.isprintable() and "empty file" in line for line in errors)


@pytest.mark.parametrize("name", NAMES)
def test_a_recording_of_any_name_can_be_drawn(predict, strange_names, tmp_path, name):
    picture = tmp_path / "x.svg"
    path = strange_names / os.fsdecode(name)
    assert predict(path, "--plot", picture)[0] == 0
    assert picture.stat().st_size > 0


def test_a_folder_says_what_it_passed_over_and_names_what_needs_ffmpeg(
    predict, tmp_path, recording
):
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "a.wav").write_bytes(recording("a.wav").read_bytes())
    (folder / "voice memo.m4a").write_bytes(b"\0\0\0\x20ftypM4A " + bytes(400))
    for name in ("b.txt", "c.TXT", "d.csv", "README"):
        (folder / name).write_text("x")
    status, lines, (passed, error) = predict(folder)
    assert (status, len(lines)) == (1, 2)
    assert passed.endswith("4 other files passed over (1 .csv, 2 .txt, 1 no ending)")
    memo = folder / "voice memo"
    assert error.endswith(f"ffmpeg -i '{memo}.m4a' '{memo}.flac'")
