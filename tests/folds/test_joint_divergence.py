"""Folds in one pass end, and say of which fold, where losses stay not finite."""

import logging
from itertools import count

import pytest
import torch

from sentemo.core.errors import SentemoError
from sentemo.folds.joint import (
    train_folds_together,
)
from sentemo.folds.joint_inputs import joint_arguments
from sentemo.folds.learner import FoldLearner
from sentemo.models.ser import SpeechEmotionModel
from sentemo.states.kept import KeptStates
from sentemo.tasks.ser import SERTask
from sentemo.training import batches
from sentemo.training.batches import TOLERATED_IN_A_ROW


def diverge(monkeypatch, first=1, until=10**9):
    """Replace the loss by nan, from its first such call on."""
    original, calls = SpeechEmotionModel.loss, count(1)

    def loss(self, outputs, targets):
        found = original(self, outputs, targets)
        return found * float("nan") if first <= next(calls) < until else found

    monkeypatch.setattr(SpeechEmotionModel, "loss", loss)


@pytest.fixture
def learner(make_jobs):
    """The first fold's learner in its seventh epoch, and a batch of all utterances."""
    jobs = make_jobs("joint")
    args = joint_arguments(jobs)
    model = SERTask.build_model(args)
    learner = FoldLearner(model.with_own_decoder(), jobs[0], args, KeptStates(jobs[0].states))
    learner.start_epoch(7)
    names = [utt.id for utt in jobs[0].utterances]
    states = torch.randn(len(names), 5, model.encoder.output_size())
    return learner, names, states, torch.full((len(names),), 5)


def test_a_fold_whose_losses_stay_not_finite_ends_the_training(learner, monkeypatch):
    """The training ends as `SentemoTrainer` does; a few batches in a row are only skipped."""
    learner, *batch = learner
    diverge(monkeypatch, first=2, until=2 + TOLERATED_IN_A_ROW - 1)
    for _ in range(TOLERATED_IN_A_ROW + 1):
        learner.learn(*batch)
    learner.require_steps()  # the first and the last batch were learnt from
    diverge(monkeypatch)
    for _ in range(TOLERATED_IN_A_ROW - 1):
        learner.learn(*batch)
    with pytest.raises(SentemoError, match=r"fold 1, epoch 7, batch 21: .* diverged"):
        learner.learn(*batch)


def test_a_joint_training_ends_when_one_fold_diverges(make_jobs, monkeypatch):
    """It ends at once, not when the epoch has ended."""
    monkeypatch.setattr(batches, "TOLERATED_IN_A_ROW", 3)
    jobs = make_jobs("diverges", batch_size=1)
    diverge(monkeypatch)
    with pytest.raises(SentemoError, match=r"fold \d, epoch 1, batch [345]: .* diverged"):
        train_folds_together(jobs)


def test_an_epoch_without_a_finite_step_names_the_fold(make_jobs, monkeypatch):
    jobs = make_jobs("nan", max_epoch=1)
    diverge(monkeypatch)
    with pytest.raises(SentemoError, match=r"fold_\d\d: no step of epoch 1 had a finite gradient"):
        train_folds_together(jobs)


@pytest.mark.parametrize("broken", ["states", "loss", "gradient"])
def test_a_skipped_batch_names_the_folds_own_utterances_alone(learner, monkeypatch, caplog, broken):
    """A fold's warning leaves out its test utterances, which are not the reason."""
    caplog.set_level(logging.INFO)
    learner, names, states, lengths = learner
    if broken == "states":
        states[names.index("a-1")] = float("nan")
        states[names.index("c-3")] = float("nan")
    elif broken == "loss":
        diverge(monkeypatch)
    else:
        monkeypatch.setattr(
            torch.nn.utils, "clip_grad_norm_", lambda *args: torch.tensor(float("inf"))
        )
    learner.learn(names, states, lengths)
    (message,) = caplog.messages
    train = {name for name in names if name[0] in learner_speakers(learner)}
    named = {name for name in names if name in message}
    assert named == (train & {"a-1", "c-3"} if broken == "states" else train) != set()
    assert message.startswith("fold 1, epoch 7, batch 1: skipped")


def learner_speakers(learner):
    return {name[0] for name in learner._sides["train"]}
