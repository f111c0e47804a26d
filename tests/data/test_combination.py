"""Combined corpora: the corpus' own utterances are tested, the others are only trained on."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentemo.core.errors import SentemoError
from sentemo.data.combination import Addition, combine
from sentemo.data.dimensions import Scale
from sentemo.data.fold_files import read_folds, write_folds
from sentemo.data.kaldi import Utterance, read_data_dir
from sentemo.data.preparation import ParsedCorpus, write_data_dir
from sentemo.data.splits import Fold, leave_one_speaker_out, side_of_fold
from sentemo.data.word_times import Word

LABELS = ["happy", "sad"]
OWN = ParsedCorpus(
    [
        Utterance(f"{speaker}-1", speaker, Path(f"own/{speaker}.wav"), "happy", avd=(4, 4, 4))
        for speaker in "abc"
    ],
    name="Own",
)
OTHERS = [
    Utterance("a-1", "a", Path("other/1.wav"), "sad", avd=(1, 3, 5.5)),
    Utterance("a-2", "a", Path("other/2.wav"), "frustrated", avd=(2, 2, 2)),
    Utterance("b-1", "Unknown", Path("other/3.wav"), "happy"),
]
OTHER = Addition("Other Corpus 1.1", OTHERS, Scale(1, 5, slack=0.5), ["3 files are missing"])


def by_id(corpus):
    return {utt.id: utt for utt in corpus.utterances}


def test_other_corpora_keep_their_speakers_and_labels_apart_from_the_own():
    combined = combine(OWN, [OTHER], LABELS, None)
    assert sorted(by_id(combined)) == [
        "a-1", "b-1", "c-1", "othercorpus1.1-a-1", "othercorpus1.1-b-1",
    ]  # fmt: skip
    added = by_id(combined)["othercorpus1.1-a-1"]
    assert (added.speaker, added.label, added.corpus) == ("othercorpus1.1-a", "sad", OTHER.corpus)
    assert by_id(combined)["othercorpus1.1-b-1"].speaker == "Unknown"
    assert all(by_id(combined)[utt.id].corpus is None for utt in OWN.utterances)


def test_what_cannot_be_learnt_is_left_out_counted_and_told():
    combined = combine(OWN, [OTHER], LABELS, None)
    assert combined.dropped == {"Other Corpus 1.1: label not in labels.txt": ["othercorpus1.1-a-2"]}
    assert combined.notes == [
        "trained on Other Corpus 1.1 too, in every fold: "
        "2 utterances of 1 speakers and unknown ones",
        "Other Corpus 1.1: 3 files are missing",
    ]
    dimensional = combine(OWN, [OTHER], None, Scale(1, 7))
    assert dimensional.dropped == {"Other Corpus 1.1: no dimensions": ["othercorpus1.1-b-1"]}


def test_dimensions_are_converted_to_the_scale_of_the_corpus_that_is_tested():
    combined = combine(OWN, [OTHER], None, Scale(1, 7))
    # 1 to 5 becomes 1 to 7; beyond the end, as means of some releases are, is the end
    assert by_id(combined)["othercorpus1.1-a-1"].avd == pytest.approx((1, 4, 7))
    assert by_id(combined)["a-1"].avd == (4, 4, 4)
    with pytest.raises(SentemoError, match="scale on which its dimensions were rated"):
        combine(OWN, [replace(OTHER, scale=None)], None, Scale(1, 7))


@pytest.mark.parametrize("number", range(3))
def test_other_corpora_train_in_every_fold_and_are_never_tested(number, tmp_path):
    folds = leave_one_speaker_out("abc")
    write_folds(tmp_path / "folds.tsv", folds, "Leave one speaker out")
    utterances = combine(OWN, [OTHER], LABELS, None).utterances
    fold = read_folds(tmp_path / "folds.tsv", utterances)[number]
    added = {utt.id for utt in utterances if utt.corpus}
    for side in ("train", "valid", "test"):
        alone = {utt.id for utt in side_of_fold(OWN.utterances, fold, side)}
        together = {utt.id for utt in side_of_fold(utterances, fold, side)}
        assert together == (alone | added if side == "train" else alone)


@given(st.lists(st.sampled_from(["train", "valid", "test", "other"]), min_size=3, max_size=8))
def test_a_partition_never_tests_what_was_added(parts):
    own = [
        Utterance(f"o-{i}", f"o-{i}", Path(f"o{i}.wav"), "sad", split=p)
        for i, p in enumerate(parts)
    ]
    utterances = combine(replace(OWN, utterances=own), [OTHER], LABELS, None).utterances
    fold = Fold(1, ("train",), ("valid",), ("test",), by="split")
    for side in ("train", "valid", "test"):
        added = [utt for utt in side_of_fold(utterances, fold, side) if utt.corpus]
        assert len(added) == (2 if side == "train" else 0)
    assert all(utt.split for utt in utterances)


@pytest.mark.parametrize(
    ("additions", "problem"),
    [
        ([OTHER, OTHER], "the same corpus, or two of one name"),
        ([replace(OTHER, corpus="own 1.10")], "the same corpus, or two of one name"),
        ([replace(OTHER, utterances=[replace(OTHERS[0], original="x")])], "copy at another speed"),
        ([replace(OTHER, utterances=OTHERS[1:2])], "none of its 1 utterances"),
    ],
)
def test_what_would_leak_or_teach_nothing_is_refused(additions, problem):
    with pytest.raises(SentemoError, match=problem):
        combine(OWN, additions, LABELS, None)


def test_a_copy_of_a_tested_recording_is_refused_wherever_it_lies(tmp_path, make_audio):
    tested = make_audio(tmp_path / "own" / "x.wav", 0.4, seed=1)
    (tmp_path / "elsewhere.wav").write_bytes(tested.read_bytes())
    alike = make_audio(tmp_path / "alike.wav", 0.4, seed=2)  # as long, and another one
    own = replace(OWN, utterances=[Utterance("x", "x", tested, "sad")])
    combine(own, [Addition("Other", [Utterance("y", "y", alike, "sad")])], LABELS, None)
    copied = [Utterance("y", "y", tmp_path / "elsewhere.wav", "sad")]
    with pytest.raises(SentemoError, match="recording of the tested corpus"):
        combine(own, [Addition("Other", copied)], LABELS, None)


def test_times_of_words_are_kept_under_the_new_names():
    word = Word(0.1, 0.2, "no")
    words = {"a-1": [word], "a-2": [word]}  # the second is left out
    own = replace(OWN, words={"b-1": [word]})
    combined = combine(own, [replace(OTHER, words=words)], LABELS, None)
    assert combined.words == {"b-1": [word], "othercorpus1.1-a-1": [word]}


def test_names_in_any_script_tell_corpora_apart():
    assert Addition("语料 2", []).prefix == "语料2-"
    assert Addition("Корпус_один", []).prefix == "корпусодин-"


def test_whole_files_and_segments_make_one_data_directory(tmp_path, make_audio):
    whole = Utterance("x-1", "x", make_audio(tmp_path / "whole.wav", 0.4), "sad")
    long = make_audio(tmp_path / "long.wav", 2.0)
    part = Utterance("y-1", "y", long, "happy", start=0.5, end=1.25, recording="rec")
    own = ParsedCorpus([whole], name="Whole")
    combined = combine(own, [Addition("Parts", [part])], LABELS, None)
    write_data_dir(tmp_path / "data", combined)
    read = {utt.id: (utt.start, utt.end, utt.corpus) for utt in read_data_dir(tmp_path / "data")}
    assert read == {"x-1": (0.0, 0.4, None), "parts-y-1": (0.5, 1.25, "Parts")}
