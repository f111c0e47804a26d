"""The small cluster as a program, which a person runs to try recipes."""

import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from small_cluster import PROGRAMS

PROGRAM = Path(__file__).with_name("small_cluster.py")


def test_its_help_starts_nothing():
    shown = subprocess.run(
        [sys.executable, PROGRAM, "--help"], capture_output=True, text=True, check=True, timeout=60
    ).stdout
    assert "A real Slurm on this machine" in shown and "export SLURM_CONF" not in shown


@pytest.mark.skipif(not all(map(shutil.which, PROGRAMS)), reason="no Slurm here")
@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_with_its_daemons_and_its_folder(ending):
    with subprocess.Popen([sys.executable, PROGRAM], stdout=subprocess.PIPE, text=True) as running:
        conf = Path(running.stdout.readline().removeprefix("export SLURM_CONF=").strip())
        assert "ends it" in running.stdout.readline()
        assert _daemons(conf)
        running.send_signal(ending)
    assert running.returncode == 0
    assert not _daemons(conf) and not conf.exists()


def _daemons(conf):
    """Command lines of processes that were given this configuration."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            found.append(path.read_bytes())
        except OSError:  # no process any more
            continue
    return [command for command in found if str(conf).encode() in command.split(b"\0")]
