"""A stage's command run on this machine through the launcher."""

import errno
import fcntl
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from sentemo.bin.launch import job_name, main
from sentemo.core.errors import SentemoError
from sentemo.launch.records import read_records


@pytest.mark.parametrize(
    ("command", "name"),
    [
        ("python -m sentemo.bin.train --exp x", "train"),
        ("python -m sentemo.bin.study train --exp x", "study_train"),
        ("python -m sentemo.bin.check_data_dir data/all", "check_data_dir"),
        ("/egs/iemocap/local/data.sh --dest data/all", "data"),
    ],
)
def test_jobs_are_named_after_their_commands(command, name):
    assert job_name(command.split()) == name


def test_the_status_of_the_command_is_that_of_the_launcher(tmp_path):
    with pytest.raises(SystemExit) as ended:
        main(["--kind", "cpu", "--log", str(tmp_path), "--", "bash", "-c", "exit 3"])
    assert ended.value.code == 3
    assert read_records(tmp_path)["bash"].status == 3


def test_a_second_command_in_an_experiment_is_refused_naming_the_first(tmp_path):
    begun = tmp_path / "begun"
    arguments = ["--kind", "cpu", "--log", str(tmp_path), "--", "bash", "-c"]
    command = [sys.executable, "-m", "sentemo.bin.launch", *arguments]
    first = subprocess.Popen([*command, f"touch '{begun}'; exec sleep 600"])
    while not begun.exists():
        assert first.poll() is None
        time.sleep(0.01)
    with pytest.raises(SentemoError, match=rf"here: bash \(host .*, process {first.pid}, since"):
        main([*arguments, "true"])
    first.terminate()
    first.wait()
    main([*arguments, "true"])


def test_a_command_in_a_shared_folder_waits_for_the_first(tmp_path):
    folder = tmp_path / "log"
    arguments = ["--kind", "cpu", "--log", str(folder), "--wait", "--", "bash", "-c"]
    command = [sys.executable, "-m", "sentemo.bin.launch", *arguments]
    path = str(tmp_path / "go")
    first = subprocess.Popen(
        [*command, f"touch '{path}.begun'; until [[ -e '{path}' ]]; do :; done"]
    )
    while not Path(f"{path}.begun").exists():
        assert first.poll() is None
        time.sleep(0.01)
    second = subprocess.Popen([*command, f"[[ -e '{path}' ]]"], stderr=subprocess.PIPE, text=True)
    said = second.stderr.readline()
    Path(path).touch()
    assert first.wait() == second.wait() == 0
    assert re.search(rf"waiting for bash \(host .*, process {first.pid}, since", said)


def test_a_file_system_without_locks_is_no_obstacle(tmp_path, monkeypatch, capsys):
    def no_locks(*_):
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", no_locks)
    main(["--kind", "cpu", "--log", str(tmp_path), "--", "true"])
    assert "this file system has no locks" in capsys.readouterr().err


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_a_command_never_outlives_its_launcher(tmp_path, number):
    pid = tmp_path / "pid"
    sleep = ["bash", "-c", f"echo $$ > '{pid}.new' && mv '{pid}.new' '{pid}' && exec sleep 600"]
    command = [sys.executable, "-m", "sentemo.bin.launch", "--kind", "cpu", "--log", str(tmp_path)]
    launcher = subprocess.Popen([*command, "--", *sleep])
    while not pid.exists():
        assert launcher.poll() is None
        time.sleep(0.01)
    launcher.send_signal(number)
    launcher.wait()
    process = Path(f"/proc/{pid.read_text().strip()}/cmdline")
    while process.exists() and process.read_bytes():  # until the kernel has told it
        time.sleep(0.01)
    assert read_records(tmp_path)["bash"].state() in ("failed", "killed")
