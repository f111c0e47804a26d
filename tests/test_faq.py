"""The messages that docs/faq.md quotes are those that the code prints."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ANYTHING = "…"
OTHERS = {"out of memory"}  # torch's


def quoted_messages():
    """The quotations under the heading Messages, each on one line."""
    text = (ROOT / "docs" / "faq.md").read_text(encoding="utf-8")
    section = text.split("\n## Messages\n")[1].split("\n## ")[0]
    section = re.sub(r"`[^`\n]*`", "", section)  # names and options
    return [" ".join(message.split()) for message in re.findall(r'"([^"]+)"', section)]


def printed_texts():
    """All strings of the package, with … in place of each value that is filled in."""
    found = []
    for path in (ROOT / "sentemo").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.JoinedStr):
                pieces = (v.value if isinstance(v, ast.Constant) else ANYTHING for v in node.values)
                found.append("".join(pieces))
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.append(node.value)
    return found


TEXTS = printed_texts()


def is_printed(message):
    """Whether a text of the package has the pieces of a message between …, in their order."""
    pieces = [re.escape(piece.strip()) for piece in message.split(ANYTHING) if piece.strip(" .,:")]
    pattern = re.compile(".*".join(pieces), re.DOTALL)
    return any(pattern.search(text) for text in TEXTS)


@pytest.mark.parametrize("message", quoted_messages())
def test_a_quoted_message_is_one_of_the_code(message):
    assert message in OTHERS or is_printed(message)


def test_a_message_that_nobody_prints_is_found_out():
    assert len(quoted_messages()) > 20
    assert is_printed("… holds a training with other settings")
    assert not is_printed("… holds a training with settings of others")
    assert not is_printed("with other settings … holds a training")
