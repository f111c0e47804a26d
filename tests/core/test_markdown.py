import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentemo.core.errors import SentemoError
from sentemo.core.markdown import markdown_table, replace_block

OPENING, CLOSING = "<!-- results -->", "<!-- /results -->"


@given(st.lists(st.lists(st.text("ab|±"), min_size=2, max_size=2), min_size=1))
def test_tables_are_aligned_whatever_they_hold(rows):
    lines = markdown_table(["one", "two"], rows).splitlines()
    assert len(lines) == len(rows) + 2
    assert len({len(line) for line in lines}) == 1
    assert {line.replace("\\|", "").count("|") for line in lines} == {3}


def test_the_block_between_the_comments_is_replaced():
    text = f"# Title\n\n{OPENING}\nold\n{CLOSING}\n\nmore\n"
    once = replace_block(text, "results", "new", "README.md")
    assert once == f"# Title\n\n{OPENING}\nnew\n{CLOSING}\n\nmore\n"
    assert replace_block(once, "results", "new", "README.md") == once


@pytest.mark.parametrize(
    "text",
    ["", OPENING, f"{CLOSING}{OPENING}", f"{OPENING}{CLOSING}" * 2, f"{OPENING}{CLOSING}{CLOSING}"],
)
def test_comments_that_are_no_pair_are_refused(text):
    with pytest.raises(SentemoError, match=r"README\.md: expected one line"):
        replace_block(text, "results", "new", "README.md")
