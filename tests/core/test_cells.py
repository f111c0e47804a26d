import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentemo.core.cells import text_cell, text_of_cell


@pytest.mark.parametrize("text", ["=cmd|'/c calc'!A1", "+1", "-1", "@SUM(A1)", "'=1", "''=1"])
def test_what_a_spreadsheet_would_run_becomes_text(text):
    assert text_cell(text) == f"'{text}"


@given(st.text(alphabet="'=+-@a1"))
def test_a_text_is_read_back_as_it_was_and_is_no_formula(text):
    assert text_of_cell(text_cell(text)) == text
    assert text_cell(text)[:1] not in tuple("=+-@")


@pytest.mark.parametrize("text", ["angry", "Ses01-F", "a=b", "'quoted'", ""])
def test_ordinary_text_stays(text):
    assert text_cell(text) == text_of_cell(text) == text
