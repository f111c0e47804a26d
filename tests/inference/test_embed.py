"""`sentemo embed`: arrays on the disk, their ids, and what it says of files it cannot encode."""

import json
import subprocess
import sys

import kaldiio
import numpy as np
import pytest
import soundfile

from sentemo.bin.embed import main
from sentemo.data.audio import read_audio
from sentemo.states.encoder import FrozenEncoder
from sentemo.upstreams import Upstream

RATE = 16000
BUILT_IN = "built-in"


@pytest.fixture(scope="module")
def encoder():
    return FrozenEncoder(Upstream(BUILT_IN))


@pytest.fixture
def embed(capsys, tmp_path, monkeypatch):
    """Run the command in a folder of its own; return status, lines of output, and of errors."""
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")

    def run(*arguments):
        with pytest.raises(SystemExit) as end:
            main([*map(str, arguments)])
        found = capsys.readouterr()
        return end.value.code, found.out.splitlines(), found.err.splitlines()

    return run


def flat(pooled):
    """Mean and deviation side by side, for each layer."""
    return pooled.reshape(len(pooled), -1)


def left_behind(folder):
    return sorted(path.name for path in folder.iterdir())


def test_an_npz_has_mean_and_deviation_of_all_layers_and_says_of_what(
    embed, encoder, recording, tmp_path
):
    paths = [recording("a.wav"), recording("b.flac", 0.5, 44100, 2)]
    status, lines, errors = embed(BUILT_IN, *paths)
    assert (status, errors) == (0, [])
    assert lines[0] == f"{paths[0]}  1.0 s  a: {len(encoder.layers)} × 1024"
    assert lines[-1] == "embeddings.npz: 2 of 2 recordings"
    found = np.load(tmp_path / "here" / "embeddings.npz")
    assert found.files == ["a", "b", "description"]
    signals = [read_audio(path, RATE, convert=True) for path in paths]
    for name, signal in zip("ab", signals, strict=True):
        (expected,) = encoder.pooled([signal])
        assert found[name].dtype == np.float32
        np.testing.assert_allclose(found[name], flat(expected), rtol=1e-5, atol=1e-5)
    described = json.loads(str(found["description"]))
    assert described == {
        "upstream": BUILT_IN,
        "digest": Upstream(BUILT_IN).fingerprint,
        "window": "utterance",
        "layers": list(encoder.layers),
        "pooling": "mean_std",
        "size": 512,
        "frame_shift": 0.02,
        "sampling_rate": RATE,
        "recordings": {"a": str(paths[0]), "b": str(paths[1])},
    }


def test_an_ark_has_the_states_of_a_layer_as_kaldi_reads_them(embed, encoder, recording, tmp_path):
    paths = [recording("a.wav"), recording("b.wav", 0.5)]
    out = tmp_path / "my arrays"
    options = ("--layer", 3, "--pooling", "none", "--format", "ark", "--output", out)
    assert embed(BUILT_IN, *paths, *options)[0] == 0
    found = kaldiio.load_scp(str(out / "embeddings.scp"))
    assert sorted(found) == ["a", "b"]
    for name, path in zip("ab", paths, strict=True):
        (states,) = encoder.states([read_audio(path, RATE)])
        np.testing.assert_allclose(found[name], states[2], atol=1e-5)
    assert json.loads((out / "description.json").read_text())["layers"] == ["3"]
    whole = dict(kaldiio.load_ark(str(out / "embeddings.ark")))
    np.testing.assert_array_equal(whole["b"], found["b"])


def test_vectors_of_a_layer_have_one_axis_in_every_format(embed, encoder, recording, tmp_path):
    path = recording()
    (pooled,) = encoder.pooled([read_audio(path, RATE)])
    common = (BUILT_IN, path, "--layer", "last", "--pooling", "mean")
    for kind in ("npy", "ark"):
        assert embed(*common, "--format", kind, "--output", tmp_path / kind)[0] == 0
    assert embed(*common, "--half", "--output", tmp_path / "half.npz")[0] == 0
    last = pooled[-1, 0]
    np.testing.assert_allclose(np.load(tmp_path / "npy" / "noise.npy"), last, atol=1e-5)
    vectors = kaldiio.load_scp(str(tmp_path / "ark" / "embeddings.scp"))
    np.testing.assert_allclose(vectors["noise"], last, atol=1e-5)
    half = np.load(tmp_path / "half.npz")["noise"]
    assert half.dtype == np.float16
    np.testing.assert_allclose(half, last, rtol=1e-3, atol=1e-3)


def test_the_same_command_writes_the_same_bytes(embed, recording, tmp_path):
    path = recording()
    for name in ("one.npz", "two.npz"):
        assert embed(BUILT_IN, path, "--output", tmp_path / name)[0] == 0
    assert (tmp_path / "one.npz").read_bytes() == (tmp_path / "two.npz").read_bytes()


def test_recordings_of_the_same_name_get_paths_as_ids(embed, recording, tmp_path):
    for folder in ("x", "y"):
        (tmp_path / "in" / folder).mkdir(parents=True)
        recording(f"in/{folder}/take.wav", 0.3 if folder == "x" else 0.4)
    status, _, errors = embed(BUILT_IN, tmp_path / "in", "--format", "npy")
    assert status == 0
    assert errors == [f"some recordings have the same name: ids are paths in {tmp_path / 'in'}"]
    out = tmp_path / "here" / "embeddings"
    arrays = [np.load(out / folder / "take.npy") for folder in ("x", "y")]
    assert not np.array_equal(*arrays)
    twice = recording("in/x/take.flac", 0.3)
    status, _, errors = embed(BUILT_IN, tmp_path / "in", "--output", tmp_path / "none.npz")
    assert status == 2
    assert str(twice) in errors[-1]
    assert "would have the same id, x/take" in errors[-1]
    assert not (tmp_path / "none.npz").exists()


def test_ids_that_a_format_cannot_hold_are_refused_before_any_work(embed, recording, tmp_path):
    spaced, reserved = recording("two words.wav"), recording("description.wav")
    status, _, (error,) = embed(BUILT_IN, spaced, "--format", "ark")
    assert status == 2
    assert "an id of Kaldi has no space" in error
    status, _, (error,) = embed(BUILT_IN, reserved)
    assert status == 2
    assert "--format npy" in error
    assert left_behind(tmp_path / "here") == []


def test_bad_files_are_named_with_their_reason_and_the_others_go_on(embed, recording, tmp_path):
    def write(name, samples):
        soundfile.write(tmp_path / name, samples, RATE, subtype="FLOAT")

    write("silence.wav", np.zeros(RATE))
    write("empty.wav", np.zeros(0))
    write("nan.wav", np.array([0.1] * RATE + [np.nan]))
    write("short.wav", np.full(100, 0.1))
    (tmp_path / "text.wav").write_text("no audio")
    reasons = {
        "silence.wav": "silence: nothing in it to encode",
        "empty.wav": "empty audio (0 samples)",
        "nan.wav": "samples that are NaN or infinite",
        "short.wav": "too short: 0.006 s, the encoder needs 0.025 s",
        "text.wav": "unreadable audio",
        "none.wav": "missing audio",
    }
    bad = [tmp_path / name for name in reasons]
    status, lines, errors = embed(BUILT_IN, recording("a.wav"), *bad, recording("z.wav"))
    assert status == 1
    assert lines[-1] == "embeddings.npz: 2 of 8 recordings"
    assert np.load("embeddings.npz").files == ["a", "z", "description"]
    for name, error in zip(bad, errors, strict=True):
        assert error.startswith(f"error: {name}: {reasons[name.name]}")
    for kind in ("npz", "npy", "ark"):
        status, lines, errors = embed(BUILT_IN, *bad, "--format", kind, "--output", "nothing")
        assert (status, lines) == (1, [])
        assert errors[-1] == "error: no recording could be encoded, so nothing was written"
    assert left_behind(tmp_path / "here") == ["embeddings.npz"]


def test_what_a_library_raises_is_the_error_of_that_recording_alone(embed, recording, monkeypatch):
    paths = [recording(name) for name in ("a.wav", "b.wav")]
    read = soundfile.SoundFile.read

    def fails_on_a(file, *given, **options):
        if b"a.wav" in file.name:
            raise RuntimeError("out of memory")
        return read(file, *given, **options)

    monkeypatch.setattr("soundfile.SoundFile.read", fails_on_a)
    status, lines, (error,) = embed(BUILT_IN, *paths)
    assert (status, error) == (1, f"error: {paths[0]}: RuntimeError: out of memory")
    assert lines[-1] == "embeddings.npz: 1 of 2 recordings"


def test_an_earlier_output_stays_unless_it_may_be_replaced(embed, recording, tmp_path):
    path = recording("a.wav")
    for kind in ("npz", "npy"):
        common = (BUILT_IN, path, "--format", kind, "--output", kind)
        assert embed(*common)[0] == 0
        status, _, (error,) = embed(*common)
        assert status == 2
        assert "exists already" in error
        assert embed(*common, "--overwrite")[0] == 0
    precious = tmp_path / "precious"
    precious.mkdir()
    (precious / "thesis.tex").write_text("…")
    for kind in ("npz", "npy"):
        options = ("--format", kind, "--output", precious, "--overwrite")
        status, _, (error,) = embed(BUILT_IN, path, *options)
        assert status == 2
        assert "stays as it is" in error
    assert left_behind(precious) == ["thesis.tex"]
    assert left_behind(tmp_path / "here") == ["npy", "npz"]


def test_wrong_options_and_models_end_with_status_2(embed, recording, tmp_path):
    path = recording()
    for wrong, reason in {
        ("--pooling", "none"): "give --layer N",
        ("--pooling", "none", "--layer", "all"): "give --layer N",
        ("--format", "ark", "--half"): "no half precision",
        ("--layer", "9"): "built-in has no layer 9: choose one of 1, 2, 3, 4, last",
        ("--layer", "0"): "no number from 1",
        ("--window", "10s"): "window: '10s'; choose utterance or 30s",
        ("--device", "abacus"): "device abacus: not usable here",
    }.items():
        status, lines, errors = embed(BUILT_IN, path, *wrong)
        assert (status, lines) == (2, [])
        assert reason in errors[-1]
    status, _, errors = embed(tmp_path / "none.zip", path)
    assert status == 2
    assert errors[-1].startswith(f"error: {tmp_path / 'none.zip'}: no such file")
    assert left_behind(tmp_path / "here") == []


def test_help_is_there_before_torch_is_imported():
    code = (
        "import sys; from sentemo.bin.embed import _parser; "
        "_parser().format_help(); print('torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
