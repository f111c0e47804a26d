"""A probe is ridge regression of each fold's own training side, stored as any other model."""

import json
from dataclasses import replace

import numpy as np
import pytest
from sklearn.linear_model import Ridge
from small_training import PROBE

from sentemo.data.splits import side_of_fold
from sentemo.folds.probe_choice import ProbeData, choose
from sentemo.folds.probe_layers import validation_scales
from sentemo.folds.probe_table import PROBE_TABLE
from sentemo.folds.ridge import ClassTarget, DimensionTarget, ridge_solutions
from sentemo.folds.run import predict_together, train_together
from sentemo.inference.checkpoint_files import files_of_experiment
from sentemo.inference.ensemble import build_ensemble
from sentemo.scoring.metrics import ccc
from sentemo.states.kept import KeptStates


@pytest.fixture
def draw():
    return np.random.default_rng(0)


@pytest.mark.parametrize("shape", [(20, 6), (6, 20)], ids=["tall", "wide"])
def test_both_gram_matrices_give_the_solution_of_scikit_learn(draw, shape):
    inputs, targets = draw.normal(size=shape), draw.normal(size=(shape[0], 3))
    weights = draw.uniform(0.5, 2, shape[0])
    penalties = [0.1, 30.0]
    for penalty, found in zip(
        penalties, ridge_solutions(inputs, targets, weights, penalties), strict=True
    ):
        reference = Ridge(alpha=penalty, fit_intercept=False).fit(inputs, targets, weights)
        np.testing.assert_allclose(found, reference.coef_.T, atol=1e-8)


def test_all_classes_weigh_the_same_however_rare():
    target = ClassTarget(np.array([0, 0, 0, 1]), 2, np.zeros(4, int))
    rows = np.arange(4)
    centred, mean, weights = target.training(rows)
    assert mean.tolist() == [0.5, 0.5]
    assert weights[:3].sum() == pytest.approx(weights[3]) == pytest.approx(2.0)
    np.testing.assert_allclose((weights[:, None] * centred).sum(axis=0), 0.0)
    wrong_of_rare = np.array([[1.0, 0.0]] * 4)
    wrong_of_common = np.array([[0.0, 1.0]] * 4)
    assert target.loss(wrong_of_rare, rows) == pytest.approx(target.loss(wrong_of_common, rows))


def test_the_loss_of_dimensions_is_one_minus_the_mean_ccc(draw):
    values, outputs = draw.normal(size=(9, 3)), draw.normal(size=(9, 3))
    rows = np.array([0, 2, 3, 7])
    expected = 1 - ccc(outputs[rows], values[rows]).mean()
    assert DimensionTarget(values, np.zeros(9, int)).loss(outputs[rows], rows) == pytest.approx(
        expected
    )


@pytest.fixture
def probes(make_jobs):
    return make_jobs("probe", **PROBE)


def test_predictions_are_those_of_ridge_regression_on_pooled_states(probes):
    trained = train_together(probes)
    tested = predict_together(probes)
    table = json.loads((probes[0].exp.parent / PROBE_TABLE).read_text())
    layer, penalty = table["pooled"]["layer"], table["pooled"]["penalty"]
    kept = KeptStates(probes[0].states)
    for job, valid, test in zip(probes, [t.valid for t in trained], tested, strict=True):
        sides = {
            side: sorted(u.id for u in side_of_fold(job.utterances, job.fold, side))
            for side in ("train", "valid", "test")
        }
        inputs = {s: kept.pooled(n, [layer]).reshape(len(n), -1) for s, n in sides.items()}
        mean, deviation = inputs["train"].mean(axis=0), inputs["train"].std(axis=0)
        labels = {u.id: job.labels.index(u.label) for u in job.utterances}
        wanted = np.eye(2)[[labels[utt] for utt in sides["train"]]] - 0.5
        ridge = Ridge(alpha=penalty * len(sides["train"]), fit_intercept=False)
        ridge.fit((inputs["train"] - mean) / deviation, wanted)  # as many happy as sad ones
        for side, found in (("valid", valid), ("test", test)):
            outputs = ridge.predict((inputs[side] - mean) / deviation)
            assert [p.utterance for p in found] == sides[side]
            expected = [job.labels[column] for column in outputs.argmax(axis=1)]
            assert [p.predicted for p in found] == expected
            logits = [np.log(p.probabilities[0] / p.probabilities[1]) for p in found]
            differences = outputs[:, 0] - outputs[:, 1]
            ratios = np.array(logits) / differences
            np.testing.assert_allclose(ratios, ratios[0], rtol=1e-3)  # one temperature


def test_the_packed_form_of_a_probe_hears_features_as_any_model(probes):
    """Its states are of full precision, and those that it learnt from of half."""
    import kaldiio
    import torch

    train_together(probes)
    tested = {p.utterance: p for fold in predict_together(probes) for p in fold}
    for job in probes:
        files = files_of_experiment(job.exp.parent, fold=job.fold.number)
        ensemble, _ = build_ensemble(files, "the probe")
        for utt in side_of_fold(job.utterances, job.fold, "test"):
            matrix = torch.from_numpy(kaldiio.load_mat(job.features.scp[utt.id]).copy())
            with torch.no_grad():
                found = ensemble(matrix[None], torch.tensor([len(matrix)]))
            np.testing.assert_allclose(
                found["probabilities"][0].numpy(), tested[utt.id].probabilities, atol=5e-3
            )


def test_the_test_side_changes_no_choice_and_no_weight(make_jobs, features):
    honest = make_jobs("honest", **PROBE)
    train_together(honest)
    swapped = [
        replace(u, label="sad" if u.label == "happy" else "happy") if u.speaker == "a" else u
        for u in features[1]
    ]
    [number] = [job.fold.number for job in honest if job.fold.test == ("a",)]
    other = make_jobs("swapped", utterances=swapped, **PROBE)
    choices = [
        choose(ProbeData(jobs, KeptStates(jobs[0].states), "best"), [1.0, 100.0]).folds[number - 1]
        for jobs in (honest, other)
    ]
    assert choices[0] == choices[1]


def test_the_table_has_every_layer_all_together_and_each_folds_own_choice(probes):
    train_together(probes)
    predict_together(probes)
    table = json.loads((probes[0].exp.parent / PROBE_TABLE).read_text())
    assert [row["layer"] for row in table["layers"]] == ["1", "2", "all"]
    assert all(0 <= row["scores"]["test"]["ua"]["pooled"] <= 1 for row in table["layers"])
    assert [row["fold"] for row in table["folds"]] == [1, 2, 3]
    assert {row["layer"] for row in table["folds"]} <= {"1", "2"}
    assert 0 <= table["by_fold"]["scores"]["test"]["ua"]["pooled"] <= 1
    chosen = [row for row in table["layers"] if row["layer"] == table["pooled"]["layer"]]
    assert chosen[0]["penalty"] == table["pooled"]["penalty"]


@pytest.mark.parametrize("choice", ["fold", "pooled"])
@pytest.mark.parametrize("task", ["dimensional", "both"])
def test_dimensions_are_probed_too(make_jobs, task, choice):
    conf = {**PROBE, "probe_conf": {"penalties": [1.0, 100.0], "choice": choice}}
    jobs = make_jobs("dimensions", task=task, **conf)
    train_together(jobs)
    kinds = {type(p).__name__ for fold in predict_together(jobs) for p in fold}
    assert ("DimensionPrediction" in kinds, "Prediction" in kinds) == (True, task == "both")
    table = json.loads((jobs[0].exp.parent / PROBE_TABLE).read_text())
    assert all("dimensions" in row["scores"] for row in table["layers"])


@pytest.mark.parametrize(("setting", "layers"), [(1, ["1"]), ("all", ["all"]), ("last", ["2"])])
def test_a_layer_may_be_fixed(make_jobs, setting, layers):
    model = {"freeze_encoder": True, "encoder_layer": setting}
    jobs = make_jobs("fixed", **{**PROBE, "model_conf": model})
    train_together(jobs)
    table = json.loads((jobs[0].exp.parent / PROBE_TABLE).read_text())
    assert [row["layer"] for row in table["layers"]] == layers
    assert len(predict_together(jobs)) == 3


def test_a_fold_learns_from_the_layer_that_its_own_probe_chose(make_jobs):
    """Its states, alone and from the encoder, are those of this layer."""
    model = {"freeze_encoder": True, "encoder_layer": "best", "standardise_states": True}
    jobs = make_jobs("best", model_conf=model, specaug=None, specaug_conf={}, max_epoch=1)
    data = ProbeData(jobs, KeptStates(jobs[0].states), "best")
    expected = choose(data, (10.0 ** np.arange(0, 5.5, 0.5)).tolist()).folds
    assert [job.best_layer for job in jobs] == [int(setting.layer) for setting in expected]
    train_together(jobs)
    for job in jobs:
        files = files_of_experiment(job.exp.parent, fold=job.fold.number)
        ensemble, config = build_ensemble(files, "the model")
        [member] = ensemble.models
        read = config["model_conf"]["best_layers"]
        assert read == sorted({job.best_layer for job in jobs})
        assert read[int(member.reader.merge.index)] == job.best_layer
        names = sorted(u.id for u in side_of_fold(job.utterances, job.fold, "train"))
        mean, _ = data.kept.statistics(names, [str(job.best_layer)])
        norm = member.reader.norm.mean[int(member.reader.merge.index)]
        np.testing.assert_allclose(norm.numpy(), mean[0], atol=1e-5)


def test_all_folds_are_as_sure_as_all_validation_sides_allow(probes):
    """A single speaker who is easy to hear would make a model too sure of the next one."""
    import torch

    train_together(probes)
    data = ProbeData(probes, KeptStates(probes[0].states), "best")
    setting = choose(data, [1.0, 100.0]).pooled
    wanted = validation_scales(data, setting)["label"]
    for job in probes:  # the raw outputs of all classes sum to 1
        (file,) = job.exp.glob("*.pth")
        bias = torch.load(file, weights_only=True)["classifier.bias"]
        assert float(bias.sum()) == pytest.approx(wanted, rel=1e-3)
