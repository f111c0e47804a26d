"""openSMILE's functionals, and a whole baseline from audio to scores."""

import json
import shutil
import sys
from dataclasses import replace

import numpy as np
import pytest
import soundfile

from sentemo.baselines.functionals import functionals
from sentemo.bin.score import main as score
from sentemo.bin.train_baseline import main as train_baseline
from sentemo.core.errors import SentemoError
from sentemo.data.kaldi import read_data_dir
from sentemo.data.same_recordings import SAME


def test_functionals_are_computed_once_and_anew_for_other_data(small_data_dir, tmp_path):
    utterances = read_data_dir(small_data_dir)
    file = tmp_path / "functionals.npz"
    values = functionals(utterances, "eGeMAPSv02", file)
    assert values.keys() == {utt.id for utt in utterances}
    assert all(v.shape == (88,) and np.isfinite(v).all() for v in values.values())
    written = file.stat().st_mtime_ns
    again = functionals(utterances, "eGeMAPSv02", file)
    assert all(np.array_equal(again[utt], values[utt]) for utt in values)
    assert file.stat().st_mtime_ns == written
    soundfile.write(utterances[0].audio, np.linspace(-0.5, 0.5, 8000), 16000)
    other = functionals(utterances, "eGeMAPSv02", file)[utterances[0].id]
    assert not np.array_equal(other, values[utterances[0].id])
    fewer = functionals(utterances[1:], "eGeMAPSv02", file)
    assert fewer.keys() == {utt.id for utt in utterances[1:]}


def test_what_cannot_be_read_is_named(small_data_dir, tmp_path):
    utterances = read_data_dir(small_data_dir)
    broken = replace(utterances[0], audio=tmp_path / "none.wav")
    with pytest.raises(SentemoError, match=rf"no functionals: 1\s+{broken.id}"):
        functionals([broken, *utterances[1:]], "eGeMAPSv02", tmp_path / "f.npz")
    assert not (tmp_path / "f.npz").exists()


def test_silence_is_nothing_to_learn_from(small_data_dir, tmp_path):
    utterances = read_data_dir(small_data_dir)
    soundfile.write(utterances[0].audio, np.full(8000, 1e-5), 16000, subtype="FLOAT")
    with pytest.raises(SentemoError, match=rf"{utterances[0].id}: .*silence: nothing in it"):
        functionals(utterances, "eGeMAPSv02", tmp_path / "f.npz")


def test_without_opensmile_or_with_another_set_the_remedy_is_named(tmp_path, monkeypatch):
    with pytest.raises(SentemoError, match=r"'GeMAPS9'; openSMILE has ComParE_2016"):
        functionals([], "GeMAPS9", tmp_path / "f.npz")
    monkeypatch.setitem(sys.modules, "opensmile", None)
    with pytest.raises(SentemoError, match=r"pip install .*baselines"):
        functionals([], "eGeMAPSv02", tmp_path / "f.npz")


@pytest.fixture
def arguments(small_data_dir, tmp_path):
    (tmp_path / "labels.txt").write_text("happy\nsad\n")
    (tmp_path / "folds.tsv").write_text(
        "# LOSO.\nfold\tvalid\ttest\n1\tb\ta\n2\tc\tb\n3\td\tc\n4\ta\td\n"
    )
    config = tmp_path / "baseline_mine.yaml"
    config.write_text("classifier: linear_svm\nfeature_set: eGeMAPSv02\ncomplexities: [0.01]\n")
    common = [f"--data={small_data_dir}", f"--labels={tmp_path / 'labels.txt'}"]
    common += [f"--folds={tmp_path / 'folds.tsv'}", f"--exp={tmp_path / 'exp'}"]
    return [f"--config={config}", f"--dump={tmp_path / 'dump'}", "--nj=1"], common


def test_a_baseline_is_scored_like_any_experiment(arguments, tmp_path, capsys):
    own, common = arguments
    train_baseline([*own, *common])
    score(common)
    scores = json.loads((tmp_path / "exp" / "scores.json").read_text())
    assert scores["title"] == "baseline: mine"
    assert scores["counts"]["utterances"] == 8
    assert "valid UA" in scores["epochs"]
    train_baseline([*own, *common])
    assert "finished" in capsys.readouterr().out


def test_the_same_recording_is_never_on_two_sides_and_else_it_is_noted(
    arguments, small_data_dir, tmp_path
):
    own, common = arguments
    files = {utt.id: utt.audio for utt in read_data_dir(small_data_dir)}
    before = files["c-sad"].read_bytes()
    shutil.copyfile(files["a-sad"], files["c-sad"])
    with pytest.raises(SentemoError, match=r"on two sides of a fold: 1\s+a-sad: a-sad \(.*= c-sad"):
        train_baseline([*own, *common])
    assert not (tmp_path / "exp" / "predictions").exists()
    files["c-sad"].write_bytes(before)
    shutil.copyfile(files["a-sad"], files["a-happy"])
    train_baseline([*own, *common])
    notes = json.loads((tmp_path / "exp" / "experiment.json").read_text())["notes"]
    [note] = [note for note in notes if note.startswith(SAME)]
    assert note.endswith("1 recordings, 1 of them with different labels (such as a-happy = a-sad)")


@pytest.mark.parametrize("complexities", ["[]", "[1e-5]", "0.1", "[0]"])
def test_complexities_are_positive_numbers(complexities, arguments, tmp_path):
    own, common = arguments
    config = tmp_path / "baseline_mine.yaml"
    config.write_text(
        f"classifier: linear_svm\nfeature_set: eGeMAPSv02\ncomplexities: {complexities}\n"
    )
    with pytest.raises(SentemoError, match="give positive numbers"):
        train_baseline([*own, *common])


def test_other_settings_are_another_experiment(arguments, tmp_path):
    own, common = arguments
    train_baseline([*own, *common])
    folds = tmp_path / "folds.tsv"
    folds.write_text(folds.read_text().replace("1\tb\ta", "1\tc\ta"))
    with pytest.raises(SentemoError, match="holds a training with other settings"):
        train_baseline([*own, *common])


@pytest.mark.parametrize("settings", ["classifier: svm", "classifier: linear_svm", "a: 1"])
def test_settings_that_are_missing_or_too_many_are_named(settings, arguments, tmp_path):
    own, common = arguments
    (tmp_path / "baseline_mine.yaml").write_text(settings)
    with pytest.raises(SentemoError, match=r"linear_svm: complexities, feature_set"):
        train_baseline([*own, *common])
