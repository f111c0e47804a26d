"""Classical classifiers on functionals that are known."""

import numpy as np
import pytest

from sentemo.baselines.classifiers import largest_class, linear_svm
from sentemo.core.errors import SentemoError
from sentemo.data.kaldi import Utterance
from sentemo.data.splits import leave_one_speaker_out

COMPLEXITIES = [0.01, 0.1, 1.0]


@pytest.fixture(params=[["happy", "sad"], ["happy", "neutral", "sad"]], ids=["two", "three"])
def corpus(request, tmp_path):
    """Four speakers; a functional for each class, one that never varies, and one of the speaker."""
    labels, draw = request.param, np.random.default_rng(0)
    utterances, values = [], {}
    for number, speaker in enumerate("abcd"):
        for index in range(6 * len(labels)):
            label = labels[index % len(labels)]
            utt = Utterance(f"{speaker}-{index:02d}", speaker, tmp_path / "none.wav", label)
            utterances.append(utt)
            shown = np.eye(len(labels))[labels.index(label)] + 0.1 * draw.normal(size=len(labels))
            values[utt.id] = np.array([*(1000 * shown), 7.0, float(number)], np.float32)
    return labels, utterances, values


def test_the_svm_learns_what_the_functionals_say(corpus):
    labels, utterances, values = corpus
    for fold in leave_one_speaker_out("abcd"):
        found = linear_svm(utterances, fold, labels, values, COMPLEXITIES)
        assert {p.speaker for p in found.test} == set(fold.test)
        assert {p.speaker for p in found.valid} == set(fold.valid)
        assert all(p.predicted == p.label for p in found.test)
        for p in found.test:
            assert sum(p.probabilities) == pytest.approx(1)
            assert labels[int(np.argmax(p.probabilities))] == p.predicted
        assert found.complexity in COMPLEXITIES


def test_neither_test_nor_validation_side_is_learnt_from(corpus):
    """Poisoned functionals of one side change no prediction of the other."""
    labels, utterances, values = corpus
    fold = leave_one_speaker_out("abcd")[0]
    one = COMPLEXITIES[:1]  # what validation chooses is chosen by validation
    clean = linear_svm(utterances, fold, labels, values, one)
    for side in ("test", "valid"):
        speakers = getattr(fold, side)
        poisoned = {
            utt.id: values[utt.id] * (1e6 if utt.speaker in speakers else 1) for utt in utterances
        }
        found = linear_svm(utterances, fold, labels, poisoned, one)
        other = "valid" if side == "test" else "test"
        assert getattr(found, other) == getattr(clean, other)


def test_the_largest_class_is_that_of_the_training_side(corpus):
    labels, utterances, _ = corpus
    fold = leave_one_speaker_out("abcd")[0]
    few = [u for u in utterances if u.speaker in (*fold.test, *fold.valid) or u.label != labels[0]]
    found = largest_class(few, fold, labels)
    assert {p.predicted for p in found.test + found.valid} == {labels[1]}
    assert len(found.test) == 6 * len(labels)


def test_a_class_that_no_training_utterance_has_is_named(corpus):
    labels, utterances, values = corpus
    fold = leave_one_speaker_out("abcd")[0]
    lacking = [u for u in utterances if u.label != "sad" or u.speaker in fold.test]
    with pytest.raises(SentemoError, match="fold 1: no training utterance is labelled sad"):
        linear_svm(lacking, fold, labels, values, COMPLEXITIES)


def test_the_complexity_is_chosen_on_validation_alone(corpus):
    labels, utterances, values = corpus
    fold = leave_one_speaker_out("abcd")[0]
    chosen = linear_svm(utterances, fold, labels, values, COMPLEXITIES).complexity
    poisoned = {u.id: values[u.id] * (-1e3 if u.speaker in fold.test else 1) for u in utterances}
    assert linear_svm(utterances, fold, labels, poisoned, COMPLEXITIES).complexity == chosen
    assert chosen == min(COMPLEXITIES)  # of equals, the smallest
