"""The documents say what the results say, and what they name exists."""

import json
import re
import sys
from pathlib import Path
from urllib.parse import unquote

import pytest
import yaml

from sentemo.core.markdown import replace_block
from sentemo.report.corpora import corpus_table
from sentemo.report.tables import read_scores, render_answers, render_tables

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).parent.parent
RESULTS_OF = {
    "README.md": "egs/open/results/cross_corpus.json egs/emodb/results/upstreams.json",
    "egs/emodb/README.md": "egs/emodb/results",
    "egs/librispeech/README.md": "egs/librispeech/results",
    "egs/nemo/README.md": "egs/nemo/results",
    "egs/open/README.md": "egs/open/results",
    "egs/speechocean762/README.md": "egs/speechocean762/results",
}
ANSWERS_OF = (
    "egs/emodb/results/probe_whisper_base.json egs/emodb/results/states_built_in.json "
    "egs/nemo/results/probe_whisper_base.json egs/nemo/results/states_whisper_base.json "
    "egs/open/results/leave_one_corpus_out.json"
)  # of docs/limits.md
FLOORS = "The floors, from top to bottom"  # a heading of docs/architecture.md
DOCUMENTS = ("*.md", "docs/**/*.md", "egs/*/README.md", "benchmarks/*.md", "tests/**/*.md")
WRITTEN_BY_RECIPES = {"data", "dump", "exp", "log", "mini", "RESULTS.md"}
# The beginnings of paths within the repository; `data/` and `exp/` are places of a recipe.
FOLDERS = ("benchmarks", "conf", "docs", "egs", "sentemo", "tests", "tools")


def documents():
    """The Markdown files of the repository, without those that recipes write."""
    found = [path for pattern in DOCUMENTS for path in ROOT.glob(pattern)]
    return sorted(str(path.relative_to(ROOT)) for path in found)


def read(name):
    return (ROOT / name).read_text(encoding="utf-8")


def without_code(text):
    """A document without its blocks of code."""
    return re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)


def anchors(text):
    """The anchors of a document's headings, as GitHub makes them."""
    found = set()
    for heading in re.findall(r"^#+ +(.+?) *$", without_code(text), flags=re.MULTILINE):
        words = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", heading).lower()
        base = re.sub(r"[^\w\- ]", "", words).replace(" ", "-")
        count = 0
        while (name := f"{base}-{count}" if count else base) in found:
            count += 1
        found.add(name)
    return found


def links(text):
    """The targets of a document's links within the repository."""
    targets = re.findall(r"\[[^]]*\]\(<?([^)\s>]+)", re.sub(r"`[^`\n]*`", "", without_code(text)))
    return [target for target in targets if not re.match(r"[a-z]+:", target)]


def broken_links(document, text):
    """The links of a document that lead nowhere."""
    broken = []
    for target in links(text):
        file, _, anchor = unquote(target).partition("#")
        path = (ROOT / document).parent / file if file else ROOT / document
        if not path.exists() or (anchor and anchor not in anchors(path.read_text("utf-8"))):
            broken.append(target)
    return broken


def named_paths(text):
    """The paths of the repository that a document names in backticks or in blocks of code."""
    return re.findall(rf"(?<![\w./-])(?:{'|'.join(FOLDERS)})/[\w./-]*\w", text)


def exists(path):
    """Whether a path exists, or is one that a recipe writes or that stands for several."""
    parts = path.split("/")
    in_recipe = parts[0] == "egs" and not WRITTEN_BY_RECIPES.isdisjoint(parts)
    return in_recipe or "NAME" in path or (ROOT / path).exists()


def missing_paths(text):
    """The paths that a document names and that do not exist."""
    code = re.findall(r"^```.*?^```|`[^`\n]+`", text, flags=re.MULTILINE | re.DOTALL)
    return [path for piece in code for path in named_paths(piece) if not exists(path)]


def missing_modules(text):
    """The modules that a document names and that do not exist."""
    names = re.findall(r"(?<![\w./-])sentemo(?:\.[a-z_0-9]+)+(?![\w/])", text)
    modules = [name for name in names if not name.endswith(".json")]
    return [name for name in modules if not is_module(ROOT / name.replace(".", "/"))]


def is_module(path):
    """Whether a path without its suffix is that of a module or a package."""
    return path.is_dir() or path.with_suffix(".py").is_file()


def table(document, heading):
    """The rows of the first table under a heading."""
    section = read(document).split(f"\n## {heading}\n")[1].split("\n## ")[0]
    rows = re.search(r"(?:^\|.*\n)+", section, flags=re.MULTILINE)[0].splitlines()
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in rows[2:]]


@pytest.mark.parametrize(("readme", "results"), RESULTS_OF.items())
def test_the_tables_are_those_of_the_scores_files(readme, results):
    paths = [ROOT / name for name in results.split()]
    files = [[path] if path.is_file() else sorted(path.glob("*.json")) for path in paths]
    scores = read_scores([file for some in files for file in some])
    assert scores
    corpora = {found["corpus"] for found in scores}
    assert len({corpus.lower() for corpus in corpora}) == len(corpora), "one corpus, two names"
    text = read(readme)
    assert replace_block(text, "results", render_tables(scores), readme) == text


def test_the_table_of_what_answers_are_worth_is_that_of_the_scores_files():
    text = read("docs/limits.md")
    scores = read_scores([ROOT / name for name in ANSWERS_OF.split()])
    assert replace_block(text, "answers", render_answers(scores), "docs/limits.md") == text


def test_the_table_of_corpora_is_that_of_their_counts():
    text = read("README.md")
    counts = [json.loads(path.read_text()) for path in sorted(ROOT.glob("egs/*/corpus.json"))]
    assert replace_block(text, "corpora", corpus_table(counts), "README.md") == text


def test_the_table_of_peers_is_that_of_their_figures(monkeypatch):
    if not (figures := ROOT / "benchmarks" / "peers.json").is_file():
        pytest.skip("the peers are not measured yet")
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    from peers import table as peers_table

    text = read("benchmarks/README.md")
    block = peers_table(json.loads(figures.read_text()))
    assert replace_block(text, "peers", block, "benchmarks/README.md") == text


@pytest.mark.parametrize("document", documents())
def test_links_lead_to_files_and_headings(document):
    assert broken_links(document, read(document)) == []


@pytest.mark.parametrize("document", documents())
def test_paths_and_modules_in_documents_exist(document):
    text = read(document)
    if document == "CHANGELOG.md":  # which names modules that there were
        text = text.split("### Moved modules")[0]
    assert missing_paths(text) == []
    assert missing_modules(text) == []


@pytest.mark.parametrize("document", documents())
def test_names_are_in_the_files_in_which_documents_say_they_are(document):
    said = re.findall(r"`(\w+)` in `([\w/]+\.(?:py|sh|yaml))`", read(document))
    assert [(name, file) for name, file in said if not re.search(rf"\b{name}\b", read(file))] == []


def test_a_broken_link_a_missing_heading_and_a_missing_path_are_found():
    text = (
        "# A heading, and `code`\n[here](#a-heading-and-code) [a](gone.md) [b](#gone)\n"
        "[c](https://x.org/y) `conf/gone.yaml` `tools/` `sentemo.gone` `egs/emodb/exp/x`\n"
        "```\npython benchmarks/gone.py  # [no](link.md)\n```\n"
    )
    assert anchors(text) == {"a-heading-and-code"}
    assert broken_links("README.md", text) == ["#a-heading-and-code", "gone.md", "#gone"]
    assert missing_paths(text) == ["conf/gone.yaml", "benchmarks/gone.py"]
    assert missing_modules(text) == ["sentemo.gone"]


def test_the_rooms_of_the_architecture_are_the_folders_and_the_floors():
    rooms = [row[0].strip("`").rstrip("/") for row in table("docs/architecture.md", FLOORS)]
    contracts = tomllib.loads(read("pyproject.toml"))["tool"]["importlinter"]["contracts"]
    floors = next(contract["layers"] for contract in contracts if contract["type"] == "layers")
    assert rooms == [room.strip() for floor in floors for room in floor.split("|")]
    folders = {path.parent.name for path in (ROOT / "sentemo").glob("*/__init__.py")}
    assert set(rooms) == folders


def test_the_six_questions_name_files_that_exist():
    rows = table("docs/architecture.md", "Where is …?")
    assert len(rows) == 6
    for _, answer in rows:
        files = re.findall(r"`([^`]+)`", answer)
        assert files
        assert all((ROOT / file).is_file() for file in files)


@pytest.mark.parametrize(
    ("paper", "wanted"),
    [
        ("Lu et al. (2020)", "equation of aⁱ,Figure 1,Figure 2,Table 1,Table 2,Table 3"),
        (
            "SA2SR (2022)",
            "Equation 1,equation of CCC,equation of the combined,Figure 1,Figure 2,"
            "Table 1,Table 2,Table 3,Table 4",
        ),
    ],
)
def test_every_equation_table_and_figure_of_a_paper_leads_to_code(paper, wanted):
    rows = table("docs/papers.md", paper)
    assert len(rows) == len(wanted.split(","))
    for beginning, (item, code, _) in zip(wanted.split(","), rows, strict=True):
        assert item.startswith(beginning)
        name, path = re.fullmatch(r"(?:`(\w+)` (?:in|with) )?`([\w./]+)`", code).groups()
        if name and " with " not in code:
            assert re.search(rf"^(class|def) {name}\b", read(path), flags=re.MULTILINE)


def test_what_moved_is_gone_and_what_it_became_exists():
    def path(module):
        return ROOT / "sentemo" / module.replace(".", "/")

    moved = re.findall(r"^\| `([\w.]+)` \| (.+) \|$", read("CHANGELOG.md"), flags=re.MULTILINE)
    assert moved
    for old, new in moved:
        assert not path(old).with_suffix(".py").exists()
        for module in re.findall(r"`([\w.]+)`", new):
            assert is_module(path(module)), module


def test_the_hooks_before_a_commit_are_checks_of_the_test_script():
    config = yaml.safe_load(read(".pre-commit-config.yaml"))
    commands = [hook["entry"] for repo in config["repos"] for hook in repo["hooks"]]
    checks = re.findall(
        r"^    check (.+?)(?: \"\$\{.*)?$", read("tests/run.sh"), flags=re.MULTILINE
    )
    assert commands == [f".venv/bin/{check}" for check in checks[: len(commands)]]
    assert commands[-1].endswith("shellcheck")
