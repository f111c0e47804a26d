"""Provenance of results: commit and versions of the code that made them."""

import subprocess
from importlib.metadata import version
from pathlib import Path
from platform import python_version
from typing import Any

import sentemo
from sentemo.core import plugins


def provenance() -> dict[str, Any]:
    """Return the ``commit`` and the ``versions`` of the running code, and the user's ``plugin``.

    The commit ends in "+" when files differ from it, and is None outside a git repository.
    """
    versions = {"python": python_version(), "sentemo": sentemo.__version__}
    return {
        "commit": _commit(Path(sentemo.__file__).parent),
        "versions": versions | {name: version(name) for name in ("torch", "espnet")},
        **plugins.described(),
    }


def _commit(directory: Path) -> str | None:
    describe = ["describe", "--always", "--abbrev=12", "--exclude=*", "--dirty=+"]
    try:
        result = subprocess.run(
            ["git", "-C", str(directory), *describe], capture_output=True, text=True, check=False
        )
    except FileNotFoundError:  # git is not installed
        return None
    return result.stdout.strip() or None
