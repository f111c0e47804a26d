"""A fold's job and the process that works on it."""

import os
from dataclasses import replace


def test_the_cores_are_those_of_the_worker_not_of_who_made_the_job(make_job, monkeypatch):
    """A job travels to other machines, and one thread stays one: its sums have one order."""
    monkeypatch.delenv("SLURM_CPUS_PER_TASK", raising=False)
    job = replace(make_job("job"), one_thread=False)
    for cores in (8, 3):
        monkeypatch.setattr(os, "sched_getaffinity", lambda pid, cores=cores: set(range(cores)))
        assert (job.threads, replace(job, one_thread=True).threads) == (cores, 1)
