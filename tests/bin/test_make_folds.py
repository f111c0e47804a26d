from dataclasses import replace

import pytest

from sentemo.bin.make_folds import main
from sentemo.core.errors import SentemoError
from sentemo.data.fold_files import read_folds
from sentemo.data.kaldi import read_data_dir
from sentemo.data.preparation import ParsedCorpus, write_data_dir
from sentemo.data.splits import leave_one_speaker_out


def test_every_speaker_of_the_data_is_left_out_once(small_data_dir, tmp_path):
    main(["--data", str(small_data_dir), "--dest", str(tmp_path / "folds.tsv")])
    assert read_folds(
        tmp_path / "folds.tsv", read_data_dir(small_data_dir)
    ) == leave_one_speaker_out("abcd")


def test_two_speakers_are_too_few(small_data_dir, tmp_path):
    utterances = [utt for utt in read_data_dir(small_data_dir) if utt.speaker in "ab"]
    write_data_dir(small_data_dir, ParsedCorpus(utterances))
    with pytest.raises(SentemoError, match="at least 3 speakers"):
        main(["--data", str(small_data_dir), "--dest", str(tmp_path / "folds.tsv")])
    assert not (tmp_path / "folds.tsv").exists()


def test_a_partition_of_the_corpus_is_the_only_fold(small_data_dir, tmp_path, capsys):
    sides = {"a": "train", "b": "train", "c": "valid", "d": "test"}
    utterances = [replace(u, split=sides[u.speaker]) for u in read_data_dir(small_data_dir)]
    write_data_dir(small_data_dir, ParsedCorpus(utterances))
    main(["--data", str(small_data_dir), "--dest", str(tmp_path / "folds.tsv")])
    (fold,) = read_folds(tmp_path / "folds.tsv", utterances)
    assert (fold.train, fold.valid, fold.test) == (("train",), ("valid",), ("test",))
    assert "The partition of the corpus (utt2split): 1 fold\n" in capsys.readouterr().out


def test_a_class_that_a_training_side_lacks_is_refused_before_anything_is_computed(
    small_data_dir, tmp_path
):
    """Where its only speakers test and validate, nobody is left to train on it."""
    utterances = read_data_dir(small_data_dir)
    rare = [replace(u, label="rare") if u.id in ("a-sad", "b-sad") else u for u in utterances]
    write_data_dir(small_data_dir, ParsedCorpus(rare))
    labels = tmp_path / "labels.txt"
    labels.write_text("happy\nsad\nrare\n")
    command = ["--data", str(small_data_dir), "--dest", str(tmp_path / "folds.tsv")]
    with pytest.raises(SentemoError, match="rare: 2 recordings, of a, b; folds 1\n"):
        main([*command, "--labels", str(labels)])
    assert not (tmp_path / "folds.tsv").exists()
