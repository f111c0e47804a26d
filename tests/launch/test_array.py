"""Arrays that run at the same time, with a stand-in for Slurm."""

import pickle
from pathlib import Path
from types import SimpleNamespace

import pytest

from sentemo.core.errors import SentemoError
from sentemo.launch import watch
from sentemo.launch.array import SlurmWorkers, run_at_once
from sentemo.launch.queue import JobState
from sentemo.launch.settings import read_slurm_settings
from sentemo.launch.slurm import SlurmQueue

SETTINGS = Path(__file__).parents[2] / "conf" / "slurm.yaml"


def square(number):
    return number**2


@pytest.fixture
def queue(monkeypatch, tmp_path):
    """Make queues whose jobs complete one after another, in the order of `queue.ending`."""
    monkeypatch.setattr(watch, "POLL_SECONDS", 0)
    found = SimpleNamespace(submitted=[], ending=[], cancelled=[], refuses=None)

    def submit(self, tasks):
        if self.name == found.refuses:
            raise SentemoError(f"Slurm refused the job {self.name}")
        jobs = []
        for number, task in enumerate(tasks):
            path = tmp_path / f"{self.name}_{number}"
            results = [task.work(part) for part in task.parts]
            path.write_bytes(pickle.dumps(("success", results)))
            paths = SimpleNamespace(
                folder=tmp_path, stdout=path, result_pickle=path, submitted_pickle=path
            )
            jobs.append(SimpleNamespace(job_id=path.name, paths=paths))
        found.submitted += [job.job_id for job in jobs]
        return jobs

    def job_states(jobs):
        ended = found.ending.pop(0)
        return {job: JobState("COMPLETED" if job == ended else "RUNNING") for job in jobs}

    monkeypatch.setattr(SlurmQueue, "submit", submit)
    monkeypatch.setattr(SlurmQueue, "take_over", lambda self: None)
    monkeypatch.setattr(watch, "job_states", job_states)
    monkeypatch.setattr(watch, "cancel", found.cancelled.extend)
    found.workers = lambda kind, name: SlurmWorkers(
        SlurmQueue(read_slurm_settings(SETTINGS, kind), tmp_path / "log", name)
    )
    return found


def test_shares_of_several_kinds_are_submitted_at_once_and_end_in_any_order(queue):
    shares = [(queue.workers("array", "slow"), [1, 2]), (queue.workers("train", "quick"), [3])]
    queue.ending = ["quick_0", "slow_1", "slow_0"]
    results = run_at_once(square, shares)
    assert next(results) == (3, 9)
    assert queue.submitted == ["slow_0", "slow_1", "quick_0"]
    assert list(results) == [(2, 4), (1, 1)]
    assert not queue.cancelled


def test_a_share_without_parts_is_not_submitted(queue):
    queue.ending = ["quick_0"]
    shares = [(queue.workers("array", "slow"), []), (queue.workers("train", "quick"), [3])]
    assert list(run_at_once(square, shares)) == [(3, 9)]
    assert list(run_at_once(square, [(queue.workers("array", "slow"), [])])) == []


def test_where_one_share_is_refused_the_others_are_cancelled(queue):
    queue.refuses = "quick"
    shares = [(queue.workers("array", "slow"), [1]), (queue.workers("train", "quick"), [3])]
    with pytest.raises(SentemoError, match="refused the job quick"):
        list(run_at_once(square, shares))
    assert queue.cancelled == ["slow_0"]
