from collections import Counter
from pathlib import Path

import pytest
from mini_files import files_of

from sentemo.bin import make_mini_corpus, prepare_corpus
from sentemo.corpora.swbd_affect import parse_swbd_affect
from sentemo.data.fold_files import read_folds
from sentemo.data.labels import read_labels, require_all_classes_everywhere
from sentemo.data.splits import side_of_fold

RECIPE = Path(__file__).parents[2] / "egs/swbd_affect"
TEN = read_labels(RECIPE / "labels.txt")


def make(dest):
    make_mini_corpus.main(["--corpus", "swbd_affect", "--dest", str(dest)])
    return dest


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    """The default corpus, at a path with a space."""
    return make(tmp_path_factory.mktemp("mini") / "a corpus")


@pytest.fixture(scope="module")
def parsed(corpus):
    folders = corpus / "LDC97S62", corpus / "ml-switchboard-affect"
    return parse_swbd_affect(*folders, TEN, "soft", allow_partial=True)


def test_the_parser_meets_every_trap(parsed):
    assert {reason: len(items) for reason, items in parsed.dropped.items()} == {
        "macOS resource file": 5,
        "class not in labels: other": 1,
        "caller not in call_con_tab.csv": 1,
    }
    assert "segments 84 of 10000, segments of six graders 83 of 10000" in parsed.notes[0]
    assert sum(utt.is_training_only for utt in parsed.utterances) == 1
    assert set(Counter(utt.label for utt in parsed.utterances)) == {*TEN, "no_agreement"}


def test_every_class_is_trained_in_every_fold_and_no_caller_is_on_two_sides(parsed):
    folds = read_folds(RECIPE / "folds/speaker.tsv", parsed.utterances)
    require_all_classes_everywhere(folds, parsed.utterances, TEN)
    tested = [utt.id for fold in folds for utt in side_of_fold(parsed.utterances, fold, "test")]
    assert len(tested) == len(set(tested)) == len(parsed.utterances) - 1


def test_the_data_directory_passes_every_check(corpus, tmp_path, capsys):
    command = ["swbd_affect", "--swbd_dir", str(corpus / "LDC97S62")]
    command += ["--affect_dir", str(corpus / "ml-switchboard-affect")]
    command += ["--labels", str(RECIPE / "labels.txt"), "--folds"]
    command += [str(RECIPE / "folds/speaker.tsv"), "--dest", str(tmp_path / "my data")]
    prepare_corpus.main([*command, "--allow_partial", "true", "--convert_audio", "true"])
    printed = capsys.readouterr()
    assert "Switchboard-Affect look-alike" in printed.out
    assert "fold" not in printed.err


def test_the_same_seed_makes_the_same_bytes(corpus, tmp_path):
    assert files_of(make(tmp_path / "again")) == files_of(corpus)
