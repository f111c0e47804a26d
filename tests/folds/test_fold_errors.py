"""Data that no fold can learn from, or hardly: in one pass as fold by fold."""

from dataclasses import replace

import pytest

from sentemo.core.errors import SentemoError
from sentemo.folds.joint import predict_folds_together, train_folds_together
from sentemo.folds.run import predict_test, train_fold

FOUR_FRAMES_PER_STATE = {
    "preencoder": None,
    "preencoder_conf": {},
    "encoder": "conv_blstm",
    "encoder_conf": {
        "num_macro_layers": 2,
        "conv_channels": 4,
        "num_blstm_layers": 1,
        "units": 4,
        "projection_size": 4,
    },
}


def train_one_by_one(jobs):
    """Train every fold by itself."""
    return [train_fold(job) for job in jobs]


def predict_one_by_one(jobs):
    """Predict every fold's test side by itself."""
    return [predict_test(job) for job in jobs]


@pytest.mark.parametrize("train", [train_folds_together, train_one_by_one])
def test_a_class_that_a_training_side_lacks_is_named_with_the_fold(make_jobs, features, train):
    utterances = [replace(u, label="happy") if u.speaker == "b" else u for u in features[1]]
    jobs = make_jobs("lacking", utterances=utterances)
    with pytest.raises(SentemoError, match="fold 3: no training utterance is labelled sad"):
        train(jobs)


@pytest.mark.parametrize("asr_model", [FOUR_FRAMES_PER_STATE], indirect=True)
@pytest.mark.parametrize("train", [train_folds_together, train_one_by_one])
def test_utterances_too_short_for_a_state_are_named(make_jobs, features, train):
    short = replace(features[0], num_frames={**features[0].num_frames, "b-1": 3, "c-4": 2})
    with pytest.raises(SentemoError, match=r"(?s)too short for the encoder: 2\n.*b-1: 3 frames"):
        train(make_jobs("short", short))


@pytest.mark.parametrize(
    ("train", "predict"),
    [(train_folds_together, predict_folds_together), (train_one_by_one, predict_one_by_one)],
)
def test_a_speaker_of_one_utterance_validates_and_is_tested(make_jobs, features, train, predict):
    """UA is that of the class which occurs."""
    utterances = [replace(u, speaker="d") if u.id == "a-0" else u for u in features[1]]
    jobs = make_jobs("single", utterances=utterances, max_epoch=1)
    assert [p.utterance for p in train(jobs)[2].valid] == ["a-0"]
    assert [p.utterance for p in predict(jobs)[3]] == ["a-0"]
