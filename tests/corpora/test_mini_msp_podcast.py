import csv
import subprocess
import sys
from collections import Counter, defaultdict
from pathlib import Path
from statistics import mean

import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st
from mini_files import files_of

from sentemo.bin.check_data_dir import main as check_data_dir
from sentemo.bin.make_mini_corpus import main as make_mini_corpus
from sentemo.bin.prepare_corpus import main as prepare_corpus
from sentemo.core.errors import SentemoError
from sentemo.corpora.mini.msp_podcast import RELEASE, plan
from sentemo.corpora.msp_podcast import parse_msp_podcast
from sentemo.data.kaldi import UNKNOWN_SPEAKER

RECIPE = Path(__file__).parents[2] / "egs/msp_podcast"
FOUR = ["neutral", "happy", "sad", "angry"]
RARE = ["surprised", "fearful", "disgusted", "contempt"]
PARTITIONS = {"Train", "Validation", "Test1", "Test2"}


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    """The default corpus, at a path with a space."""
    dest = tmp_path_factory.mktemp("mini") / "a corpus"
    make_mini_corpus(["--corpus", "msp_podcast", "--dest", str(dest)])
    return dest


@given(seed=st.integers(0, 10**6), per_speaker=st.integers(8, 40))
def test_any_plan_has_every_class_in_every_partition(seed, per_speaker):
    planned = [segment.labels for segment in plan(seed, per_speaker)]
    names = [labels.FileName for labels in planned]
    assert len(set(names)) == len(names)
    assert {(u.Split_Set, u.EmoClass) for u in planned if u.EmoClass in {*"AHSN"}} == {
        (partition, letter) for partition in PARTITIONS for letter in "AHSN"
    }
    for labels in planned:
        ratings = (labels.EmoAct, labels.EmoVal, labels.EmoDom)
        if labels.Split_Set == "Test3":
            assert (labels.EmoClass, *ratings) == ("", None, None, None)
        else:
            assert all(1 <= rating <= 7 and rating == round(rating, 2) for rating in ratings)


@given(seed=st.integers(0, 10**6), few=st.integers(8, 30), more=st.integers(8, 30))
def test_a_larger_plan_keeps_the_smaller_ones_segments(seed, few, more):
    few, more = sorted((few, more))
    assert set(plan(seed, few)) <= set(plan(seed, more))


@pytest.mark.parametrize("per_speaker", [7, 101])
def test_a_number_out_of_range_is_refused(per_speaker):
    with pytest.raises(SentemoError, match=f"--per_speaker {per_speaker}"):
        plan(0, per_speaker)


def test_the_parser_reads_it_and_meets_every_trap(corpus):
    parsed = parse_msp_podcast(corpus, FOUR)
    assert parsed.name == "MSP-Podcast 1.11"
    assert {reason: len(items) for reason, items in parsed.dropped.items()} == {
        "macOS resource file": 1,
        "class not in labels: no_agreement": 2,
        "class not in labels: other": 2,
        **{f"class not in labels: {label}": 5 for label in RARE},
        "Test3: labels are withheld": 1,
        "audio without a row in the labels": 1,
    }
    assert parsed.notes == ["1 of 81 utterances have no transcript"]
    speakers = defaultdict(set)
    for utt in parsed.utterances:
        speakers[utt.split].add(utt.speaker)
    assert {split: len(found) for split, found in speakers.items()} == {
        "train": 6 + 1,
        "valid": 2,
        "test1": 2 + 1 + 1,
        "test2": 2 + 1,
    }
    assert speakers["train"] & speakers["test1"] == {UNKNOWN_SPEAKER, "MSP_11"}
    assert len(parse_msp_podcast(corpus, FOUR, target="avd").utterances) == 81 + 4 + 20


def test_eight_classes_are_learnt_from_votes_and_those_without_agreement_train(corpus):
    parsed = parse_msp_podcast(corpus, [*FOUR, *RARE], target="soft")
    sides = defaultdict(set)
    for utt in parsed.utterances:
        sides[utt.split].add(utt.label)
        assert sum(utt.distribution.values()) == pytest.approx(1)
    assert sides["train"] == {*FOUR, *RARE, "no_agreement"}
    assert sides["valid"] == sides["test1"] == sides["test2"] == {*FOUR, *RARE}
    [unagreed] = [utt for utt in parsed.utterances if utt.is_training_only]
    assert sorted(unagreed.distribution.values()) == pytest.approx([0.2, 0.4, 0.4])
    assert "other" in unagreed.distribution  # free text
    assert len(parsed.dropped["no agreement, and not in Train"]) == 1
    assert all(0.6 <= share <= 1 for share in parsed.agreement.values())


def test_dimensions_follow_the_emotions(corpus):
    ratings = defaultdict(list)
    for utt in parse_msp_podcast(corpus, FOUR).utterances:
        ratings[utt.label].append(utt.avd)
    means = {label: list(map(mean, zip(*avd, strict=True))) for label, avd in ratings.items()}
    assert means["angry"][0] > means["neutral"][0] > means["sad"][0]
    assert means["happy"][1] > means["neutral"][1] > means["sad"][1]


def test_the_columns_stand_in_another_order(corpus):
    with open(corpus / RELEASE / "Labels/labels_consensus.csv", newline="") as stream:
        header = next(csv.reader(stream))
    assert sorted(header) == sorted(
        ["FileName", "EmoClass", "EmoAct", "EmoVal", "EmoDom", "SpkrID", "Gender", "Split_Set"]
    )
    assert header[0] != "FileName"
    assert header.index("EmoVal") < header.index("EmoAct")


def test_recordings_are_like_the_originals(corpus):
    paths = sorted((corpus / RELEASE / "Audios").glob("MSP*.wav"))
    assert len(paths) == 107
    for path in paths:
        info = soundfile.info(path)
        assert (info.samplerate, info.channels, info.subtype) == (16000, 1, "PCM_16")
        assert 1 < info.duration < 11


@pytest.mark.parametrize("test_set", ["test1", "test2"])
def test_the_data_directory_passes_every_check(corpus, tmp_path, capsys, test_set):
    labels, data = str(RECIPE / "labels.txt"), str(tmp_path / "my data")
    prepare_corpus(["msp_podcast", "--corpus_dir", str(corpus), "--labels", labels, "--dest", data])
    folds = str(RECIPE / f"folds/{test_set}.tsv")
    check_data_dir([data, "--labels", labels, "--folds", folds])
    output = capsys.readouterr()
    assert "MSP-Podcast 1.11 look-alike" in output.out
    assert "neutral 21 · happy 20 · sad 20 · angry 20\n" in output.out
    assert "not speaker-disjoint: " in output.out


def test_two_runs_are_equal_byte_for_byte(corpus, tmp_path):
    command = [sys.executable, "-m", "sentemo.bin.make_mini_corpus", "--corpus", "msp_podcast"]
    subprocess.run([*command, "--dest", str(tmp_path / "again")], check=True)
    assert files_of(tmp_path / "again") == files_of(corpus)
    kinds = Counter(Path(name).suffix for name in files_of(corpus))
    assert kinds == {".wav": 108, ".txt": 106, ".csv": 2, ".json": 2}
