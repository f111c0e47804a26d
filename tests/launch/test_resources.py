import argparse
import os

import pytest

from sentemo.bin.options import (
    add_launch_arguments,
    add_nj_argument,
    add_process_arguments,
    resources_of,
)


def parse(*words):
    parser = argparse.ArgumentParser()
    add_nj_argument(parser)
    add_process_arguments(parser)
    add_launch_arguments(parser)
    return resources_of(parser.parse_args(words))


def test_without_nj_the_cores_are_counted_where_the_work_runs(monkeypatch, tmp_path):
    monkeypatch.delenv("SLURM_CPUS_PER_TASK", raising=False)
    workers = parse().workers("cpu", tmp_path, "work")
    for cores in (8, 3):
        monkeypatch.setattr(os, "sched_getaffinity", lambda pid, cores=cores: set(range(cores)))
        assert workers.at_once == cores
    monkeypatch.setenv("SLURM_CPUS_PER_TASK", "2")
    assert workers.at_once == 2


def test_an_empty_nj_is_refused(capsys):
    with pytest.raises(SystemExit):
        parse("--nj", "")
    assert "'' is not a whole number from 1" in capsys.readouterr().err


def test_nj_is_the_number_of_processes(monkeypatch, tmp_path):
    monkeypatch.delenv("SLURM_CPUS_PER_TASK", raising=False)
    resources = parse("--nj", "5", "--ngpu", "1")
    assert resources.workers("cpu", tmp_path, "work").at_once == 5
    assert resources.workers("train", tmp_path, "work").at_once == 1


@pytest.mark.parametrize("value", ["0", "two", "-1"])
def test_nj_is_a_whole_number_from_1(value, capsys):
    with pytest.raises(SystemExit):
        parse("--nj", value)
    assert "is not a whole number from 1" in capsys.readouterr().err
