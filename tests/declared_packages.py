"""The distributions that pyproject.toml asks for."""

import re
import sys
from importlib.metadata import requires
from pathlib import Path

from packaging.requirements import Requirement

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EXTRAS = PROJECT["optional-dependencies"]


def normalised(name):
    return re.sub(r"[-_.]+", "-", name).lower()


def declared(*extras):
    """Names of the packages required by the extras, or by the package itself without any."""
    found = set()
    for line in [x for e in extras for x in EXTRAS[e]] if extras else PROJECT["dependencies"]:
        requirement = Requirement(line)
        if requirement.name == "sentemo":
            found |= declared(*requirement.extras)
        else:
            found.add(normalised(requirement.name))
    return found


def with_their_own(names):
    """Distributions, and those that they require themselves."""
    found, waiting = set(), set(names)
    while waiting:
        name = waiting.pop()
        found.add(name)
        for requirement in map(Requirement, requires(name) or ()):
            if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
                waiting |= {normalised(requirement.name)} - found
    return found
