import json
import os
from dataclasses import replace

import pytest

from sentemo.core.errors import SentemoError
from sentemo.data.kaldi import Utterance, read_data_dir
from sentemo.data.preparation import (
    ParsedCorpus,
    prepared_files,
    read_counts,
    read_prepared,
    require_replaceable,
    write_data_dir,
)
from sentemo.data.word_times import Word


@pytest.fixture
def corpus(make_audio, tmp_path):
    """Return two happy utterances of a known speaker and a sad one of an unknown speaker."""
    audio = make_audio(tmp_path / "x.wav", seconds=1.8)
    return ParsedCorpus(
        utterances=[
            Utterance("s-1", "s", audio, "happy", split="train"),
            Utterance("s-2", "s", audio, "happy", split="train"),
            Utterance("Unknown-3", "Unknown", audio, "sad", split="test"),
        ],
        dropped={"too odd": ["z", "y"], "too short": ["a"]},
        notes=["hm"],
        name="Noise 1.0",
        elicitation="play-acted",
        tables={"utt2votes": {"s-1": "happy sad"}},
        words={"s-1": [Word(0.5, 0.25, "there"), Word(0.1, 0.3, "hello")]},
        agreement={"s-1": 0.5, "s-2": 1.0, "Unknown-3": 0.25},
    )


def test_counts_say_what_was_kept_and_dropped(tmp_path, corpus):
    human = {"utterances": 3, "wa": 0.5833, "ua": 0.5}
    counts = write_data_dir(tmp_path / "all", corpus, human)
    assert counts == json.loads((tmp_path / "all" / "counts.json").read_text())
    assert counts == {
        "corpus": "Noise 1.0",
        "elicitation": "play-acted",
        "utterances": 3,
        "speakers": 1,
        "of_unknown_speakers": 1,
        "hours": 0.0015,
        "labels": {"happy": 2, "sad": 1},
        "splits": {"test": 1, "train": 2},
        "dropped": {"too odd": 2, "too short": 1},
        "notes": ["hm"],
        "human": human,
    }


def test_what_was_dropped_is_listed_with_its_reason(tmp_path, corpus):
    write_data_dir(tmp_path / "all", corpus)
    listed = (tmp_path / "all" / "dropped.tsv").read_text()
    assert listed == "item\treason\ny\ttoo odd\nz\ttoo odd\na\ttoo short\n"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"speaker": "Anna Maria"}, "speaker empty or with white space: 1\n    s-1: 'Anna Maria'"),
        ({"label": "very happy"}, "class empty or with white space: 1\n    s-1: 'very happy'"),
    ],
)
def test_a_name_with_a_space_is_named_with_its_utterance(tmp_path, corpus, changes, message):
    first, *rest = corpus.utterances
    with pytest.raises(SentemoError, match=message) as error:
        write_data_dir(
            tmp_path / "all", replace(corpus, utterances=[replace(first, **changes), *rest])
        )
    assert str(error.value).startswith(f"{tmp_path / 'all'}: 1 problem\n")


def test_a_dropped_file_may_have_any_name(tmp_path, corpus):
    strange = replace(corpus, dropped={"odd": ["a\tb\nc", "x\udcff.wav"]})
    write_data_dir(tmp_path / "all", strange)
    assert (
        tmp_path / "all" / "dropped.tsv"
    ).read_text() == "item\treason\na b c\todd\nx?.wav\todd\n"


def test_further_tables_and_words_are_written_in_order(tmp_path, corpus):
    write_data_dir(tmp_path / "all", corpus)
    assert (tmp_path / "all" / "utt2votes").read_text() == "s-1 happy sad\n"
    assert (tmp_path / "all" / "words.ctm").read_text() == (
        "s-1 1 0.100 0.300 hello\ns-1 1 0.500 0.250 there\n"
    )


def test_what_a_corpus_lacks_is_not_written(tmp_path, make_audio):
    audio = make_audio(tmp_path / "x.wav")
    write_data_dir(tmp_path / "all", ParsedCorpus([Utterance("x", "s", audio)]))
    assert {file.name for file in (tmp_path / "all").iterdir()} == {
        "wav.scp",
        "utt2spk",
        "spk2utt",
        "utt2dur",
        "utt2level",
        "counts.json",
        "dropped.tsv",
    }


def test_a_channel_that_is_not_there_is_refused(tmp_path, make_audio):
    audio = make_audio(tmp_path / "mono.wav")
    with pytest.raises(SentemoError, match=r"no such channel: 1(.|\n)*B of 1 in"):
        write_data_dir(tmp_path / "all", ParsedCorpus([Utterance("x", "s", audio, channel=1)]))


def test_bad_utterances_are_counted_and_nothing_is_written(tmp_path, make_audio):
    good = make_audio(tmp_path / "good.wav", seconds=1)
    empty = make_audio(tmp_path / "empty.wav", seconds=0)
    junk = tmp_path / "junk.wav"
    junk.write_bytes(b"no audio")
    utterances = [
        Utterance("a", "s", good),
        Utterance("a", "s", good),
        Utterance("b", "s", empty),
        Utterance("c", "s", junk),
        Utterance("d", "s", tmp_path / "gone.wav"),
        Utterance("e", "s", good, start=0.0, end=1.6, recording="good"),
        Utterance("f", "s", good, start=1.0, end=1.4, recording="good"),
    ]
    with pytest.raises(SentemoError) as error:
        write_data_dir(tmp_path / "all", ParsedCorpus(utterances))
    message = str(error.value)
    assert "6 problems" in message
    for part in (
        "duplicate id: 1",
        "empty audio",
        "unreadable audio",
        "missing audio",
        "to 1.6 s of",
    ):
        assert part in message
    assert not (tmp_path / "all").exists()


def test_no_utterances_are_refused(tmp_path):
    with pytest.raises(SentemoError, match="no utterances"):
        write_data_dir(tmp_path / "all", ParsedCorpus([]))


def test_only_earlier_outputs_are_replaced(tmp_path, small_data_dir):
    utterances = read_data_dir(small_data_dir)
    write_data_dir(small_data_dir, ParsedCorpus(utterances[:2]))
    assert len(read_data_dir(small_data_dir)) == 2

    precious = tmp_path / "thesis"
    precious.mkdir()
    write_data_dir(precious, ParsedCorpus(utterances))  # empty, so nothing is lost
    (precious / "counts.json").unlink()
    with pytest.raises(SentemoError, match="not an earlier output"):
        write_data_dir(precious, ParsedCorpus(utterances))
    file = tmp_path / "file"
    file.write_text("mine")
    with pytest.raises(SentemoError, match="not an earlier output"):
        require_replaceable(file, "counts.json")


def test_copies_are_no_further_speakers(tmp_path, make_audio):
    audio = make_audio(tmp_path / "x.wav")
    copy = Utterance("sp0.9-s-1", "sp0.9-s", audio, original="s-1")
    counts = write_data_dir(tmp_path / "all", ParsedCorpus([Utterance("s-1", "s", audio), copy]))
    assert (counts["utterances"], counts["speakers"]) == (2, 1)


def test_counts_of_an_older_version_say_what_to_do(tmp_path):
    with pytest.raises(SentemoError, match="run stage data again"):
        read_counts(tmp_path)
    (tmp_path / "counts.json").write_text('{"utterances": 3, "notes": []}')
    with pytest.raises(SentemoError, match="by an older version"):
        read_counts(tmp_path)


def test_what_tells_results_apart_is_read_back_and_listed_as_input(tmp_path, corpus):
    tables = {
        "spk2gender": {"s": "f"},
        "spk2age": {"s": "41"},
        "utt2sentence": {"s-1": "7", "s-2": "7"},
    }
    write_data_dir(tmp_path / "all", replace(corpus, tables={**tables, **corpus.tables}))
    assert read_prepared(tmp_path / "all").tables == tables
    assert tables.keys() <= {file.name for file in prepared_files(tmp_path / "all")}


@pytest.mark.parametrize("name", [b"\xe4rger.wav", b"two\nlines.wav"])
def test_audio_whose_name_no_table_can_hold_is_named(tmp_path, make_audio, name):
    audio = make_audio(tmp_path / "x.wav").rename(tmp_path / os.fsdecode(name))
    with pytest.raises(SentemoError, match=r"(not UTF-8|line breaks).*: 1\n *a-1: .*wav") as error:
        write_data_dir(tmp_path / "data", ParsedCorpus([Utterance("a-1", "a", audio)]))
    str(error.value).encode()
