"""Parts of a stage as an array of a real Slurm, and all that can happen to it."""

import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest
from slurm_work import Named, count_slowly, count_to_ten, node_and_gpus, refuse, square, wait_for

from sentemo.core.errors import SentemoError
from sentemo.launch import queue
from sentemo.launch.queue import job_states
from sentemo.launch.records import read_records


def until(condition):
    while not condition():
        time.sleep(0.05)


def running_jobs():
    command = ["squeue", "--noheader", "--array", "--format=%i"]
    return subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout.split()


def test_every_part_comes_back_with_its_result_and_leaves_a_record(workers, capfd):
    assert dict(workers().run(square, range(5))) == {n: n**2 for n in range(5)}
    shown = capfd.readouterr().out
    assert re.search(r"work: job \d+, 5 tasks; logs in ", shown)
    assert re.search(r"job \d+_2 work.3: completed on mini\d, \d of 5", shown)
    records = read_records(Path("exp/log"))
    assert sorted(records) == [f"work.{n}" for n in range(1, 6)]
    record = records["work.3"]
    assert record.state() == "done" and record.slurm_job.endswith("_2")
    assert record.ended >= record.started and record.peak_memory_mb > 1
    assert not list(Path("exp/log/slurm").glob("*.pkl"))


def test_more_parts_than_tasks_share_them(workers, capfd):
    assert dict(workers(tasks=2).run(square, range(5))) == {n: n**2 for n in range(5)}
    assert re.search(r"work: job \d+, 2 tasks", capfd.readouterr().out)


def test_gpus_are_asked_for(workers):
    [(_, (_, gpus))] = workers(ngpu=1).run(node_and_gpus, [1])
    assert gpus is not None
    [(_, (_, gpus))] = workers().run(node_and_gpus, [1])
    assert gpus is None


def test_a_failed_part_ends_all_with_the_end_of_its_log(workers):
    with pytest.raises(SentemoError) as error:
        list(workers().run(refuse, [1, 2]))
    message = str(error.value)
    assert re.match(r"job \d+_1, work.2: failed on mini\d\.?\n", message)
    assert "  looked into it\n  error: part 2: is wrong; mend it" in message
    assert "Traceback" not in message
    until(lambda: not running_jobs())


def test_what_is_cancelled_from_outside_is_said(workers, meanwhile):
    def cancel():
        until(Path("go.begun").exists)
        subprocess.run(["scancel", *running_jobs()], check=True)

    meanwhile(cancel)
    with pytest.raises(SentemoError, match=r"cancelled on mini\d.*scancel or by an administrator"):
        list(workers().run(wait_for, [Path("go")]))


@pytest.mark.parametrize(
    ("changed", "ngpu", "said"),
    [
        (
            {"partition": "gold"},
            0,
            "nvalid partition.*kind array.*Partitions of this cluster.*debug",
        ),
        ({"memory_gb": 500}, 0, "Memory specification can not be satisfied"),
        ({"hours": 400}, 0, "time limit"),
        ({}, 7, "with 7 GPUs"),
        ({"extra": {"constraint": "a100"}}, 0, "feature"),
        ({"extra": {"no-such-option": "1"}}, 0, "no-such-option"),
    ],
)
def test_what_slurm_refuses_is_said_with_where_to_change_it(workers, changed, ngpu, said):
    with pytest.raises(SentemoError, match=f"(?is)Slurm refused the job work.*{said}"):
        list(workers(ngpu=ngpu, **changed).run(square, [1]))


def test_without_slurm_the_missing_command_is_named(workers, monkeypatch):
    monkeypatch.setenv("PATH", os.path.dirname(sys.executable))
    with pytest.raises(SentemoError, match="sbatch is not on the PATH"):
        list(workers().run(square, [1]))


def test_a_controller_that_is_down_is_waited_for(workers, cluster, meanwhile, capfd, monkeypatch):
    monkeypatch.setattr(queue, "ANSWER_SECONDS", 1)

    def be_down_for_a_while():
        until(Path("go.begun").exists)
        cluster.end("controller")
        time.sleep(10)
        Path("go").touch()  # jobs go on without a controller
        cluster.start("controller")

    meanwhile(be_down_for_a_while)
    assert len(list(workers().run(wait_for, [Path("go")]))) == 1
    shown = capfd.readouterr().out
    assert "Slurm's controller does not answer; the jobs run on" in shown
    assert "Slurm's controller answers again" in shown


@pytest.mark.long  # half a minute until the controller misses the node
def test_a_job_whose_node_dies_runs_again(workers, cluster, meanwhile):
    def lose_the_node():
        until(Path("go.begun").exists)
        [state] = job_states(running_jobs()).values()
        cluster.kill(state.node)
        Path("go").touch()
        until(lambda: Path("go.begun").read_text() == "++")
        cluster.start(state.node)

    meanwhile(lose_the_node)
    assert len(list(workers().run(wait_for, [Path("go")]))) == 1


def test_a_job_that_is_told_to_end_goes_on_when_it_runs_again(workers):
    Path("steps").mkdir()
    [(_, restarts)] = workers().run(count_to_ten, [Path("steps").absolute()])
    assert restarts == ["0"] * 5 + ["1"] * 5
    assert read_records(Path("exp/log"))["work.steps"].attempts == 2


@pytest.mark.long  # a time limit of a minute, the shortest there is
def test_work_of_more_than_the_time_limit_is_done_in_several_turns(workers):
    Path("steps").mkdir()
    [(_, restarts)] = workers(hours=1 / 60, requeue=9).run(count_slowly, [Path("steps").absolute()])
    assert len(restarts) == 70
    assert restarts == sorted(restarts) and restarts[-1] >= 1


def test_a_time_limit_that_is_met_too_often_is_said(workers):
    Path("steps").mkdir()
    with pytest.raises(SentemoError, match="timed-out too many times"):
        list(workers(hours=1 / 60, requeue=0).run(count_to_ten, [Path("steps").absolute()]))


DRIVER = """
import sys
from pathlib import Path
from slurm_work import wait_for
from sentemo.core.errors import run_command
from sentemo.launch.array import SlurmWorkers
from sentemo.launch.settings import read_slurm_settings
from sentemo.launch.slurm import SlurmQueue

settings = read_slurm_settings(Path(sys.argv[1]), "array")
workers = SlurmWorkers(SlurmQueue(settings, Path("exp/log"), "work"))
run_command(lambda: print(list(workers.run(wait_for, [Path("go")]))))
"""


@pytest.fixture
def driver(cluster, settings):
    """Start a command that waits for a job, as a process of its own."""
    started = []

    def start():
        command = [sys.executable, "-c", DRIVER, str(settings())]
        started.append(subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.wait()


def test_a_second_command_at_once_is_refused_naming_the_first(driver):
    first = driver()
    until(Path("go.begun").exists)
    second = driver()
    said = second.communicate()[0].decode()
    assert second.returncode == 1
    assert re.search(
        rf"another process works here: work with Slurm \(host .*, process {first.pid}, since", said
    )
    first.terminate()
    assert first.wait() == 128 + 15
    until(lambda: not running_jobs())  # its job ends with it


def test_what_a_killed_command_left_is_taken_over(driver):
    first = driver()
    until(Path("go.begun").exists)
    first.kill()
    assert running_jobs()
    second = driver()
    until(lambda: Path("go.begun").read_text() == "++")
    assert len(running_jobs()) == 1
    Path("go").touch()
    said = second.communicate()[0].decode()
    assert second.returncode == 0
    assert re.search(r"work: cancelling \d+, left over from a killed command", said)
    assert "completed" in said


def test_parts_are_known_by_their_names(workers, capfd):
    [(part, _)] = workers().run(node_and_gpus, [Named("fold_03")])
    assert part == Named("fold_03")
    assert "work.fold_03: completed" in capfd.readouterr().out
