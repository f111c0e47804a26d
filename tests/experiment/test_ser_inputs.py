from itertools import product

import pytest

from sentemo.core.errors import SentemoError
from sentemo.data.extraction import extract
from sentemo.data.fold_files import write_folds
from sentemo.data.kaldi import NO_AGREEMENT, Utterance, read_data_dir
from sentemo.data.preparation import ParsedCorpus, write_data_dir
from sentemo.data.splits import leave_one_speaker_out
from sentemo.experiment.ser_inputs import label_targets_of, read_inputs


@pytest.mark.parametrize("is_repeated", [False, True])
def test_a_recording_of_two_speakers_stops_a_training_before_it_begins(
    tmp_path, make_audio, is_repeated
):
    utterances = [
        Utterance(
            f"{speaker}-{label}",
            speaker,
            make_audio(tmp_path / f"{speaker}-{label}.wav", seed=0 if is_repeated else number),
            label,
        )
        for number, (speaker, label) in enumerate(product("abc", "xy"))
    ]
    data, dump, folds = tmp_path / "data", tmp_path / "dump", tmp_path / "folds.tsv"
    write_data_dir(data, ParsedCorpus(utterances))
    extract(read_data_dir(data), dump, "raw")
    write_folds(folds, leave_one_speaker_out("abc"), "Leave one speaker out")
    (tmp_path / "labels.txt").write_text("x\ny\n")

    def read():
        return read_inputs(data, dump, folds, tmp_path / "labels.txt", None, None)

    if is_repeated:
        with pytest.raises(SentemoError, match="the same recording on two sides of a fold: 1"):
            read()
    else:
        assert len(read().utterances) == 6


def test_hard_targets_leave_utterances_without_agreement_out_and_soft_ones_need_votes(
    tmp_path, make_audio
):
    utterances = [
        Utterance(
            f"{speaker}-{label}",
            speaker,
            make_audio(tmp_path / f"{speaker}-{label}.wav", seed=number),
            label,
            distribution={"x": 0.5, "y": 0.5} if label == NO_AGREEMENT else {label: 1.0},
        )
        for number, (speaker, label) in enumerate(product("abc", ("x", "y", NO_AGREEMENT)))
    ]
    data, dump, folds = tmp_path / "data", tmp_path / "dump", tmp_path / "folds.tsv"
    write_data_dir(data, ParsedCorpus(utterances))
    extract(read_data_dir(data), dump, "raw")
    write_folds(folds, leave_one_speaker_out("abc"), "Leave one speaker out")
    (tmp_path / "labels.txt").write_text("x\ny\n")

    def read(kind):
        return read_inputs(data, dump, folds, tmp_path / "labels.txt", None, None, kind).utterances

    hard, soft = read("hard"), read("soft")
    assert (len(hard), len(soft)) == (6, 9)
    assert {utt.distribution is None for utt in hard} == {True}
    (data / "utt2distribution").unlink()
    with pytest.raises(SentemoError, match="no utt2distribution, which label_targets: soft"):
        read("soft")


def test_an_unknown_kind_of_targets_is_refused(tmp_path):
    config = tmp_path / "train.yaml"
    config.write_text("label_targets: sofft\n")
    with pytest.raises(SentemoError, match="sofft; write hard or soft"):
        label_targets_of(config)
