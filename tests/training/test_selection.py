"""The epoch policy: it is ESPnet's, for trainings with and without ESPnet's reporter."""

import logging
from argparse import Namespace
from dataclasses import replace

import numpy as np
import pytest
import torch
from espnet2.train.reporter import Reporter

from sentemo.core import checkpoint
from sentemo.training.history import reporter_history
from sentemo.training.selection import EpochFiles, EpochPolicy, EpochProgress, rank_epochs

LOSS, UA = ("valid", "loss", "min"), ("valid", "ua", "max")
TRAIN_LOSS = ("train", "loss", "min")


def history_of(*pairs):
    """A history of (loss, UA) of the validation side; the loss of training falls."""
    return [
        {"train": {"loss": 9.0 - n}, "valid": {"loss": float(loss), "ua": float(ua)}}
        for n, (loss, ua) in enumerate(pairs)
    ]


def reporter_of(history):
    reporter = Reporter()
    stats = dict(enumerate(history, start=1))
    reporter.load_state_dict({"epoch": len(history), "stats": stats})
    return reporter


def random_histories():
    """Histories of few different values, so that many epochs are equal."""
    draw = np.random.default_rng(0)
    return [
        history_of(*draw.integers(0, 4, size=(draw.integers(1, 12), 2)).tolist())
        for _ in range(100)
    ]


@pytest.mark.parametrize("criterion", [LOSS, UA, TRAIN_LOSS])
def test_epochs_are_ranked_as_espnets_reporter_ranks_them(criterion):
    for history in random_histories():
        reporter = reporter_of(history)
        ranked = rank_epochs(history, criterion)
        assert ranked == reporter.sort_epochs(*criterion)
        assert ranked[0] == reporter.get_best_epoch(*criterion)
        assert rank_epochs(reporter_history(reporter.stats), criterion) == ranked


def test_the_earlier_of_two_equals_comes_first():
    history = history_of((2, 0.5), (1, 0.7), (1, 0.7), (3, 0.5))
    assert rank_epochs(history, LOSS) == [2, 3, 1, 4]
    assert rank_epochs(history, UA) == [2, 3, 1, 4]


def test_a_mode_that_is_none_is_refused():
    with pytest.raises(ValueError, match="must be min or max"):
        rank_epochs(history_of((1, 1)), ("valid", "loss", "best"))


@pytest.mark.parametrize("patience", [0, 1, 3])
@pytest.mark.parametrize("criterion", [LOSS, UA])
def test_patience_runs_out_when_espnets_reporter_says_so(patience, criterion):
    policy = EpochPolicy([LOSS], 1, criterion, patience)
    stopped = set()
    for history in random_histories():
        expected = reporter_of(history).check_early_stopping(patience, *criterion)
        assert policy.has_stopped(history) == expected
        stopped.add(expected)
    assert stopped == {True, False}


def test_without_patience_or_epochs_nothing_stops():
    policy = EpochPolicy([LOSS], 1, LOSS, patience=0)
    history = history_of((1, 0), (2, 0))
    assert policy.has_stopped(history)
    assert not policy.has_stopped([])
    assert not replace(policy, patience=None).has_stopped(history)


@pytest.mark.parametrize(("keep_nbest_models", "keep"), [(2, 2), ([1, 3], 3)])
def test_the_policy_is_read_from_espnets_options(keep_nbest_models, keep):
    options = Namespace(
        best_model_criterion=[LOSS, UA],
        keep_nbest_models=keep_nbest_models,
        early_stopping_criterion=UA,
        patience=4,
    )
    assert EpochPolicy.from_options(options) == EpochPolicy([LOSS, UA], keep, UA, 4)


def test_what_is_best_by_any_criterion_is_kept():
    history = history_of((1, 0.1), (2, 0.2), (3, 0.9), (4, 0.3))
    policy = EpochPolicy([LOSS, UA], 2, LOSS, None)
    assert policy.best_epochs(history) == {("valid", "loss"): [1, 2], ("valid", "ua"): [3, 4]}
    assert policy.kept_epochs(history) == {1, 2, 3, 4}
    assert replace(policy, keep=1).kept_epochs(history) == {1, 3}


def weights_of(epoch):
    return {"weight": torch.full((2,), float(epoch)), "steps": torch.tensor(epoch)}


def test_files_are_those_of_the_best_epochs_and_their_mean(tmp_path):
    files = EpochFiles(tmp_path, EpochPolicy([LOSS, UA], 2, LOSS, None))
    history = history_of((3, 0.2), (1, 0.1), (2, 0.4), (4, 0.3), (5, 0.0))
    for epoch in range(1, 6):
        files.save_if_best(history[:epoch], weights_of(epoch))
        files.remove_others(history[:epoch])
    assert {p.name for p in tmp_path.iterdir()} == {"2epoch.pth", "3epoch.pth", "4epoch.pth"}
    files.link_best(history)
    links = {p.name: p.readlink().name for p in tmp_path.glob("*.best.pth")}
    assert links == {"valid.loss.best.pth": "2epoch.pth", "valid.ua.best.pth": "3epoch.pth"}
    written = files.save_averages(history)
    assert [p.name for p in written] == ["valid.loss.ave.pth", "valid.ua.ave.pth"]
    loss, ua = map(checkpoint.load_weights, written)
    assert loss["weight"].tolist() == [2.5, 2.5] and ua["weight"].tolist() == [3.5, 3.5]
    assert loss["steps"] == 2 and ua["steps"] == 3  # a counter is that of the best


def test_one_epoch_is_averaged_only_on_request(tmp_path):
    files = EpochFiles(tmp_path / "fold_01", EpochPolicy([UA], 1, LOSS, None))
    history = history_of((3, 0.2))
    files.save_if_best(history, weights_of(1))
    assert files.save_averages(history) == []
    (average,) = files.save_averages(history, fewest=1)
    assert checkpoint.load_weights(average)["weight"].tolist() == [1.0, 1.0]


def test_a_line_for_each_epoch_says_the_time_left(monkeypatch, caplog):
    caplog.set_level(logging.INFO)
    now = 100.0
    monkeypatch.setattr("time.perf_counter", lambda: now)
    progress = EpochProgress(first=3, last=10)  # resumed: two epochs took no time of this run
    now = 120.0
    progress.report(4, "valid ua 0.500")
    assert caplog.messages == ["epoch 4/10: valid ua 0.500; at most 1 minute left"]
