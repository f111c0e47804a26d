"""One checkpoint's validation metrics are the same from one process and from two."""

from pathlib import Path

import pytest
import torch

from sentemo.core.processes import run_in_workers
from sentemo.data.splits import side_of_fold
from sentemo.data.targets import targets_of
from sentemo.folds.separate import train_on_fold, write_targets
from sentemo.tasks.ser import SERTask
from sentemo.training.evaluation import evaluate_files

WORLD = 2


def evaluate_share(share):
    """Evaluate some of the validation set as one of two processes; return all of its metrics."""
    exp, files, rank, meeting_point = share
    torch.distributed.init_process_group(
        "gloo", init_method=f"file://{meeting_point}", rank=rank, world_size=WORLD
    )
    records = evaluate_files(SERTask, exp, exp / "valid.loss.best.pth", files, ngpu=0)
    torch.distributed.destroy_process_group()
    return metrics_of(exp, records)


def metrics_of(exp, records):
    model, _ = SERTask.build_model_from_file(str(exp / "config.yaml"))
    return model.set_metrics(records)


@pytest.fixture
def trained(make_job):
    """A checkpoint of both targets, and its validation utterances."""
    job = make_job("both", task="both", max_epoch=1)
    train_on_fold(job)
    return job, [utt.id for utt in side_of_fold(job.utterances, job.fold, "valid")]


def files_of(job, folder, names):
    utterances = [utt for utt in job.utterances if utt.id in names]
    targets = targets_of(utterances, job.labels, job.scale)
    return write_targets(folder, job.features, targets, list(names))


def test_uneven_shares_and_repeated_utterances_change_no_metric(trained, tmp_path):
    job, names = trained
    whole = evaluate_files(
        SERTask, job.exp, job.exp / "valid.loss.best.pth", files_of(job, tmp_path / "1", names), 0
    )
    expected = metrics_of(job.exp, whole)
    # As a sampler that pads does: the second share is shorter, and repeats the first's.
    shares = [names[:4], [*names[4:], names[0]]]
    assert len(shares[0]) != len(shares[1])
    jobs = [
        (job.exp, files_of(job, tmp_path / f"share {rank}", share), rank, Path(tmp_path, "meet"))
        for rank, share in enumerate(shares)
    ]
    found = [metrics for _, metrics in run_in_workers(evaluate_share, jobs, WORLD)]
    assert len(whole) == len(names) == 6
    assert {"loss", "ua", "wa", "ccc"} <= expected.keys()
    for metrics in found:
        assert metrics == pytest.approx(expected, rel=1e-6)
