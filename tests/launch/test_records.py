import subprocess
import sys

import pytest

from sentemo.bin import jobs
from sentemo.core.errors import SentemoError
from sentemo.launch.records import read_record, recorded


def test_a_job_leaves_when_where_and_how_it_ended(tmp_path):
    path = tmp_path / "log" / "train.json"
    with recorded(path, "python -m sentemo.bin.train"):
        assert read_record(path).state() == "running"
    record = read_record(path)
    assert (record.state(), record.status, record.attempts) == ("done", 0, 1)
    assert record.ended >= record.started and record.peak_memory_mb > 1
    with pytest.raises(SystemExit), recorded(path, "again"):
        sys.exit(3)
    assert (read_record(path).state(), read_record(path).status) == ("failed", 3)
    with pytest.raises(SentemoError), recorded(path, "again"):
        raise SentemoError("full disk")
    assert (read_record(path).status, read_record(path).attempts) == (1, 3)


def test_the_table_tells_what_failed_and_what_was_killed(tmp_path, capsys):
    log = tmp_path / "exp" / "ser" / "log"
    with recorded(log / "train.json", "train"):
        pass
    with pytest.raises(SystemExit), recorded(log / "decode.json", "decode --exp ser"):
        sys.exit("error: no")
    killed = (
        "import os, pathlib, signal, sys\n"
        "from sentemo.launch.records import recorded\n"
        "with recorded(pathlib.Path(sys.argv[1]), 'score'):\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    subprocess.run([sys.executable, "-c", killed, str(log / "score.json")], check=False)
    jobs.main([str(tmp_path), "--failed"])
    shown = capsys.readouterr().out
    for same in (["--failed", str(tmp_path)], [str(tmp_path), "--failed", "true"]):
        jobs.main(same)
        assert capsys.readouterr().out == shown
    rows = [[cell.strip() for cell in line.split("|")[1:3]] for line in shown.splitlines()]
    assert ["train", "done"] in rows
    assert ["decode", "failed (1)"] in rows and ["score", "killed"] in rows
    assert "decode: $ decode --exp ser" in shown
    for without in ([str(tmp_path)], [str(tmp_path), "--failed", "false"]):
        jobs.main(without)
        assert "decode --exp ser" not in capsys.readouterr().out


def test_a_folder_without_jobs_says_so(tmp_path, capsys):
    with pytest.raises(SystemExit, match="no jobs were started here"):
        jobs.main([str(tmp_path)])
