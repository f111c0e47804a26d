"""The Python API: what it takes, what it returns, and what it refuses."""

import json
import pickle
import zipfile

import numpy as np
import pytest
import soundfile
import torch
from small_experiments import LABELS, judged_apart

from sentemo.core.errors import SentemoError
from sentemo.inference import SpeechEmotion
from sentemo.inference.description import Description
from sentemo.inference.pack import pack_experiment


@pytest.fixture
def model(packed):
    return SpeechEmotion.from_pretrained(packed)


def shares(result):
    return [*result.probabilities.values()]


def repacked(packed, dest, **members):
    """The archive with other members in place of some; their names have _ for a dot."""
    changed = {name.replace("_", "."): content for name, content in members.items()}
    with zipfile.ZipFile(packed) as archive, zipfile.ZipFile(dest, "w") as other:
        for name in archive.namelist():
            other.writestr(name, changed.pop(name, None) or archive.read(name))
        for name, content in changed.items():
            other.writestr(name, content)
    return dest


def test_samples_and_files_are_judged_alike(model, recording):
    path = recording()
    samples, rate = soundfile.read(path, dtype="float32")
    expected = shares(model(path))
    assert sum(expected) == pytest.approx(1)
    integers = soundfile.read(path, dtype="int16")[0]
    for audio in (samples, samples.astype(np.float64), integers, np.stack([samples] * 6, axis=1)):
        assert shares(model(audio, rate)) == pytest.approx(expected, abs=1e-6)
    assert model(str(path)).label == model(path).label


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("eight.wav", {"rate": 8000}),
        ("six.wav", {"rate": 44100, "channels": 6}),
        ("a b.flac", {"rate": 48000}),
        ("lossy.ogg", {"rate": 22050, "channels": 2}),
        ("float.wav", {"subtype": "FLOAT"}),
        ("lossy.mp3", {"rate": 44100}),
    ],
)
def test_any_rate_channels_and_format_are_read(model, recording, name, options):
    result = model(recording(name, 1.5, **options))
    assert result.end == pytest.approx(1.5, abs=0.1)
    assert result.label in LABELS


@pytest.mark.parametrize("backend", ["onnx", "torch"])
def test_a_batch_is_judged_as_each_alone(packed, recording, backend):
    model = SpeechEmotion.from_pretrained(packed, backend=backend)
    paths = [recording(f"{seconds}.wav", seconds) for seconds in (2.0, 0.4, 1.1)]
    for result, path in zip(model(paths), paths, strict=True):
        alone = model(path)
        assert shares(result) == pytest.approx(shares(alone), abs=1e-5)
        assert result.attention.shape == alone.attention.shape
        np.testing.assert_allclose(result.attention, alone.attention, atol=1e-5)


@pytest.mark.parametrize("backend", ["onnx", "torch"])
def test_attention_covers_the_recording_and_sums_to_one(packed, recording, backend):
    result = SpeechEmotion.from_pretrained(packed, backend=backend)(recording(seconds=3.0))
    frames, heads = result.attention.shape
    assert result.frame_shift == pytest.approx(0.03)
    assert frames * result.frame_shift == pytest.approx(3.0, abs=0.03)
    assert heads == 3 * 2  # of three folds' decoders
    np.testing.assert_allclose(result.attention.sum(axis=0), 1, atol=1e-5)


def test_an_experiment_is_loaded_as_its_archive(separate, recording, tmp_path):
    pack_experiment(separate, tmp_path / "model.zip")
    one, other = (SpeechEmotion.from_pretrained(p) for p in (separate, tmp_path / "model.zip"))
    assert one.description == other.description
    found = [model(recording()) for model in (one, other)]
    assert shares(found[0]) == pytest.approx(shares(found[1]), abs=1e-4)
    assert [*found[0].dimensions] == ["activation", "valence", "dominance"]
    with zipfile.ZipFile(tmp_path / "model.zip") as archive:
        archive.extractall(tmp_path / "unpacked")
    unpacked = SpeechEmotion.from_pretrained(tmp_path / "unpacked")(recording())
    assert shares(unpacked) == shares(found[1])


def test_the_archive_is_judged_with_neither_torch_nor_espnet(packed, recording):
    unneeded = "torch", "torchaudio", "espnet2", "scipy"
    line, modules = judged_apart(packed, recording(rate=44100), unneeded)
    assert line["label"] in LABELS
    assert modules == "[]"


@pytest.mark.parametrize(
    ("samples", "reason"),
    [
        (np.zeros(0), "too short: 0.000 s, the model needs 0.025 s"),
        (np.full(300, 0.1), "too short"),
        (np.zeros(16000), "silence"),
        (np.full(16000, 1e-6), "silence"),
        (np.array([0.1] * 8000 + [np.nan] * 8000), "NaN or infinite"),
        (np.ones((2, 16000)), r"shape \(2, 16000\)"),
    ],
)
def test_what_cannot_be_judged_says_why(model, samples, reason):
    with pytest.raises(SentemoError, match=reason):
        model(samples, 16000)


def test_samples_need_their_rate(model):
    with pytest.raises(SentemoError, match="without a rate"):
        model(np.ones(16000))


def test_the_wrong_item_of_a_list_is_named(model, recording):
    for wrong in ("gone.wav", np.zeros(16000), np.full(100, 0.1), np.ones((2, 16000))):
        with pytest.raises(SentemoError, match=r"^audio\[1\]: "):
            model([recording(), wrong], 16000)


def test_a_window_that_is_too_short_for_the_encoder_is_refused(packed):
    described = SpeechEmotion.from_pretrained(packed).description
    needing = Description(**{**vars(described), "shortest": 0.5})
    with pytest.raises(SentemoError, match=r"the model needs 0\.500 s"):
        SpeechEmotion(needing, None)(np.ones(4000), 16000)


class Bomb:
    def __reduce__(self):
        return print, ("code that ran",)


def test_damaged_and_hostile_archives_are_refused(packed, tmp_path, capsys):
    load = SpeechEmotion.from_pretrained
    content = packed.read_bytes()
    truncated = tmp_path / "truncated.zip"
    truncated.write_bytes(content[: len(content) // 2])
    with pytest.raises(SentemoError, match="not a readable zip"):
        load(truncated)
    flipped = tmp_path / "flipped.zip"
    middle = len(content) // 2
    flipped.write_bytes(content[:middle] + bytes([content[middle] ^ 255]) + content[middle + 1 :])
    with pytest.raises(SentemoError, match="not a readable zip"):
        load(flipped)
    with pytest.raises(SentemoError, match="outside the archive's folder"):
        load(repacked(packed, tmp_path / "slip.zip", **{"../evil": b"x"}))
    torch.save({"encoder": Bomb()}, tmp_path / "bomb.pth")
    bomb = repacked(packed, tmp_path / "bomb.zip", model_pth=(tmp_path / "bomb.pth").read_bytes())
    with pytest.raises(SentemoError, match="pickled Python objects"):
        load(bomb, backend="torch")
    plain = repacked(packed, tmp_path / "plain.zip", model_pth=pickle.dumps(Bomb()))
    with pytest.raises(SentemoError, match=r"model\.pth"):
        load(plain, backend="torch")
    assert "code that ran" not in capsys.readouterr().out
    with pytest.raises(SentemoError, match="not a readable ONNX model"):
        load(repacked(packed, tmp_path / "onnx.zip", model_onnx=b"x" * 1000))
    objects = b"labels: !!python/object/apply:os.system [exit]"
    with pytest.raises(SentemoError, match="YAML"):
        load(repacked(packed, tmp_path / "yaml.zip", config_yaml=objects), backend="torch")
    outside = yaml_of(packed).replace("model.pth", "../../model.pth")
    with pytest.raises(SentemoError, match="outside the packed model"):
        load(repacked(packed, tmp_path / "meta.zip", meta_yaml=outside), backend="torch")


@pytest.mark.parametrize("backend", ["onnx", "torch"])
@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"labels": ["happy"]}, r"has 2 outputs of probabilities, and sentemo\.json names 1"),
        ({"shortest": "a"}, "not what stage pack writes"),
        ({"frame_shift": 0}, "not what stage pack writes"),
    ],
)
def test_a_description_that_does_not_fit_its_network_is_refused(
    packed, tmp_path, recording, backend, changes, reason
):
    with zipfile.ZipFile(packed) as archive:
        described = json.loads(archive.read("sentemo.json"))
    changed = json.dumps({**described, **changes}).encode()
    path = repacked(packed, tmp_path / "changed.zip", sentemo_json=changed)
    with pytest.raises(SentemoError, match=reason):
        SpeechEmotion.from_pretrained(path, backend=backend)(recording())


def yaml_of(packed):
    with zipfile.ZipFile(packed) as archive:
        return archive.read("meta.yaml").decode()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{", "not what stage pack writes"),
        ('{"format": 1}', "not what stage pack writes"),
        ('{"format": 99}', "of format 99, and this sentemo reads 1"),
    ],
)
def test_a_description_of_another_kind_is_refused(packed, tmp_path, text, reason):
    with pytest.raises(SentemoError, match=reason):
        SpeechEmotion.from_pretrained(repacked(packed, tmp_path / "m.zip", sentemo_json=text))


def test_what_is_no_model_says_so(packed, tmp_path):
    load = SpeechEmotion.from_pretrained
    with pytest.raises(SentemoError, match="no such file or folder"):
        load(tmp_path / "none.zip")
    with pytest.raises(SentemoError, match="no model"):
        load(tmp_path)
    with zipfile.ZipFile(tmp_path / "other.zip", "w") as archive:
        archive.writestr("meta.yaml", "files: {}")
    with pytest.raises(SentemoError, match=r"sentemo\.json"):
        load(tmp_path / "other.zip")
    with pytest.raises(SentemoError, match="choose auto, onnx, torch"):
        load(packed, backend="tensorflow")
    with pytest.raises(SentemoError, match="runs on the CPU"):
        load(packed, device="cuda", backend="onnx")
    with pytest.raises(SentemoError, match="not usable here"):
        load(packed, device="cuda:99", backend="torch")


def test_windows_of_a_file_and_of_samples_are_judged_with_their_times(packed, recording):
    model = SpeechEmotion.from_pretrained(packed)
    path = recording(seconds=3.0)
    of_file = model(path, window=1.0)
    assert [(result.start, result.end) for result in of_file] == [
        (start, start + 1.0) for start in (0.0, 0.5, 1.0, 1.5, 2.0)
    ]
    samples, rate = soundfile.read(path, dtype="float32")
    of_samples = model(samples, rate, window=1.0, hop=0.5)
    assert [result.as_json() for result in of_samples] == [result.as_json() for result in of_file]
    samples[: 2 * rate] = 0.0
    assert [result.start for result in model(samples, rate, window=1.0, hop=1.0)] == [2.0]


def test_windows_that_are_of_no_one_recording_or_leave_gaps_are_refused(packed, recording):
    model = SpeechEmotion.from_pretrained(packed)
    with pytest.raises(SentemoError, match="windows are of one recording"):
        model([recording()], window=1.0)
    for hop in (0.0, 1.5):
        with pytest.raises(SentemoError, match=r"every .* s do not cover"):
            model(recording(), window=1.0, hop=hop)


def test_a_model_says_what_it_is(packed):
    assert repr(SpeechEmotion.from_pretrained(packed)) == (
        "<SpeechEmotion 'shared': happy, sad; onnx>"
    )
