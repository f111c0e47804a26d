"""Jobs that Slurm tells to end: those that are preempted are queued again, others are not."""

import pytest

from sentemo.launch import task
from sentemo.launch.queue import JobState


@pytest.mark.parametrize(
    ("state", "is_preempted"),
    [
        ("RUNNING", True),
        ("CONFIGURING", True),  # it has only just started
        ("CANCELLED", False),
        ("COMPLETING", False),
        ("FORGOTTEN", False),
    ],
)
def test_a_job_that_slurm_still_shows_as_running_is_preempted(monkeypatch, state, is_preempted):
    monkeypatch.setenv("SLURM_JOB_ID", "7")
    monkeypatch.delenv("SLURM_ARRAY_JOB_ID", raising=False)
    monkeypatch.setattr(task, "job_states", lambda jobs: {job: JobState(state) for job in jobs})
    assert task._preempted_job() == ("7" if is_preempted else None)
