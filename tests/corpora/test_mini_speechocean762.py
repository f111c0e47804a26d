import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
import soundfile
from mini_files import files_of

from sentemo.bin.check_data_dir import main as check_data_dir
from sentemo.bin.make_mini_corpus import main as make_mini_corpus
from sentemo.bin.prepare_corpus import main as prepare_corpus
from sentemo.corpora.mini.english import ALL_TEXTS
from sentemo.corpora.speechocean762 import NOT_NAMED, parse_speechocean762

FOLDS = Path(__file__).parents[2] / "egs/speechocean762/folds"


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    """The default corpus, at a path with a space."""
    dest = tmp_path_factory.mktemp("mini") / "a corpus"
    make_mini_corpus(["--corpus", "speechocean762", "--dest", str(dest)])
    return dest


def test_the_parser_reads_it(corpus):
    parsed = parse_speechocean762(corpus, allow_partial=True)
    speakers = {(utt.split, utt.speaker) for utt in parsed.utterances}
    assert Counter(split for split, _ in speakers) == {"train": 6, "valid": 2, "test": 2}
    assert {reason: len(items) for reason, items in parsed.dropped.items()} == {
        "macOS resource file": 1,
        NOT_NAMED: 1,
    }
    train = {utt.text for utt in parsed.utterances if utt.split == "train"}
    assert len(train) == len(ALL_TEXTS)
    assert Counter(parsed.tables["spk2gender"].values()) == {"m": 5, "f": 5}
    assert {int(age) <= 15 for age in parsed.tables["spk2age"].values()} == {True, False}


def test_recordings_are_like_the_originals(corpus):
    paths = sorted(corpus.glob("WAVE/*/[0-9]*.WAV"))
    assert len(paths) == 81
    for path in paths:
        info = soundfile.info(path)
        found = (info.format, info.subtype, info.samplerate, info.channels)
        assert found == ("WAV", "PCM_16", 16000, 1)
        assert 1 < info.duration < 10


def test_the_ages_are_in_another_order_than_the_other_tables_as_in_the_original(corpus):
    def ids(table):
        return [line.split()[0] for line in (corpus / "train" / table).read_text().splitlines()]

    assert ids("spk2age") != sorted(ids("spk2age"))
    for table in ("text", "wav.scp", "utt2spk", "spk2utt", "spk2gender"):
        assert ids(table) == sorted(ids(table))


def test_the_data_directory_passes_every_check(corpus, tmp_path, capsys):
    data = str(tmp_path / "my data")
    arguments = ["--corpus_dir", str(corpus), "--dest", data, "--allow_partial", "true"]
    prepare_corpus(["speechocean762", *arguments])
    check_data_dir([data, "--folds", str(FOLDS / "official.tsv")])
    output = capsys.readouterr().out
    assert "speechocean762 look-alike" in output
    assert "80 utterances, 10 speakers" in output
    assert "not speaker-disjoint" not in output


def test_two_runs_are_equal_byte_for_byte(corpus, tmp_path):
    command = [sys.executable, "-m", "sentemo.bin.make_mini_corpus", "--corpus", "speechocean762"]
    subprocess.run([*command, "--dest", str(tmp_path / "again")], check=True)
    assert files_of(tmp_path / "again") == files_of(corpus)
