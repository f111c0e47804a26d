"""The command that puts corpora together, up to a training on them."""

from dataclasses import replace

import pytest

from sentemo.bin import combine_data
from sentemo.core.errors import SentemoError
from sentemo.data.kaldi import read_data_dir
from sentemo.data.preparation import ParsedCorpus, read_counts, write_data_dir


@pytest.fixture
def two_corpora(tmp_path, small_data_dir, make_audio):
    """A data directory with a name, another one with other recordings, and a labels file."""
    own, other = tmp_path / "own", tmp_path / "other"
    utterances = read_data_dir(small_data_dir)
    write_data_dir(own, ParsedCorpus(utterances, name="Own"))
    elsewhere = [
        replace(utt, audio=make_audio(tmp_path / "elsewhere" / f"{utt.id}.wav", seed=7))
        for utt in utterances
    ]
    write_data_dir(other, ParsedCorpus(elsewhere, name="Other"))
    (tmp_path / "labels.txt").write_text("happy\nsad\n")
    return own, other


def run(tmp_path, own, other, *more):
    dest = tmp_path / "both"
    labels = tmp_path / "labels.txt"
    options = ["--data", own, "--add", other, "--labels", labels, "--dest", dest, *more]
    combine_data.main(list(map(str, options)))
    return dest


def test_the_directory_is_written_once_and_anew_when_a_corpus_changes(
    tmp_path, two_corpora, capsys
):
    own, other = two_corpora
    dest = run(tmp_path, own, other)
    assert "16 utterances, 8 of them of other corpora" in capsys.readouterr().out
    assert read_counts(dest)["corpus"] == "Own"
    run(tmp_path, own, other)
    assert "up to date" in capsys.readouterr().out
    write_data_dir(other, ParsedCorpus(read_data_dir(other)[:5], name="Other"))
    run(tmp_path, own, other)
    assert sum(utt.corpus == "Other" for utt in read_data_dir(dest)) == 5


def test_a_corpus_without_a_name_cannot_be_told_in_results(tmp_path, two_corpora):
    own, other = two_corpora
    write_data_dir(other, ParsedCorpus(read_data_dir(other)))
    with pytest.raises(SentemoError, match="does not name the corpus"):
        run(tmp_path, own, other)
