"""The models that ship: found by their names, judged without torch, with their licence in JSON."""

import json

import pytest
from small_install import run_small

from sentemo.bin import models
from sentemo.bin.predict import main
from sentemo.core.errors import SentemoError
from sentemo.inference import SpeechEmotion
from sentemo.inference.loading import is_model
from sentemo.inference.shipped import DEFAULT, FOLDER, shipped_folder, shipped_models

LARGEST = 2e6  # bytes: the upstream's weights are in the package once


def test_the_default_comes_first_and_each_states_classes_and_licence():
    shipped = shipped_models()
    assert [model.name for model in shipped] == [DEFAULT, "open-cc0"]
    assert [model.description.licence for model in shipped] == ["CC BY-NC-SA 4.0", "CC0"]
    for model in shipped:
        assert sorted(model.description.labels) == ["angry", "happy", "neutral", "sad"]
        assert sum(file.stat().st_size for file in (FOLDER / model.name).iterdir()) < LARGEST


@pytest.mark.parametrize("name", [model.name for model in shipped_models()])
def test_a_card_has_figures_limits_and_the_licence(name):
    card = (FOLDER / name / "README.md").read_text(encoding="utf-8")
    assert "## Limits" in card
    assert "## Licence" in card
    assert f"sentemo predict {name} recording.wav" in card
    assert "leave one" in card.lower()


def test_a_recording_alone_is_judged_by_the_default(recording, capsys):
    path = recording(seconds=2.0)
    with pytest.raises(SystemExit) as end:
        main([str(path), "--json"])
    assert end.value.code == 0
    found = json.loads(capsys.readouterr().out)
    assert found["licence"] == "CC BY-NC-SA 4.0"
    assert found["probabilities"] == pytest.approx(
        SpeechEmotion.from_pretrained(DEFAULT)(path).probabilities, abs=1e-5
    )


@pytest.mark.parametrize("options", [["--device", "cuda"], ["--backend", "torch"]])
def test_what_needs_weights_of_torch_says_what_to_do(recording, capsys, options):
    with pytest.raises(SystemExit) as end:
        main([str(recording(seconds=2.0)), *options])
    assert end.value.code == 2
    said = capsys.readouterr().err
    assert "open: only its ONNX model is here, which runs on the CPU" in said
    assert "Leave these options out" in said


def test_torch_is_not_needed(recording):
    assert DEFAULT in run_small("sentemo.bin.models").stdout
    said = run_small("sentemo.bin.predict", str(recording(seconds=2.0)), "--json").stdout
    assert json.loads(said)["label"] in ("angry", "happy", "neutral", "sad")


@pytest.mark.parametrize(
    ("name", "known"),
    [
        *(("open", True), ("open-cc0", True), ("user/model", True), ("gone.zip", True)),
        *(("gone.wav", False), ("folder/gone.wav", False), ("-", False), ("../open", False)),
        *(("/a/b", False), ("opened", False)),
    ],
)
def test_names_of_models_are_told_from_recordings(name, known):
    assert is_model(name) is known


@pytest.mark.parametrize("name", ["", ".", "..", "../models/open", "open/", "nothing"])
def test_only_names_of_shipped_models_lead_into_the_package(name):
    assert shipped_folder(name) is None


def test_a_model_without_recordings_says_what_is_missing(capsys):
    with pytest.raises(SystemExit) as end:
        main(["open"])
    assert end.value.code == 2
    assert "open is a model: give recordings too" in capsys.readouterr().err


def test_models_lists_what_was_unpacked_before(packed, capsys):
    SpeechEmotion.from_pretrained(packed)
    models.main([])
    shipped, cached = capsys.readouterr().out.split("Models in the cache")
    assert "open (default)" in shipped
    assert "CC BY-NC-SA 4.0" in shipped
    assert SpeechEmotion.from_pretrained(packed).description.name in cached


def test_torch_as_a_backend_of_a_shipped_model_is_refused_in_one_line():
    with pytest.raises(SentemoError, match=f"^{DEFAULT}: "):
        SpeechEmotion.from_pretrained(DEFAULT, backend="torch")
