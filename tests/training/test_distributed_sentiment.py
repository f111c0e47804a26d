"""Sentiment in two processes is sentiment in one: the loss of a batch is that of the whole."""

from dataclasses import replace

import numpy as np
import pytest

from sentemo.core import checkpoint
from sentemo.folds.run import train_fold
from sentemo.tasks.ser import SERTask

# No dropout: each process draws its own. Batches of 3 and 2, in validation of 3 and 1: one process
# has more of a batch than the other.
SHARED = {
    "batch_size": 3,
    "encoder_conf": {"num_layers": 1, "units": 4},
    "decoder_conf": {"units": 4, "heads": 2, "head_size": 3, "dropout": 0.0},
    "max_epoch": 3,
}
BALANCED = {"model_conf": {"class_weights": "balanced"}}
CRITERION = {"best_model_criterion": [["valid", "ccc", "max"]]}


@pytest.fixture
def train(make_job, features):
    """Train the fold of a few utterances whose classes are not alike often."""

    def run(name, processes, **config):
        some = [utt for utt in features[1] if utt.id not in ("b-0", "b-2", "c-2")]
        job = make_job(name, utterances=some, **{**SHARED, **config})
        return job, train_fold(replace(job, processes=processes))

    return run


@pytest.mark.parametrize(
    "config",
    [BALANCED, {"task": "dimensional", **CRITERION}, {"task": "both", **BALANCED, **CRITERION}],
    ids=["classes", "dimensions", "both"],
)
def test_two_processes_learn_and_measure_what_one_does(train, config):
    (one, alone), (two, shared) = train("one", 1, **config), train("two", 2, **config)
    states = [checkpoint.load_checkpoint(job.exp) for job in (one, two)]
    for name, weight in states[0]["model"].items():
        np.testing.assert_allclose(weight, states[1]["model"][name], atol=2e-4, err_msg=name)
    stats = [state["reporter"]["stats"] for state in states]
    for epoch in (1, 2, 3):
        valid = [stat[epoch]["valid"] for stat in stats]
        metrics = [name for name in SERTask.metrics if name in valid[0]]
        np.testing.assert_allclose(*([v[m] for m in metrics] for v in valid), rtol=1e-3)
        np.testing.assert_allclose(*(stat[epoch]["train"]["loss"] for stat in stats), rtol=1e-3)
    assert (alone.best_epoch, alone.epochs) == (shared.best_epoch, shared.epochs)
    assert [answer.utterance for answer in alone.valid] == [a.utterance for a in shared.valid]


def test_processes_stop_early_at_the_epoch_of_one(train):
    config = {"max_epoch": 30, "patience": 0, "optim_conf": {"lr": 0.2}}
    (_, alone), (_, shared) = train("one", 1, **config), train("two", 2, **config)
    assert (alone.best_epoch, alone.epochs) == (shared.best_epoch, shared.epochs)
    assert alone.epochs < 30
