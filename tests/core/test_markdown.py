import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentemo.core.errors import SentemoError
from sentemo.core.markdown import code, markdown_table, plain, replace_block

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


SHOWN = {
    "<script>alert(1)</script>": "&lt;script>alert(1)&lt;/script>",
    "<img src=x onerror=y>": "&lt;img src=x onerror=y>",
    "&lt;b&gt;": "&amp;lt;b&amp;gt;",
    "[click](javascript:x)": r"\[click](javascript:x)",
    "![x](http://x.org/y.png)": r"!\[x](http://x.org/y.png)",
    "**loud** `code`": r"\*\*loud\*\* \`code\`",
    "_leaning_": r"\_leaning\_",
    "two\n\n# lines": "two # lines",
    "\x1b[31mred": r"\x1b[31mred",
}
KEPT = ["p < 0.001", "61.3 [58.0, 64.6]", "probe_whisper_base", "AT&T", "a > b", "5 % – 6 %"]


@pytest.mark.parametrize(("text", "expected"), SHOWN.items())
def test_names_of_others_are_shown_and_not_obeyed(text, expected):
    assert plain(text) == expected
    assert markdown_table(["name"], [[text]]).splitlines()[2].strip("| ") == expected


@pytest.mark.parametrize("text", KEPT)
def test_ordinary_text_stays_readable(text):
    assert plain(text) == text


def test_code_holds_whatever_backticks_there_are():
    assert code("sentemo train") == "`sentemo train`"
    assert code("a `b` ``c``\nd") == "```a `b` ``c`` d```"
