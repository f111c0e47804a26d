import subprocess
import sys

import pytest

from sentemo.bin.check_data_dir import main
from sentemo.core.errors import SentemoError


def check(*arguments):
    command = [sys.executable, "-m", "sentemo.bin.check_data_dir", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_a_clean_directory_is_one_line_and_exit_0(small_data_dir, tmp_path):
    (tmp_path / "labels.txt").write_text("happy\nsad\n")
    run = check(small_data_dir, "--labels", tmp_path / "labels.txt")
    assert (run.returncode, run.stderr) == (0, "")
    assert run.stdout == (f"{small_data_dir}: 8 utterances, 4 speakers, 0.00 h, happy 4 · sad 4\n")


def test_problems_are_one_message_and_exit_1(small_data_dir, tmp_path):
    (tmp_path / "labels.txt").write_text("happy\nangry\n")
    run = check(small_data_dir, "--labels", tmp_path / "labels.txt")
    assert (run.returncode, run.stdout) == (1, "")
    assert run.stderr.startswith(f"error: {small_data_dir}: 4 problems\n  unknown label: 4\n")


def test_a_missing_file_is_named(small_data_dir, tmp_path):
    run = check(small_data_dir, "--folds", tmp_path / "gone.tsv")
    assert run.returncode == 1
    assert run.stderr == f"error: {tmp_path / 'gone.tsv'}: No such file or directory\n"


def test_folds_must_fit_the_speakers_unless_the_copy_is_partial(small_data_dir, tmp_path, capsys):
    folds = tmp_path / "folds.tsv"
    arguments = [str(small_data_dir), "--folds", str(folds)]
    folds.write_text("fold\tvalid\ttest\n1\ta\tb\n")
    main(arguments)
    folds.write_text("fold\tvalid\ttest\n1\ta,b\tb\n")
    with pytest.raises(SentemoError, match="speaker named twice"):
        main(arguments)
    main([*arguments, "--allow_partial", "true"])
    assert "warning: training needs other data, or --folds" in capsys.readouterr().err
