import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentemo.data.kaldi import (
    Utterance,
    read_data_dir,
    read_table,
    require_replaceable,
    write_data_dir,
    write_table,
)
from sentemo.errors import SentemoError

ids = st.text(
    st.characters(blacklist_categories=("Cs", "Zs", "Zl", "Zp", "Cc")), min_size=1, max_size=8
)
values = st.text(
    st.characters(blacklist_categories=("Cs",), blacklist_characters="\n"), min_size=1
).filter(lambda value: value == value.strip(" \t\r"))


@given(table=st.dictionaries(ids, values, max_size=20))
def test_a_written_table_reads_back_sorted(tmp_path_factory, table):
    path = tmp_path_factory.mktemp("table") / "text"
    write_table(path, table)
    assert read_table(path) == table
    lines = [line for line in path.read_bytes().split(b"\n") if line]
    assert lines == sorted(lines, key=lambda line: line.split(b" ")[0])


@given(content=st.binary(max_size=80))
def test_any_bytes_are_a_table_or_a_clear_error(tmp_path_factory, content):
    path = tmp_path_factory.mktemp("table") / "text"
    path.write_bytes(content)
    try:
        table = read_table(path)
    except SentemoError as error:
        assert re.search(rf"{re.escape(str(path))}:\d+", str(error))
    else:
        assert list(table) == sorted(table)
        assert all(key and value and not re.search(r"\s", key) for key, value in table.items())


@pytest.mark.parametrize(
    ("content", "line", "reason"),
    [
        (b"a 1\nb\n", 2, "malformed line"),
        (b"a 1\n\nb 2\n", 2, "malformed line"),
        (b"a 1\na 2\n", 2, "duplicate id"),
        (b"b 1\na 2\n", 2, "unsorted id"),
        (b"a 1\nb \xff\n", 2, "not UTF-8"),
    ],
)
def test_a_bad_line_is_named(tmp_path, content, line, reason):
    path = tmp_path / "utt2spk"
    path.write_bytes(content)
    with pytest.raises(SentemoError, match=re.escape(f"{path}:{line}")) as error:
        read_table(path)
    assert f"{reason}: 1" in str(error.value)


def test_all_bad_lines_are_counted(tmp_path):
    path = tmp_path / "text"
    path.write_text("a\nb\nc 1\nc 2\n")
    with pytest.raises(SentemoError) as error:
        read_table(path)
    assert "3 problems" in str(error.value)
    assert "malformed line: 2" in str(error.value)


def test_tabs_margins_and_windows_line_ends_are_read(tmp_path):
    path = tmp_path / "text"
    path.write_bytes(b"a\t one  two \r\nb 3")
    assert read_table(path) == {"a": "one  two", "b": "3"}


@pytest.mark.parametrize("table", [{"a b": "1"}, {"": "1"}, {"a": ""}, {"a": "1\n2"}, {"a": " 1"}])
def test_what_could_not_be_read_back_is_not_written(tmp_path, table):
    with pytest.raises(SentemoError):
        write_table(tmp_path / "text", table)
    assert list(tmp_path.iterdir()) == []


def test_a_data_dir_reads_back(small_data_dir):
    utterances = read_data_dir(small_data_dir)
    assert [utt.id for utt in utterances][:3] == ["a-happy", "a-sad", "b-happy"]
    first = utterances[0]
    assert (first.speaker, first.label, first.text) == ("a", "happy", "it is happy")
    assert first.audio.is_file()
    assert read_table(small_data_dir / "spk2utt")["b"] == "b-happy b-sad"
    assert float(read_table(small_data_dir / "utt2dur")["a-sad"]) == pytest.approx(0.4)


def test_counts_say_what_was_kept_and_dropped(tmp_path, make_audio):
    audio = make_audio(tmp_path / "x.wav", seconds=1.8)
    write_data_dir(tmp_path / "all", [Utterance("x", "s", audio)], {"too odd": ["y", "z"]}, ["hm"])
    assert json.loads((tmp_path / "all" / "counts.json").read_text()) == {
        "utterances": 1,
        "speakers": 1,
        "hours": 0.0005,
        "labels": {},
        "dropped": {"too odd": 2},
        "notes": ["hm"],
    }
    assert not (tmp_path / "all" / "utt2label").exists()
    assert not (tmp_path / "all" / "text").exists()


def test_segments_read_back(tmp_path, make_audio):
    audio = make_audio(tmp_path / "call.wav", seconds=2)
    parts = [
        Utterance("s-1", "s", audio, start=0.0, end=0.5, recording="call"),
        Utterance("t-2", "t", audio, start=0.75, end=2.01, recording="call"),
    ]
    write_data_dir(tmp_path / "all", parts, {})
    assert read_data_dir(tmp_path / "all") == parts
    assert read_table(tmp_path / "all" / "wav.scp") == {"call": str(audio)}
    assert read_table(tmp_path / "all" / "utt2dur")["t-2"] == "1.2600"


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
        Utterance("e", "s", good, start=0.0, end=1.5, recording="good"),
    ]
    with pytest.raises(SentemoError) as error:
        write_data_dir(tmp_path / "all", utterances, {})
    message = str(error.value)
    assert "5 problems" in message
    for part in ("duplicate id: 1", "empty audio", "unreadable audio", "missing audio", "1.5 s of"):
        assert part in message
    assert not (tmp_path / "all").exists()


def test_no_utterances_are_refused(tmp_path):
    with pytest.raises(SentemoError, match="no utterances"):
        write_data_dir(tmp_path / "all", [], {})


def test_only_earlier_outputs_are_replaced(tmp_path, small_data_dir):
    utterances = read_data_dir(small_data_dir)
    write_data_dir(small_data_dir, utterances[:2], {})
    assert len(read_data_dir(small_data_dir)) == 2

    precious = tmp_path / "thesis"
    precious.mkdir()
    write_data_dir(precious, utterances, {})  # empty, so nothing is lost
    (precious / "counts.json").unlink()
    with pytest.raises(SentemoError, match="not an earlier output"):
        write_data_dir(precious, utterances, {})
    file = tmp_path / "file"
    file.write_text("mine")
    with pytest.raises(SentemoError, match="not an earlier output"):
        require_replaceable(file, "counts.json")


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("wav.scp", "a-happy sox x.wav -t wav - |\n", "command in wav.scp: 1"),
        ("utt2spk", "a-happy a\n", "in wav.scp but not in utt2spk: 7"),
        ("utt2label", "a-happy happy\n", "in wav.scp but not in utt2label: 7"),
        ("text", "a-happy hello\nzz hello\n", "in text but not in wav.scp: 1"),
        ("segments", "a-happy a-happy 0.1\n", "malformed segment: 1"),
        ("segments", "a-happy zz 0 1\n", "segment of an unknown recording: 1"),
        ("segments", "a-happy a-sad 1.0 0.5\n", "segment without length: 1"),
        ("segments", "a-happy a-sad 0 nan\n", "segment without length: 1"),
        ("wav.scp", "", "no utterances"),
    ],
)
def test_files_that_disagree_are_refused(small_data_dir, name, content, message):
    (small_data_dir / name).write_text(content)
    with pytest.raises(SentemoError, match=re.escape(message)):
        read_data_dir(small_data_dir)


def test_bad_lines_of_all_files_are_counted_together(small_data_dir):
    (small_data_dir / "utt2spk").write_text("a\n")
    (small_data_dir / "text").write_text("b x\na x\n")
    with pytest.raises(SentemoError, match="2 problems"):
        read_data_dir(small_data_dir)


def test_what_is_no_data_dir_says_so(tmp_path):
    with pytest.raises(SentemoError, match=r"missing file: 2(.|\n)*stage data"):
        read_data_dir(tmp_path)
