from pathlib import Path

import pytest
import yaml

from sentemo.core.errors import SentemoError
from sentemo.launch.settings import JOB_KINDS, read_slurm_settings

CONF = Path(__file__).parents[2] / "conf" / "slurm.yaml"


@pytest.fixture
def changed(tmp_path):
    """Write a copy of ``conf/slurm.yaml`` with changed settings of trainings."""

    def write(**changes):
        loaded = yaml.safe_load(CONF.read_text())
        loaded["train"] |= changes
        path = tmp_path / "slurm.yaml"
        path.write_text(yaml.safe_dump(loaded))
        return path

    return write


@pytest.mark.parametrize("kind", JOB_KINDS)
def test_the_file_that_comes_along_leaves_partition_and_account_to_the_cluster(kind):
    asked = read_slurm_settings(CONF, kind).parameters("data")
    assert not {"partition", "account", "gres"} & asked.keys()


def test_settings_become_what_sbatch_is_asked(changed):
    conf = changed(partition="gold", hours=1.5, memory_gb=0.5, gres="gpu:a100", extra={"qos": "x"})
    asked = read_slurm_settings(conf, "train").parameters("train", ngpu=2, nodes=3)
    assert (asked["partition"], asked["time"], asked["nodes"]) == ("gold", 90, 3)
    assert asked["gres"] == "gpu:a100:2" and asked["ntasks_per_node"] == 2
    assert asked["additional_parameters"] == {"mem": "1024M", "requeue": True, "qos": "x"}


def test_every_mistake_is_named_at_once(changed):
    conf = changed(memory=3, hours="2:00:00", cpus=0, requeue=True)
    with pytest.raises(SentemoError) as error:
        read_slurm_settings(conf, "cpu")
    for said in ("train.memory: ", "'2:00:00'", "train.cpus: 0, less than 1", "requeue: True"):
        assert said in str(error.value)


def test_a_kind_of_job_that_is_missing_is_named(tmp_path):
    path = tmp_path / "slurm.yaml"
    path.write_text("cpu: {}\ngpu: {}\n")
    with pytest.raises(
        SentemoError, match=r"(?s)missing kind.*array.*train.*unknown kind.*gpu.*cpu\.hours"
    ):
        read_slurm_settings(path, "cpu")
    with pytest.raises(SentemoError, match=r"none\.yaml: no such configuration file"):
        read_slurm_settings(tmp_path / "none.yaml", "cpu")
