"""A final model learns from all data, as validation chose for the folds."""

from dataclasses import replace

import numpy as np
import pytest
import torch
import yaml
from sklearn.linear_model import Ridge
from small_training import PROBE

from sentemo.core import checkpoint
from sentemo.core.best_epoch import best_weights
from sentemo.core.config import read_config
from sentemo.data.splits import leave_one_speaker_out, side_of_fold
from sentemo.folds.final import final_job, final_settings
from sentemo.folds.history import fold_histories
from sentemo.folds.probe_table import read_probe_table
from sentemo.folds.run import train_fold, train_together
from sentemo.states.kept import KeptStates
from sentemo.training.selection import rank_epochs


def train_final(jobs, train):
    """Train the final model of these folds; return its job and what was chosen, in words."""
    settings, chosen = final_settings(jobs)
    exp = jobs[0].exp.parent / "final"
    exp.mkdir()
    config = exp / "train_config.yaml"
    config.write_text(yaml.safe_dump(settings))
    job = replace(final_job(jobs, exp), config=config, best_layer=None)
    train(job)
    return job, chosen


def chosen_weights(job, exp):
    return checkpoint.load_weights(
        best_weights(job.exp, read_config(exp / "config.yaml")["best_model_criterion"])
    )


def test_the_final_probe_is_ridge_regression_of_all_utterances(make_jobs):
    jobs = make_jobs("probe", **PROBE)
    train_together(jobs)
    job, chosen = train_final(jobs, lambda job: train_together([job]))
    table = read_probe_table(jobs[0].exp.parent)["pooled"]
    assert chosen == f"layer {table['layer']}, penalty {table['penalty']:g}"

    names = sorted(utt.id for utt in job.utterances)
    assert names == sorted(utt.id for utt in side_of_fold(job.utterances, job.fold, "train"))
    kept = KeptStates(job.states)
    inputs = kept.pooled(names, [table["layer"]]).reshape(len(names), -1)
    mean, deviation = inputs.mean(axis=0), inputs.std(axis=0)
    labels = [job.labels.index(utt.label) for utt in sorted(job.utterances, key=lambda u: u.id)]
    ridge = Ridge(alpha=table["penalty"] * len(names), fit_intercept=False)
    ridge.fit((inputs - mean) / deviation, np.eye(2)[labels] - 0.5)
    weights = chosen_weights(job, job.exp.parent)
    found = inputs @ weights["classifier.weight"].numpy().T + weights["classifier.bias"].numpy()
    expected = ridge.predict((inputs - mean) / deviation) + 0.5
    scale = read_config(job.config)["probe_conf"]["scales"]["label"]
    np.testing.assert_allclose(found, scale * expected, atol=1e-3)


def test_the_scale_of_the_final_probe_is_chosen_where_the_folds_did_not_learn(make_jobs):
    """Noise tells nothing of labels that are drawn at random: sure answers would be wrong ones."""
    jobs = make_jobs("probe", **PROBE)
    draw = np.random.default_rng(3)
    labels = draw.permutation([utt.label for utt in jobs[0].utterances])
    blind = [replace(u, label=str(of)) for u, of in zip(jobs[0].utterances, labels, strict=True)]
    jobs = [replace(job, utterances=blind) for job in jobs]
    train_together(jobs)
    settings, _ = final_settings(jobs)
    assert settings["probe_conf"]["scales"]["label"] <= 2.0


@pytest.mark.parametrize("together", [True, False])
def test_the_final_network_learns_as_long_as_the_folds_did(make_jobs, make_job, together):
    if together:
        jobs = make_jobs("frozen")
        train_together(jobs)
    else:
        alone = make_job("scratch", {}, None, "label")
        folds = leave_one_speaker_out("abc")
        jobs = [replace(alone, fold=f, exp=alone.exp / f"fold_0{f.number}") for f in folds]
        list(map(train_fold, jobs))
    job, chosen = train_final(jobs, (lambda j: train_together([j])) if together else train_fold)
    exp = jobs[0].exp.parent
    kept = [
        epoch
        for history in fold_histories(exp).values()
        for epoch in rank_epochs(history, ("valid", "loss", "min"))[:2]
    ]
    settings = read_config(jobs[0].config)
    epochs = min(round(float(np.median(kept))) + 1, settings["max_epoch"])
    assert chosen == f"{epochs} epochs"
    [history] = fold_histories(job.exp.parent).values()
    assert len(history) == epochs
    trained = chosen_weights(job, job.exp.parent if together else job.exp)
    last = rank_epochs(history, ("train", "loss", "min"))[:2]
    files = checkpoint.kept_epochs(job.exp, last)
    expected = checkpoint.average(files)
    assert all(torch.equal(trained[name], expected[name]) for name in trained)


def test_the_final_network_reads_the_layer_that_most_folds_chose(make_jobs):
    jobs = make_jobs("best", model_conf={"freeze_encoder": True, "encoder_layer": "best"})
    jobs = [replace(job, best_layer=layer) for job, layer in zip(jobs, (2, 1, 2), strict=True)]
    train_together(jobs)
    job, chosen = train_final(jobs, lambda job: train_together([job]))
    assert chosen.endswith(" epochs upon layer 2")
    assert read_config(job.exp.parent / "config.yaml")["model_conf"]["encoder_layer"] == 2


def test_the_final_probe_reads_the_layers_that_the_folds_read_side_by_side(make_jobs):
    jobs = make_jobs(
        "beside", **{**PROBE, "model_conf": {**PROBE["model_conf"], "encoder_layer": [1, 2]}}
    )
    train_together(jobs)
    job, chosen = train_final(jobs, lambda job: train_together([job]))
    assert chosen.startswith("layers 1+2 together, penalty ")
    assert read_config(job.config)["model_conf"]["encoder_layer"] == [1, 2]
