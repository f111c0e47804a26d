"""A real Slurm for the tests of this folder, where it is installed."""

import os
import shutil
import threading
from pathlib import Path

import pytest
import yaml
from small_cluster import PROGRAMS, SmallCluster

from sentemo.launch import slurm, watch
from sentemo.launch.array import SlurmWorkers
from sentemo.launch.settings import JOB_KINDS, read_slurm_settings
from sentemo.launch.slurm import SlurmQueue

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
MISSING = "NO SLURM HERE, the cluster is not tested: apt-get install slurm-wlm"


@pytest.fixture(scope="session")
def running_cluster(tmp_path_factory):
    if not all(map(shutil.which, PROGRAMS)):
        pytest.skip(MISSING)
    cluster = SmallCluster(tmp_path_factory.mktemp("slurm"))
    cluster.start()
    yield cluster
    cluster.stop()


@pytest.fixture
def cluster(running_cluster, tmp_path, monkeypatch):
    """The cluster, with a working directory in whose name is a space; all nodes are up."""
    monkeypatch.setenv("SLURM_CONF", str(running_cluster.conf))
    # Jobs import the work of the tests.
    monkeypatch.setenv("PYTHONPATH", f"{HERE}:{ROOT}:{os.environ.get('PYTHONPATH', '')}")
    for module in (slurm, watch):
        monkeypatch.setattr(module, "POLL_SECONDS", 0.2)  # nobody else asks this controller
    (tmp_path / "a work dir").mkdir()
    monkeypatch.chdir(tmp_path / "a work dir")
    return running_cluster


@pytest.fixture
def settings(tmp_path):
    """Write a file of settings as small as the cluster; return its path."""

    def write(**changed):
        small = {"hours": 0.2, "memory_gb": 0.2, "cpus": 1, "requeue": 1, "tasks": 40, "extra": {}}
        kind = {**small, "partition": None, "account": None, "gres": "gpu", **changed}
        path = tmp_path / "slurm.yaml"
        path.write_text(yaml.safe_dump(dict.fromkeys(JOB_KINDS, kind)))
        return path

    return write


@pytest.fixture
def workers(cluster, settings):
    """Workers of one array, for settings that may be changed."""

    def make(name="work", ngpu=0, **changed):
        conf = read_slurm_settings(settings(**changed), "array")
        return SlurmWorkers(SlurmQueue(conf, Path("exp") / "log", name, ngpu))

    return make


@pytest.fixture
def meanwhile():
    """Run a function beside the test."""
    threads = []

    def start(function):
        threads.append(threading.Thread(target=function))
        threads[-1].start()

    yield start
    for thread in threads:
        thread.join()
