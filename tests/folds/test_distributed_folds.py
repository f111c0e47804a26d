"""Folds in one pass learn the same in two processes as in one, and go on in either."""

from dataclasses import replace

import pytest
import torch

from sentemo.core import checkpoint
from sentemo.folds.joint import predict_folds_together, train_folds_together
from sentemo.scoring.predictions import Prediction

CLEAN = {
    "specaug": None,
    "specaug_conf": {},
    "model_conf": {"freeze_encoder": True, "encoder_layer": "weighted"},
}
# The folds stop at different epochs. 16 utterances are a batch of 15 and one of 1, of which the
# second process has none.
UNEVEN = {"batch_size": 5, "patience": 0, "max_epoch": 8, "optim_conf": {"lr": 0.1}}


@pytest.fixture
def train(make_jobs, features, tmp_path):
    """Train three folds of an experiment that shares no states with others."""

    def run(name, processes, nodes=1, **config):
        (tmp_path / name).mkdir(exist_ok=True)
        some = [utt for utt in features[1] if utt.id not in ("a-1", "b-4")]
        jobs = make_jobs(f"{name}/joint", utterances=some, **config)
        jobs = [replace(job, processes=processes, nodes=nodes) for job in jobs]
        return jobs, train_folds_together(jobs)

    return run


def numbers(answer):
    return answer.probabilities if isinstance(answer, Prediction) else answer.predicted


def assert_same(one, two):
    """Two trainings have the same histories, checkpoint and predictions, but for rounding."""
    (jobs, alone), (others, shared) = one, two
    states = [checkpoint.load_checkpoint(of[0].exp.parent) for of in (jobs, others)]
    torch.testing.assert_close(states[1], states[0], atol=1e-4, rtol=1e-3)
    tested = zip(predict_folds_together(jobs), predict_folds_together(others), strict=True)
    for fold, other in zip(alone, shared, strict=True):
        assert (fold.best_epoch, fold.epochs) == (other.best_epoch, other.epochs)
    valid = zip((fold.valid for fold in alone), (fold.valid for fold in shared), strict=True)
    for found, expected in [*tested, *valid]:
        assert [a.utterance for a in found] == [b.utterance for b in expected] != []
        for answer, other in zip(found, expected, strict=True):
            assert numbers(answer) == pytest.approx(numbers(other), abs=1e-3)


@pytest.mark.parametrize("config", [{"task": "both", **UNEVEN}, CLEAN], ids=["uneven", "clean"])
def test_two_processes_learn_and_predict_what_one_does(train, config, capfd):
    one, two = train("one", 1, **config), train("two", 2, **config)
    assert_same(one, two)
    epochs = [line for line in capfd.readouterr().out.splitlines() if line.startswith("epoch ")]
    assert len(epochs) == 2 * max(fold.epochs for fold in one[1])
    if config != CLEAN:
        assert len({fold.epochs for fold in one[1]}) > 1


@pytest.mark.parametrize("processes", [(2, 1), (1, 2)])
def test_an_experiment_goes_on_with_another_number_of_processes(train, processes):
    train("broken", processes[0], max_epoch=1)
    assert_same(train("whole", 1), train("broken", processes[1]))


def test_two_nodes_learn_what_one_process_does(train, slurm):
    one, two = train("one", 1), train("two", 1, nodes=2)
    assert_same(one, two)
    assert not [*two[0][0].exp.parent.glob("*.pickle")]
