import pytest

from sentemo.bin.make_folds import main
from sentemo.data.kaldi import read_data_dir, write_data_dir
from sentemo.data.splits import leave_one_speaker_out, read_folds
from sentemo.errors import SentemoError


def test_every_speaker_of_the_data_is_left_out_once(small_data_dir, tmp_path):
    main(["--data", str(small_data_dir), "--dest", str(tmp_path / "folds.tsv")])
    assert read_folds(tmp_path / "folds.tsv", "abcd") == leave_one_speaker_out("abcd")


def test_two_speakers_are_too_few(small_data_dir, tmp_path):
    utterances = [utt for utt in read_data_dir(small_data_dir) if utt.speaker in "ab"]
    write_data_dir(small_data_dir, utterances, {})
    with pytest.raises(SentemoError, match="at least 3 speakers"):
        main(["--data", str(small_data_dir), "--dest", str(tmp_path / "folds.tsv")])
    assert not (tmp_path / "folds.tsv").exists()
