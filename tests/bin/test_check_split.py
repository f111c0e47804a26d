"""The command `sentemo check-split`: tables, JSON and exit status, without torch."""

import json

import pytest
from small_install import run_small

from sentemo.bin.check_split import main

GOOD = "file,speaker,part\na.wav,anna,train\nb.wav,ben,valid\nc.wav,cleo,test\n"
BAD = GOOD + "d.wav,anna,test\n"


@pytest.fixture
def split(tmp_path):
    def write(content, name="split.csv"):
        path = tmp_path / name
        path.write_text(content)
        return path

    return write


def run(capsys, *arguments):
    with pytest.raises(SystemExit) as ended:
        main([str(argument) for argument in arguments])
    return ended.value.code, capsys.readouterr().out


@pytest.mark.parametrize(("content", "options", "status"), [
    (GOOD, (), 0),
    (BAD, (), 1),
    (BAD, ("--accept", "speakers"), 0),
])  # fmt: skip
def test_the_exit_status_says_whether_something_is_wrong(capsys, split, content, options, status):
    code, shown = run(capsys, split(content), "--column", "side=part", *options)
    assert code == status
    assert ("Wrong" in shown) == (status == 1)


def test_json_is_the_whole_report(capsys, split):
    code, shown = run(capsys, split(BAD), "--column", "side=part", "--json")
    report = json.loads(shown)
    assert (code, report["wrong"]) == (1, ["speakers"])
    assert report["folds"][0]["speakers"]["crossing"] == {"anna": ["train", "test"]}


def test_speakers_may_be_in_the_names(capsys, split):
    lists = split("file,side\n1_a.wav,train\n1_b.wav,test\n")
    code, shown = run(capsys, lists, "--speaker_from", r"^(\d)", "--json")
    assert (code, json.loads(shown)["wrong"]) == (1, ["speakers"])


@pytest.mark.parametrize("option", [["--column", "x=y"], ["--accept", "nothing"]])
def test_wrong_options_are_a_wrong_call(capsys, split, option):
    assert run(capsys, split(GOOD), *option)[0] == 2


def test_lists_that_cannot_be_read_have_a_status_of_their_own(capsys, split):
    assert run(capsys, split("label,side\nsad,train\n")) == (2, "")
    assert run(capsys, split(GOOD), "--column", "side=part", "--audio", "gone") == (2, "")


def test_the_small_installation_is_enough(split):
    lists = split(GOOD.replace("part", "side"))
    done = run_small("sentemo.bin.main", "check-split", lists)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_parquet_file_needs_pyarrow_and_says_so(split):
    done = run_small("sentemo.bin.main", "check-split", split("PAR1", "train.parquet"))
    assert done.returncode == 2
    assert "which needs pyarrow: pip install pyarrow" in done.stderr
