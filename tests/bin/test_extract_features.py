import os
import subprocess
import sys

import pytest

from sentemo.bin.extract_features import main
from sentemo.core.errors import SentemoError
from sentemo.data.features import read_feature_dir


def arguments(data, dest, *options):
    return ["--data", str(data), "--dest", str(dest), *options]


def test_a_second_run_does_nothing_until_an_input_changes(small_data_dir, tmp_path, capsys):
    dest = tmp_path / "dump" / "all"
    main(arguments(small_data_dir, dest))
    assert "fbank80 of 8 utterances" in capsys.readouterr().out
    main(arguments(small_data_dir, dest, "--nj", "2"))  # how, not what
    assert capsys.readouterr().out == f"{dest}: up to date\n"

    main(arguments(small_data_dir, dest, "--feature_type", "fbank40"))
    assert read_feature_dir(dest).dim == 40
    audio = tmp_path / "my audio" / "a-happy.wav"
    os.utime(audio, (1, 1))
    capsys.readouterr()
    main(arguments(small_data_dir, dest, "--feature_type", "fbank40"))
    assert "fbank40 of 8 utterances" in capsys.readouterr().out


def test_nothing_to_do_does_not_load_torch(small_data_dir, tmp_path):
    dest = tmp_path / "dump" / "all"
    main(arguments(small_data_dir, dest))
    script = (
        "import sys; from sentemo.bin.extract_features import main; main(sys.argv[1:]);"
        "assert 'torch' not in sys.modules"
    )
    run = subprocess.run(
        [sys.executable, "-c", script, *arguments(small_data_dir, dest)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout == f"{dest}: up to date\n"


def test_bad_values_fail_before_anything_is_done(small_data_dir, tmp_path, capsys):
    with pytest.raises(SentemoError, match="fbank40 or fbank80"):
        main(arguments(small_data_dir, tmp_path / "all", "--feature_type", "fbnk80"))
    for options in (["--nj", "0"], ["--nj", "two"], ["--feature", "fbank80"]):
        with pytest.raises(SystemExit) as stop:
            main(arguments(small_data_dir, tmp_path / "all", *options))
        assert stop.value.code == 2
        assert options[0] in capsys.readouterr().err
    assert not (tmp_path / "all").exists()


def test_audio_that_has_gone_is_named(small_data_dir, tmp_path):
    (tmp_path / "my audio" / "c-sad.wav").unlink()
    with pytest.raises(SentemoError, match=r"c-sad\.wav: missing audio"):
        main(arguments(small_data_dir, tmp_path / "all"))
    assert not (tmp_path / "all").exists()
