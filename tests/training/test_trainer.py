"""Training of one small fold: what it saves, how it goes on after a kill, what it chooses."""

import os
import pickle
import resource
import signal
import subprocess
import sys
import time

import kaldiio
import numpy as np
import pytest
import torch

from sentemo.core import checkpoint
from sentemo.core.best_epoch import best_weights
from sentemo.core.config import read_config
from sentemo.core.errors import SentemoError
from sentemo.folds.run import train_fold
from sentemo.folds.separate import predict_side, train_on_fold

CRITERIA = [["valid", "loss", "min"]]


def chosen(job):
    return checkpoint.load_weights(best_weights(job.exp, CRITERIA))


def same(one, other):
    return one.keys() == other.keys() and all(torch.equal(one[k], other[k]) for k in one)


def history(job):
    stats = checkpoint.load_checkpoint(job.exp)["reporter"]["stats"]
    return [stats[epoch]["valid"]["loss"] for epoch in sorted(stats)]


def test_it_learns_and_predicts_the_held_out_speaker(make_job):
    job = make_job("learns", max_epoch=12)
    train_on_fold(job)
    predictions = predict_side(job, "test")
    assert {p.speaker for p in predictions} == set(job.fold.test)
    assert sum(p.label == p.predicted for p in predictions) >= 5
    assert all(sum(p.probabilities) == pytest.approx(1) for p in predictions)


def test_the_same_seed_gives_the_same_weights_and_another_seed_others(make_job):
    jobs = [make_job("one"), make_job("two"), make_job("other", {"seed": 2})]
    for job in jobs:
        train_on_fold(job)
    assert same(chosen(jobs[0]), chosen(jobs[1]))
    assert not same(chosen(jobs[0]), chosen(jobs[2]))


def test_half_precision_on_a_cpu_learns_nearly_the_same(make_job):
    jobs = [make_job("whole"), make_job("half", {"use_amp": True})]
    for job in jobs:
        train_on_fold(job)
    assert history(jobs[1]) == pytest.approx(history(jobs[0]), rel=0.05)


def test_balanced_class_weights_are_those_of_the_training_side(make_job):
    plain = make_job("plain")
    utterances = [u for u in plain.utterances if u.label == "happy" or u.id.endswith("1")]
    job = make_job("balanced", utterances=utterances, model_conf={"class_weights": "balanced"})
    train_on_fold(job)
    config = read_config(job.exp / "config.yaml")
    assert config["model_conf"]["class_weights"] == pytest.approx([2 / 3, 2.0])


def test_the_encoder_may_learn_at_its_own_rate(make_job):
    job = make_job("still", encoder_lr=0.0, max_epoch=2)
    train_on_fold(job)
    first, second = (
        checkpoint.load_weights(checkpoint.epoch_file(job.exp, epoch)) for epoch in (1, 2)
    )
    changed = {name.split(".")[0] for name in first if not torch.equal(first[name], second[name])}
    assert changed == {"decoder", "classifier"}


def test_going_on_after_two_epochs_equals_training_without_a_break(make_job):
    whole, broken = make_job("whole"), make_job("broken", max_epoch=2)
    train_on_fold(whole)
    train_on_fold(broken)
    train_on_fold(make_job("broken", max_epoch=4))
    assert history(broken) == history(whole)
    assert same(chosen(whole), chosen(broken))


@pytest.mark.parametrize("left", [0, 1000, 5000, -100])
def test_a_truncated_checkpoint_falls_back_to_the_one_before(make_job, left):
    whole, broken = make_job("whole"), make_job("broken", max_epoch=3)
    train_on_fold(whole)
    train_on_fold(broken)
    current = broken.exp / checkpoint.CURRENT
    current.write_bytes(current.read_bytes()[:left])
    train_on_fold(make_job("broken", max_epoch=4))
    assert same(chosen(whole), chosen(broken))


def test_without_any_readable_checkpoint_the_remedy_is_named(make_job):
    job = make_job("broken", max_epoch=1)
    train_on_fold(job)
    (job.exp / checkpoint.CURRENT).write_bytes(b"nothing")
    with pytest.raises(SentemoError, match=r"no checkpoint can be read .*Delete .*broken"):
        train_on_fold(job)


def test_a_kill_between_the_last_checkpoint_and_its_links_is_made_good(make_job):
    whole, killed = (make_job(name, keep_nbest_models=1) for name in ("whole", "killed"))
    train_on_fold(whole)
    train_on_fold(killed)
    best = killed.exp / "valid.loss.best.pth"
    (killed.exp / "99epoch.pth").write_bytes(b"older")
    best.unlink()
    best.symlink_to("99epoch.pth")
    train_on_fold(killed)
    assert same(chosen(whole), chosen(killed))


def test_going_on_needs_no_deleted_epoch(make_job):
    job = make_job("deleted", max_epoch=3)
    train_on_fold(job)
    for file in job.exp.glob("*epoch.pth"):
        file.unlink()
    best_epoch, epochs = train_on_fold(make_job("deleted", max_epoch=4))
    assert epochs == 4
    assert best_epoch in range(1, 5)


def test_gradients_that_an_epoch_left_over_are_no_part_of_the_next(make_job):
    """The third of three batches would wait for a fourth, which a resumed process never sees."""
    whole, broken = (make_job(name, accum_grad=2, batch_size=3) for name in ("whole", "broken"))
    train_on_fold(whole)
    for epochs in (1, 4):
        broken = make_job("broken", accum_grad=2, batch_size=3, max_epoch=epochs)
        train_on_fold(broken)
    assert history(broken) == history(whole)


def test_an_epoch_without_a_step_is_explained(make_job):
    with pytest.raises(SentemoError, match=r"2 batches, fewer than accum_grad: 10"):
        train_on_fold(make_job("accumulates", accum_grad=10))


def test_an_early_stop_is_final(make_job):
    job = make_job("stops", patience=1, max_epoch=30, optim_conf={"lr": 0.5})
    _, epochs = train_on_fold(job)
    assert epochs < 30
    weights = chosen(job)
    assert train_on_fold(job)[1] == epochs
    assert same(weights, chosen(job))


def test_only_the_best_epochs_are_kept_and_averaged(make_job):
    job = make_job("best", max_epoch=5)
    best_epoch, _ = train_on_fold(job)
    losses = history(job)
    best = sorted(range(1, 6), key=lambda epoch: losses[epoch - 1])[:2]
    assert best_epoch == best[0]
    assert {p.name for p in job.exp.glob("*epoch.pth")} == {f"{epoch}epoch.pth" for epoch in best}
    states = [checkpoint.load_weights(job.exp / f"{epoch}epoch.pth") for epoch in best]
    name = "classifier.weight"
    torch.testing.assert_close(chosen(job)[name], (states[0][name] + states[1][name]) / 2)


def test_the_statistics_are_the_training_speakers_alone(make_job, features):
    job = make_job("stats", max_epoch=1)
    train_on_fold(job)
    scp = features[0].scp
    train = [u.id for u in job.utterances if u.speaker in job.fold.train]
    frames = np.concatenate([kaldiio.load_mat(scp[utt]) for utt in train])
    weights = chosen(job)
    np.testing.assert_allclose(weights["normalize.mean"], frames.mean(axis=0), rtol=1e-5)
    np.testing.assert_allclose(weights["normalize.std"], frames.std(axis=0), rtol=1e-4)


def test_a_killed_training_goes_on_to_the_same_weights(make_job, tmp_path):
    """SIGKILL after the first saved epoch, whatever it is doing then."""
    whole, killed = make_job("whole", max_epoch=20), make_job("killed", max_epoch=20)
    train_on_fold(whole)
    script = tmp_path / "train.py"
    script.write_text(
        "import pickle, sys\n"
        "from sentemo.folds.run import train_fold\n"
        "train_fold(pickle.load(open(sys.argv[1], 'rb')))\n"
    )
    pickled = tmp_path / "job.pickle"
    pickled.write_bytes(pickle.dumps(killed))
    process = subprocess.Popen([sys.executable, str(script), str(pickled)])
    while not (killed.exp / checkpoint.CURRENT).exists():
        assert process.poll() is None, "training ended before it could be killed"
        time.sleep(0.01)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    train_on_fold(killed)
    assert history(killed) == history(whole)
    assert same(chosen(whole), chosen(killed))


def test_a_full_disk_leaves_the_last_checkpoint(make_job):
    job = make_job("full", max_epoch=1)
    train_on_fold(job)
    before = (job.exp / checkpoint.CURRENT).read_bytes()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
    try:
        with pytest.raises(SentemoError, match=r"could not be written .*Make room"):
            checkpoint.save_checkpoint({"model": torch.zeros(5000)}, job.exp)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert (job.exp / checkpoint.CURRENT).read_bytes() == before
    assert not list(job.exp.glob(".*.tmp"))


def test_an_unexpected_failure_shows_the_end_of_the_log(make_job):
    job = make_job("fails", encoder_conf={"num_layers": 1, "units": -4})
    with pytest.raises(SentemoError, match=r"The end of .*train.log"):
        train_fold(job)


def test_features_that_are_not_finite_end_with_the_reason(make_job, features):
    scp = features[0].scp
    matrices = {utt: kaldiio.load_mat(where) * np.nan for utt, where in scp.items()}
    folder = features[0].path
    kaldiio.save_ark(str(folder / "feats.ark"), matrices, scp=str(folder / "feats.scp"))
    with pytest.raises(SentemoError, match="no step of epoch 1 had a finite gradient"):
        train_on_fold(make_job("nan"))


def test_a_validation_utterance_that_is_not_finite_is_named(make_job, features):
    matrices = {utt: kaldiio.load_mat(where).copy() for utt, where in features[0].scp.items()}
    job = make_job("nan")
    matrices[f"{job.fold.valid[0]}-3"][2, 1] = np.nan
    folder = features[0].path
    kaldiio.save_ark(str(folder / "feats.ark"), matrices, scp=str(folder / "feats.scp"))
    with pytest.raises(SentemoError, match=rf"loss is not finite: 1\s+{job.fold.valid[0]}-3: nan"):
        train_on_fold(job)
