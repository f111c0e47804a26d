"""Whole commands as jobs of a real Slurm, and a chain of stages that nobody waits for."""

import re
import subprocess
import time
from pathlib import Path

import pytest

from sentemo.bin.launch import main
from sentemo.core.errors import SentemoError
from sentemo.launch.queue import job_states
from sentemo.launch.records import read_records

LOG = Path("exp/log")


@pytest.fixture
def launch(cluster, settings):
    def run(*command, kind="train", options=()):
        slurm = ["--cmd_backend", "slurm", "--slurm_conf", str(settings())]
        main(["--kind", kind, "--log", str(LOG), *slurm, *options, "--", "bash", "-c", *command])

    return run


def test_what_a_command_prints_is_shown_here(launch, capfd):
    launch("echo begun; sleep 1; echo 'and ended' >&2")
    shown = capfd.readouterr().out
    assert "\nbegun\n" in shown and "\nand ended\n" in shown
    assert "submitit" not in shown
    record = read_records(LOG)["bash"]
    assert record.status == 0 and record.slurm_job


def test_a_failed_command_shows_the_end_of_its_log(launch):
    with pytest.raises(SentemoError, match=r"(?s)failed on mini\d.*no such corpus"):
        launch("echo no such corpus; exit 3")
    assert read_records(LOG)["bash"].status == 3


def test_a_command_that_is_told_to_end_runs_again(launch, meanwhile):
    """It is queued again; the command itself is ended, and does not hear of it."""

    def tell():
        while not Path("runs").exists():
            time.sleep(0.05)
        [job] = subprocess.run(
            ["squeue", "--noheader", "--format=%i"], stdout=subprocess.PIPE, text=True, check=True
        ).stdout.split()
        subprocess.run(["scancel", "--signal=USR2", job], check=True)

    meanwhile(tell)
    launch("echo run >> runs; [[ $(wc -l < runs) == 2 ]] || sleep 600")
    assert read_records(LOG)["bash"].attempts == 2


def test_a_command_whose_place_another_job_takes_runs_again(launch, meanwhile):
    """Slurm tells all its processes, and would kill them only when their time of grace is over."""

    def take_its_place():
        while not Path("runs").exists():
            time.sleep(0.05)
        urgent = ["sbatch", "--partition=urgent", "--nodes=2", "--exclusive", "--output=/dev/null"]
        subprocess.run([*urgent, "--wrap=true"], check=True)

    meanwhile(take_its_place)
    launch("echo run >> runs; [[ $(wc -l < runs) == 2 ]] || sleep 600")
    record = read_records(LOG)["bash"]
    assert record.attempts == 2 and record.status == 0


def test_the_gpus_and_nodes_of_a_command_are_those_that_it_is_called_with(launch, capfd):
    # As a training of several nodes starts its processes.
    srun = "srun --nodes=2 --ntasks=2 --ntasks-per-node=1 --overlap"
    command = f'echo "gpus: $CUDA_VISIBLE_DEVICES"; {srun} printenv SLURMD_NODENAME'
    launch(command, "asr", "--ngpu", "1", "--num_nodes", "2")
    shown = capfd.readouterr().out
    assert "\nmini1\n" in shown and "\nmini2\n" in shown
    assert re.search(r"\ngpus: \d\n", shown)


def test_a_chain_runs_in_order_and_ends_where_a_job_fails(launch, capfd):
    def submit(command, *after):
        launch(command, options=["--submit_only", *(["--after", *after] if after else [])])
        return capfd.readouterr().out.split()[-1]

    first = submit("sleep 1; touch first")
    second = submit("[[ -e first ]] && touch second", first)
    third = submit("exit 1", second)
    fourth = submit("touch fourth", third)
    while not all(state.has_ended for state in job_states([first, second, third, fourth]).values()):
        time.sleep(0.2)
    assert Path("second").exists() and not Path("fourth").exists()
