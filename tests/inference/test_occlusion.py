"""Occlusion: what the answer would have been without each word or moment."""

import json

import numpy as np
import pytest
import soundfile

from sentemo.bin.predict import main
from sentemo.core.errors import SentemoError
from sentemo.data.word_times import Word
from sentemo.inference import SpeechEmotion

RATE = 16000


@pytest.fixture
def model(packed):
    return SpeechEmotion.from_pretrained(packed)


def noise(seconds, channels=None):
    draw = np.random.default_rng(0)
    shape = (round(seconds * RATE), *([channels] if channels else []))
    return draw.uniform(-0.3, 0.3, shape).astype(np.float32)


def left_without(model, samples, start, end):
    """Probability that is left to the answer when this is silenced."""
    shares = model(samples, RATE).probabilities
    answer = max(shares, key=shares.get)
    rest = samples.copy()
    rest[round(start * RATE) : round(end * RATE)] = 0
    return shares[answer], model(rest, RATE).probabilities[answer]


def test_a_moment_costs_what_the_model_says_without_it(model):
    samples = noise(2.5)
    found = model.occluded(model(samples, RATE), samples, 1.0, RATE).occlusion
    assert [(one.start, one.end) for one in found] == [(0, 1), (1, 2), (2, 2.5)]
    whole, left = left_without(model, samples, 1, 2)
    assert found[1].lost == pytest.approx(whole - left, abs=1e-6)
    assert {one.word for one in found} == {None}


def test_a_word_costs_what_the_model_says_without_it_and_has_its_attention(model):
    samples = noise(2.5)
    words = [Word(0.25, 0.5, "gar"), Word(1.0, 1.25, "nicht")]
    result = model(samples, RATE)
    found = model.occluded(result, samples, words, RATE).occlusion
    assert [(one.word, one.start, one.end) for one in found] == [
        ("gar", 0.25, 0.75),
        ("nicht", 1.0, 2.25),
    ]
    whole, left = left_without(model, samples, 1.0, 2.25)
    assert found[1].lost == pytest.approx(whole - left, abs=1e-6)
    # Attention is relative to even attention, whose mean over the whole recording is 1.
    [everything] = model.occluded(result, samples, [Word(0, 2.4, "a")], RATE).occlusion
    assert everything.attention == pytest.approx(1, abs=0.1)


def test_times_are_those_of_the_recording_in_windows_and_channels(model, tmp_path):
    path = tmp_path / "a.wav"
    samples = noise(4, channels=2)
    soundfile.write(path, samples, RATE, subtype="FLOAT")
    part = model(path, window=2.0, hop=2.0)[1]
    assert [one.start for one in model.occluded(part, path, 1.0).occlusion] == [2, 3]
    second = model.channels(path)[1]
    found = model.occluded(second, path, [Word(1, 1, "a")]).occlusion
    whole, left = left_without(model, samples[:, 1], 1, 2)
    assert found[0].lost == pytest.approx(whole - left, abs=1e-6)


def test_silent_moments_and_the_only_one_with_sound_cost_nothing_that_could_be_said(model):
    samples = noise(3)
    samples[RATE : 2 * RATE] = 0
    result = model(samples, RATE)
    assert [one.start for one in model.occluded(result, samples, 1.0, RATE).occlusion] == [0, 2]
    alone = noise(1)
    assert model.occluded(model(alone, RATE), alone, 1.0, RATE).occlusion == ()
    beyond = [Word(9, 1, "after the end"), Word(0.5, 0, "without duration")]
    assert model.occluded(result, samples, beyond, RATE).occlusion == ()


def test_a_long_recording_is_silenced_piece_by_piece(model):
    samples = noise(4)
    found = model.occluded(model(samples, RATE), samples, 0.1, RATE).occlusion
    assert len(found) == 40  # more than are judged at a time


@pytest.mark.parametrize("by", ["word", 0, -1.0, float("nan")])
def test_what_is_no_word_and_no_length_is_refused(model, by):
    samples = noise(1)
    with pytest.raises(SentemoError, match="number of seconds"):
        model.occluded(model(samples, RATE), samples, by, RATE)


def test_a_model_that_hears_no_words_says_what_to_do(predict):
    model = SpeechEmotion.from_pretrained("open")
    with pytest.raises(SentemoError, match="Name a whole Whisper"):
        model.occluded(model(noise(1), RATE), noise(1), "words", RATE)
    status, _, error = predict("--occlude", "words", model="open")
    assert status == 2 and "--occlude words: open has no recogniser" in error


@pytest.fixture
def predict(packed, tmp_path, capsys):
    def run(*options, model=packed):
        path = tmp_path / "a.wav"
        soundfile.write(path, noise(4), RATE)
        with pytest.raises(SystemExit) as end:
            main([str(model), str(path), *options])
        found = capsys.readouterr()
        return end.value.code, found.out.splitlines(), found.err

    return run


def test_json_has_the_moments_of_every_part(predict):
    status, lines, _ = predict("--json", "--window", "2", "--hop", "2", "--occlude", "1")
    assert status == 0
    parts = [json.loads(line)["occlusion"] for line in lines]
    assert [[one["start"] for one in part] for part in parts] == [[0, 1], [2, 3]]
    assert all(-1 <= one["lost"] <= 1 for part in parts for one in part)
    assert all(one["attention"] > 0 and "word" not in one for part in parts for one in part)


def test_the_table_says_it_under_each_answer(predict):
    _, (answer,), _ = predict("--json", "--occlude", "2")
    found = json.loads(answer)
    status, (_, _, *lines), _ = predict("--occlude", "2")
    assert status == 0
    assert [line.split() for line in lines] == [
        [found["label"], f"{-100 * lost:+.1f}", "points", "without", start, "to", end, "s"]
        for lost, start, end in (
            (found["occlusion"][0]["lost"], "0.00", "2.00"),
            (found["occlusion"][1]["lost"], "2.00", "4.00"),
        )
    ]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["1", "--follow"], "goes without --follow"),
        (["all"], "'all' is no number of seconds"),
    ],
)
def test_what_does_not_go_with_it_is_refused(predict, options, message):
    status, _, error = predict("--occlude", *options)
    assert status == 2 and message in error
