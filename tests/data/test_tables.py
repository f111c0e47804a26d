import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentemo.core.errors import Problems, SentemoError
from sentemo.data.tables import parse_table, read_table, write_table

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


def test_a_byte_order_mark_is_no_part_of_the_first_id(tmp_path):
    (tmp_path / "text").write_bytes(b"\xef\xbb\xbfa 1\nb 2\n")
    assert read_table(tmp_path / "text") == {"a": "1", "b": "2"}


def test_only_where_values_may_be_empty_a_line_is_an_id_alone(tmp_path):
    path, problems = tmp_path / "text", Problems("text")
    write_table(path, {"a": "", "b": "so it is"}, may_be_empty=True)
    assert path.read_bytes() == b"a\nb so it is\n"
    assert parse_table(path, problems, may_be_empty=True) == {"a": "", "b": "so it is"}
    path.write_bytes(b"a \r\n\nb\n")
    assert parse_table(path, problems, may_be_empty=True) == {"a": "", "b": ""}
    assert len(problems) == 1  # the empty line
    with pytest.raises(SentemoError, match="malformed line: 3"):
        read_table(path)
