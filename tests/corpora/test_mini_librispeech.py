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
from sentemo.corpora.librispeech import parse_librispeech
from sentemo.corpora.mini.english import ALL_TEXTS

FOLDS = Path(__file__).parents[2] / "egs/librispeech/folds"


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    """The default corpus, at a path with a space."""
    dest = tmp_path_factory.mktemp("mini") / "a corpus"
    make_mini_corpus(["--corpus", "librispeech", "--dest", str(dest)])
    return dest


def test_the_parser_reads_it(corpus):
    parsed = parse_librispeech(corpus, allow_partial=True)
    assert parsed == parse_librispeech(corpus / "LibriSpeech", allow_partial=True)
    assert parsed.name == "LibriSpeech (3 parts)"
    assert [len(items) for items in parsed.dropped.values()] == [1]
    speakers = {(utt.split, utt.speaker) for utt in parsed.utterances}
    assert len({speaker for _, speaker in speakers}) == 10
    assert Counter(part for part, _ in speakers) == {
        "train-clean-100": 6,
        "dev-clean": 2,
        "test-clean": 2,
    }
    train = {utt.text for utt in parsed.utterances if utt.split == "train-clean-100"}
    assert len(train) == len(ALL_TEXTS)


def test_recordings_are_like_the_originals(corpus):
    paths = sorted((corpus / "LibriSpeech").glob("*/*/*/[0-9]*.flac"))
    assert len(paths) == 80
    for path in paths:
        info = soundfile.info(path)
        assert (info.format, info.samplerate, info.channels) == ("FLAC", 16000, 1)
        assert 1 < info.duration < 10


def test_the_table_of_speakers_has_the_originals_columns(corpus):
    lines = (corpus / "LibriSpeech/SPEAKERS.TXT").read_text().splitlines()
    rows = [[f.strip() for f in line.split("|")] for line in lines if not line.startswith(";")]
    assert len(rows) == 10
    for number, sex, part, _, _ in rows:
        assert sex in ("M", "F")
        assert (corpus / "LibriSpeech" / part / number).is_dir()


def test_the_data_directory_passes_every_check(corpus, tmp_path, capsys):
    data = str(tmp_path / "my data")
    prepare_corpus(
        ["librispeech", "--corpus_dir", str(corpus), "--dest", data, "--allow_partial", "true"]
    )
    check_data_dir([data, "--folds", str(FOLDS / "official.tsv")])
    output = capsys.readouterr().out
    assert "LibriSpeech (3 parts) look-alike" in output
    assert "80 utterances, 10 speakers" in output
    assert "not speaker-disjoint" not in output


def test_two_runs_are_equal_byte_for_byte(corpus, tmp_path):
    command = [sys.executable, "-m", "sentemo.bin.make_mini_corpus", "--corpus", "librispeech"]
    subprocess.run([*command, "--dest", str(tmp_path / "again")], check=True)
    assert files_of(tmp_path / "again") == files_of(corpus)
