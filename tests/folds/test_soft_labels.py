"""Folds learn the annotators' distributions, also of utterances on which these did not agree."""

from dataclasses import replace

import numpy as np
import pytest
from sklearn.linear_model import Ridge
from small_training import PROBE

from sentemo.data.kaldi import NO_AGREEMENT
from sentemo.data.labels import class_shares
from sentemo.data.splits import side_of_fold
from sentemo.folds.probe_choice import ProbeData
from sentemo.folds.probe_table import how_chosen
from sentemo.folds.ridge import ClassTarget
from sentemo.folds.run import predict_test, predict_together, train_fold, train_together
from sentemo.states.kept import KeptStates

BALANCED = {"freeze_encoder": True, "class_weights": "balanced"}
MIXED = {"happy": 0.25, "sad": 0.5, "other": 0.25}


@pytest.fixture
def voted(features):
    """The utterances with votes; on one of each speaker the annotators did not agree."""
    found = []
    for utt in features[1]:
        shares = {utt.label: 0.75, "other": 0.25} if utt.id.endswith("0") else {utt.label: 1.0}
        found.append(replace(utt, distribution=shares))
        if utt.id.endswith("5"):
            found[-1] = replace(utt, label=NO_AGREEMENT, distribution=MIXED)
    return found


def predicted(found):
    return sorted(p.utterance for p in found)


def test_a_fold_is_never_validated_or_tested_on_utterances_without_agreement(make_job, voted):
    job = make_job("soft", utterances=voted, max_epoch=2, label_targets="soft")
    trained = train_fold(job)
    assert predicted(trained.valid) == [f"{job.fold.valid[0]}-{n}" for n in range(5)]
    assert predicted(predict_test(job)) == [f"{job.fold.test[0]}-{n}" for n in range(5)]


@pytest.mark.parametrize("task", ["label", "both"])
@pytest.mark.parametrize("kind", ["network", "probe"])
def test_all_folds_in_one_pass_learn_them_too(make_jobs, voted, kind, task):
    changes = PROBE if kind == "probe" else {"model_conf": BALANCED}
    jobs = make_jobs(kind, utterances=voted, task=task, label_targets="soft", **changes)
    trained = train_together(jobs)
    for job, fold, tested in zip(jobs, trained, predict_together(jobs), strict=True):
        for side, found in (("valid", fold.valid), ("test", tested)):
            names = [f"{getattr(job.fold, side)[0]}-{n}" for n in range(5)]
            assert predicted(found) == sorted(names * (1 + (task == "both")))


@pytest.mark.parametrize("kind", ["network", "probe"])
def test_distributions_of_one_class_each_are_classes(make_jobs, features, kind):
    changes = PROBE if kind == "probe" else {"specaug": None, "specaug_conf": {}}
    ones = [replace(utt, distribution={utt.label: 1.0}) for utt in features[1]]
    answers = []
    for name, utterances in (("hard", features[1]), ("soft", ones)):
        jobs = make_jobs(f"{kind}_{name}", utterances=utterances, **changes)
        train_together(jobs)
        answers.append([p.probabilities for fold in predict_together(jobs) for p in fold])
    np.testing.assert_allclose(*answers, atol=1e-5)


def test_a_probe_is_ridge_regression_of_the_shares(make_jobs, voted):
    jobs = make_jobs("probe", utterances=voted, **PROBE)
    data = ProbeData(jobs, KeptStates(jobs[0].states), 1)
    rows, pooled = data.rows(jobs[0], "train"), data.pooled("1")
    [found] = data.maps(pooled, rows, data.targets[0], [3.0])
    train = side_of_fold(voted, jobs[0].fold, "train")
    wanted = np.array([class_shares(train, jobs[0].labels)[utt] for utt in data.names(rows)])
    inputs = pooled[rows].reshape(len(rows), -1)
    mean, deviation = inputs.mean(axis=0), inputs.std(axis=0)
    weights = wanted @ (1 / wanted.sum(axis=0))
    weights *= len(weights) / weights.sum()
    ridge = Ridge(alpha=3.0 * len(rows), fit_intercept=False)
    centre = np.average(wanted, axis=0, weights=weights)
    ridge.fit((inputs - mean) / deviation, wanted - centre, weights)
    expected = ridge.predict((inputs - mean) / deviation) + centre
    np.testing.assert_allclose(found(pooled[rows]), expected, atol=1e-6)


def test_a_probe_may_be_chosen_by_a_metric(make_job):
    """Outputs that are right but faint cost a loss, and no metric."""
    numbers = np.array([0, 0, 1, 1])
    outputs = np.array([[0.6, 0.4], [0.6, 0.4], [0.6, 0.4], [0.4, 0.6]])
    rows = np.arange(4)
    costs = {
        criterion: ClassTarget(numbers, 2, np.zeros(4, int), None, criterion).cost(outputs, rows)
        for criterion in ("loss", "wa", "macro_f1")
    }
    assert costs["wa"] == pytest.approx(1 / 4)
    assert costs["macro_f1"] == pytest.approx(1 - (4 / 5 + 2 / 3) / 2)
    assert costs["loss"] > 0.5
    job = make_job("by_f1", **{**PROBE, "best_model_criterion": [["valid", "macro_f1", "max"]]})
    assert how_chosen(job.config) == (
        "none; one layer and penalty by macro-F1 on the validation sides of all folds"
    )
