import os
import signal
import subprocess
import sys
import time

import pytest

from sentemo.core.errors import SentemoError
from sentemo.core.processes import available_cores, run_in_workers, within_slurm


def square(number):
    return number**2


def process_id(number):
    return os.getpid()


def fail(number):
    raise SentemoError(f"job {number}")


def die(number):
    os.kill(os.getpid(), signal.SIGKILL)


def test_every_job_comes_back_with_its_result():
    assert dict(run_in_workers(square, range(5), 2)) == {n: n**2 for n in range(5)}


def test_a_worker_does_several_jobs_and_loads_its_modules_once():
    processes = [pid for _, pid in run_in_workers(process_id, range(6), 2)]
    assert len(processes) == 6
    assert len(set(processes)) <= 2


def test_an_error_of_the_work_comes_through():
    with pytest.raises(SentemoError, match="job 7"):
        list(run_in_workers(fail, [7], 1))


def test_a_killed_worker_is_explained():
    with pytest.raises(SentemoError, match="because memory ran out"):
        list(run_in_workers(die, [1], 1))


def test_workers_end_with_a_killed_parent(tmp_path):
    script = tmp_path / "parent.py"
    script.write_text(
        "import os, sys, time, pathlib\n"
        "from sentemo.core.processes import run_in_workers\n"
        "def work(path):\n"
        "    pathlib.Path(path).write_text(str(os.getpid()))\n"
        "    time.sleep(600)\n"
        "if __name__ == '__main__':\n"
        "    list(run_in_workers(work, [sys.argv[1]], 1))\n"
    )
    written = tmp_path / "pid"
    parent = subprocess.Popen([sys.executable, str(script), str(written)])
    while not (written.exists() and written.read_text()):
        assert parent.poll() is None
        time.sleep(0.01)
    worker = int(written.read_text())
    parent.kill()
    parent.wait()
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and os.path.exists(f"/proc/{worker}"):
        time.sleep(0.05)
    assert not os.path.exists(f"/proc/{worker}")


def test_a_job_of_slurm_uses_the_cores_that_it_asked_for(monkeypatch):
    monkeypatch.delenv("SLURM_CPUS_PER_TASK", raising=False)
    assert within_slurm(8) == 8
    monkeypatch.setenv("SLURM_CPUS_PER_TASK", "2")
    assert (within_slurm(8), within_slurm(1)) == (2, 1)


def test_a_process_uses_its_share_of_the_cores_that_it_may_run_on(monkeypatch):
    monkeypatch.delenv("SLURM_CPUS_PER_TASK", raising=False)
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: set(range(8)))
    monkeypatch.setattr(os, "cpu_count", lambda: 64)
    assert [available_cores(processes) for processes in (1, 2, 3, 16)] == [8, 4, 2, 1]
    monkeypatch.setenv("SLURM_CPUS_PER_TASK", "3")  # of each task; this job has two
    assert [available_cores(processes) for processes in (1, 2, 3, 16)] == [3, 3, 2, 1]
