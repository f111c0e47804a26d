"""Every option of a command that a document shows is one that the command has."""

import ast
import re
from pathlib import Path

import pytest

from sentemo.bin.main import COMMANDS, MODULES

ROOT = Path(__file__).parent.parent
DOCUMENTS = [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("egs/*/README.md")]
CALLED = re.compile(
    r"(?P<recipe>(?<!tests/)run\.sh|run_all\.sh|cross_corpus\.sh)|sentemo\.bin\.(?P<module>\w+)"
    rf"|\bsentemo (?P<command>{'|'.join(COMMANDS)})\b"
)
ENDS = r"\s#|&&|\||;|\n|\$\("


def shown_commands(text):
    """A call names run.sh or a module of sentemo.bin, and its options."""
    code = re.findall(r"^```.*?^```|`[^`\n]+`", text, flags=re.MULTILINE | re.DOTALL)
    for line in "\n".join(code).replace("\\\n", " ").splitlines():
        for found in CALLED.finditer(line):
            rest = re.split(ENDS, line[found.end() :])[0]
            rest = CALLED.split(rest)[0]
            command = found["command"] and MODULES.get(found["command"], found["command"])
            options = re.findall(r"(?<=\s)--(\w+)", rest)
            yield found["recipe"] or found["module"] or command, options


def options_of_module(name):
    """The options that a module of sentemo.bin, or one of the folder that it imports, adds."""
    tree = ast.parse((ROOT / "sentemo" / "bin" / f"{name}.py").read_text(encoding="utf-8"))
    found = {"help"}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            found |= set(re.findall(r"^--(\w+)$", node.value))
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("sentemo.bin."):
            found |= options_of_module(node.module.rpartition(".")[2])
    return found


def options_of_recipes():
    """The options of all recipes and of run_all.sh."""
    scripts = [*ROOT.glob("tools/*.sh"), *ROOT.glob("egs/**/*.sh"), ROOT / "run_all.sh"]
    text = "\n".join(path.read_text(encoding="utf-8") for path in scripts)
    found = {"help", *re.findall(r"^\s*option(?:_alias)? (\w+)", text, flags=re.MULTILINE)}
    return found | {f"{recipe.name}_dir" for recipe in ROOT.glob("egs/*")}


RECIPES = options_of_recipes()


def unknown_options(text):
    """The options of shown commands that these do not have, as command --option."""
    return [
        f"{name} --{option}"
        for name, options in shown_commands(text)
        for option in options
        if option not in (RECIPES if name.endswith(".sh") else options_of_module(name))
    ]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_document_shows_options_that_there_are(document):
    assert unknown_options(document.read_text(encoding="utf-8")) == []


def test_an_option_that_is_gone_is_found():
    text = """
```
./run.sh --stage feats \\
    --gone 1 && sentemo predict x --json --never  # --not
```
`python -m sentemo.bin.pack --exp x --lost true`
"""
    assert unknown_options(text) == ["run.sh --gone", "predict --never", "pack --lost"]
