import codecs
import csv
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentemo.core.errors import Problems, SentemoError
from sentemo.data.delimited import read_delimited

KNOWN = ("file", "label", "speaker", "text")
# What a field may hold: no margins, as these are cut, and no characters that are no text.
fields = st.text(
    st.characters(codec="utf-8", exclude_characters="\0\r", exclude_categories=["Cs"]), max_size=30
).map(str.strip)
tables = st.lists(st.tuples(fields.filter(bool), fields, fields, fields), min_size=1, max_size=6)


def write(path, rows, delimiter, ending, bom, quoting):
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, delimiter=delimiter, lineterminator=ending, quoting=quoting)
    writer.writerows(rows)
    path.write_bytes(bom + stream.getvalue().encode())


@given(
    rows=tables,
    delimiter=st.sampled_from(",;\t|:^ "),
    ending=st.sampled_from(["\n", "\r\n"]),
    bom=st.sampled_from([b"", codecs.BOM_UTF8]),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
)
def test_what_is_written_in_any_dialect_is_read_back(
    tmp_path_factory, rows, delimiter, ending, bom, quoting
):
    path = tmp_path_factory.mktemp("table") / "t.csv"
    write(path, [KNOWN, *rows], delimiter, ending, bom, quoting)
    problems = Problems("t")
    columns, found = read_delimited(path, KNOWN, problems)
    problems.raise_if_any("")
    assert columns == list(KNOWN)
    assert [tuple(row.fields.values()) for row in found] == [row for row in rows if any(row)]


def read(tmp_path, content):
    path = tmp_path / "t.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    problems = Problems("t")
    return (*read_delimited(path, KNOWN, problems), problems)


def test_a_table_of_excel_in_utf_16_is_read(tmp_path):
    _, (row,), _ = read(tmp_path, "File\tLabel\r\nä ö.wav\tfröhlich\r\n".encode("utf-16"))
    assert row.fields == {"file": "ä ö.wav", "label": "fröhlich"}


def test_empty_rows_are_passed_over_and_lines_are_counted_as_an_editor_counts_them(tmp_path):
    text = 'file;text\n\na.wav;"two\nlines"\n;\nb.wav;\n'
    _, rows, problems = read(tmp_path, text)
    assert [(row.line, row.fields["file"]) for row in rows] == [(4, "a.wav"), (6, "b.wav")]
    assert len(problems) == 0


def test_a_column_of_several_words_does_not_make_spaces_the_delimiter(tmp_path):
    columns, (row,), _ = read(tmp_path, "File path,speaker id,label of it\na b.wav,ann,sad\n")
    assert columns == ["file path", "speaker id", "label of it"]
    assert row.fields["file path"] == "a b.wav"


def test_the_separator_that_excel_writes_above_the_header_is_passed_over(tmp_path):
    columns, (row,), _ = read(tmp_path, "sep=;\r\nfile;label\r\na.wav;x\r\n")
    assert (columns, row.line) == (["file", "label"], 3)


def test_every_broken_row_is_named_by_its_line(tmp_path):
    _, rows, problems = read(
        tmp_path, 'file,label\na.wav,x\nb.wav,x,3\n"c".wav,x\nd.wav\ne.wav,y\n'
    )
    assert [row.fields["file"] for row in rows] == ["a.wav", "e.wav"]
    with pytest.raises(SentemoError) as error:
        problems.raise_if_any("")
    assert "wrong number of fields: 2\n    t.csv:3: 3, but the header has 2" in str(error.value)
    assert "misplaced quotes: 1\n    t.csv:4: " in str(error.value)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "empty; its first line must name the columns"),
        ("file,label\nü.wav,x\n".encode("latin-1"), "t.csv:2: not UTF-8"),
        (b"file,label\0\n", "not a text file"),
        (b'[{"file": "a.wav"}]', "JSON, not a table"),
        (b"PK\x03\x04\x14\x00\x06\x00\x08", "a spreadsheet or an archive, not a table of text"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "a spreadsheet, not a table of text"),
        (b"PAR1\x15\x04\x15\x10", "a Parquet file, not a table of text"),
        (b'{"file": "a.wav"}\n', "JSON, not a table"),
    ],
)
def test_what_is_no_table_is_refused(tmp_path, content, message):
    with pytest.raises(SentemoError, match=message):
        read(tmp_path, content)


def test_a_missing_table_is_an_error_of_the_system(tmp_path):
    with pytest.raises(FileNotFoundError):
        read_delimited(Path(tmp_path / "none.csv"), KNOWN, Problems("t"))
