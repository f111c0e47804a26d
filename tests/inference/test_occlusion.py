"""Occlusion: what the answer would have been without each moment."""

import json

import numpy as np
import pytest
import soundfile

from sentemo.bin.predict import main
from sentemo.inference import SpeechEmotion
from sentemo.inference.occlusion import occlude

RATE = 16000


@pytest.fixture
def model(packed):
    return SpeechEmotion.from_pretrained(packed)


def noise(seconds):
    draw = np.random.default_rng(0)
    return draw.uniform(-0.3, 0.3, round(seconds * RATE)).astype(np.float32)


def test_a_moment_costs_what_the_model_says_without_it(model):
    samples = noise(2.5)
    result = model(samples, RATE)
    found = occlude(model, samples, result.at(10), 1.0)
    assert [(one.start, one.end) for one in found] == [(10, 11), (11, 12), (12, 12.5)]
    without = samples.copy()
    without[RATE : 2 * RATE] = 0
    label = max(result.probabilities, key=result.probabilities.get)
    left = model(without, RATE).probabilities[label]
    assert found[1].lost == pytest.approx(result.probabilities[label] - left, abs=1e-6)


def test_silent_moments_and_the_only_one_with_sound_cost_nothing_that_could_be_said(model):
    samples = noise(3)
    samples[RATE : 2 * RATE] = 0
    assert [one.start for one in occlude(model, samples, model(samples, RATE), 1.0)] == [0, 2]
    alone = noise(1)
    assert occlude(model, alone, model(alone, RATE), 1.0) == ()


def test_json_has_the_moments_of_every_part(packed, tmp_path, capsys):
    path = tmp_path / "a.wav"
    soundfile.write(path, noise(4), RATE)
    with pytest.raises(SystemExit) as end:
        main([str(packed), str(path), "--json", "--window", "2", "--hop", "2", "--occlude", "1"])
    assert end.value.code == 0
    parts = [json.loads(line)["occlusion"] for line in capsys.readouterr().out.splitlines()]
    assert [[one["start"] for one in part] for part in parts] == [[0, 1], [2, 3]]
    assert all(-1 <= one["lost"] <= 1 for part in parts for one in part)


@pytest.mark.parametrize(
    ("options", "message"),
    [([], "give --json too"), (["--json", "--follow"], "goes without --follow")],
)
def test_what_does_not_go_with_it_is_refused(packed, capsys, options, message):
    with pytest.raises(SystemExit) as end:
        main([str(packed), "a.wav", "--occlude", "1", *options])
    assert end.value.code == 2
    assert message in capsys.readouterr().err
