"""pyproject.toml declares what the package imports and what the installer pins."""

import ast
import re
import sys
from importlib.metadata import packages_distributions

import pytest
from declared_packages import EXTRAS, PROJECT, ROOT, declared, normalised
from packaging.requirements import Requirement

import sentemo

# A distribution may have several packages (espnet, espnet2), or one of another name (yaml).
DISTRIBUTIONS = packages_distributions()


def imported(folder):
    """Third-party packages by the files that import them, anywhere in these files."""
    own = {"sentemo"}
    if folder.name != "sentemo":  # tests and benchmarks import their neighbours by bare names
        paths = [path for name in ("tests", "benchmarks") for path in (ROOT / name).rglob("*.py")]
        own |= {path.stem for path in paths} | {path.parent.name for path in paths}
    files = {}
    for path in sorted(folder.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and not node.level:
                names = [node.module]
            for name in {name.split(".")[0] for name in names} - own:
                if name not in sys.stdlib_module_names:
                    files.setdefault(name, path.relative_to(ROOT))
    return files


def undeclared(folder, distributions):
    found = imported(folder)
    assert "numpy" in found
    return {
        name: str(path)
        for name, path in found.items()
        if not {normalised(d) for d in DISTRIBUTIONS.get(name, [name])} & distributions
    }


PEERS = {"lhotse", "speechbrain"}  # measured side by side only where a user has installed them


def test_every_package_that_is_imported_is_declared():
    assert undeclared(ROOT / "sentemo", declared() | declared(*EXTRAS.keys() - {"test"})) == {}


@pytest.mark.parametrize("folder", ["tests", "benchmarks"])
def test_what_the_tests_import_is_installed_with_them(folder):
    assert undeclared(ROOT / folder, declared() | declared("test") | PEERS) == {}


def test_the_tests_have_every_extra():
    assert declared("test") > declared(*EXTRAS.keys() - {"test"})


def constraints():
    lines = (ROOT / "tools" / "constraints.txt").read_text(encoding="utf-8").splitlines()
    return [Requirement(line) for line in lines if not line.startswith("#")]


@pytest.mark.parametrize("python", ["3.10", "3.11", "3.12"])
def test_the_constraints_name_one_release_of_everything_declared(python):
    pinned = {}
    for line in constraints():
        assert [s.operator for s in line.specifier] == ["=="], line
        assert line.url is None
        if line.marker is None or line.marker.evaluate({"python_version": python}):
            assert normalised(line.name) not in pinned, line
            pinned[normalised(line.name)] = next(iter(line.specifier)).version
    for text in [*PROJECT["dependencies"], *(x for extra in EXTRAS.values() for x in extra)]:
        requirement = Requirement(text)
        needed = requirement.marker is None or requirement.marker.evaluate(
            {"python_version": python}
        )
        if requirement.name != "sentemo" and needed:
            assert requirement.specifier.contains(pinned[normalised(requirement.name)]), text


def test_the_version_stands_in_one_place_and_the_documents_agree():
    assert PROJECT["dynamic"] == ["version"]
    for file, pattern in {
        "CITATION.cff": r"^version: (\S+)$",
        "CHANGELOG.md": r"^## \[(\d\S*)\]",
    }.items():
        found = re.search(pattern, (ROOT / file).read_text(encoding="utf-8"), re.MULTILINE)
        assert found[1] == sentemo.__version__, file
