"""Provenance of results: the code, the command and the configuration that made them.

Results are published, so nothing here names a machine or how its disk is arranged.
"""

import os
import subprocess
from importlib.metadata import version
from pathlib import Path
from platform import python_version
from typing import Any

from sentemo.core import plugins
from sentemo.core.markers import command_line
from sentemo.core.version import __version__

CLONE = Path(__file__).parents[2]


def provenance() -> dict[str, Any]:
    """Return the ``commit`` and the ``versions`` of the running code, and the user's ``plugin``.

    The commit ends in "+" when files differ from it, and is None outside a git repository.
    """
    versions = {"python": python_version(), "sentemo": __version__}
    return {
        "commit": _commit(Path(__file__).parent),
        "versions": versions | {name: version(name) for name in ("torch", "espnet")},
        **plugins.described(),
    }


def published_command() -> str:
    """Return the running command, with paths as `published_path` writes them."""
    return command_line(_published_word)


def published_path(path: str | Path) -> str:
    """Write a path so that it means the same on another machine.

    Below the current folder it is relative to that folder; so are paths in the clone where the
    current folder lies in the clone too. Else a path in the clone is relative to the clone, and of
    any other the last component is left.
    """
    here, absolute = os.getcwd(), os.path.abspath(path)
    if Path(absolute).is_relative_to(here):
        return os.path.relpath(absolute)
    clone = os.path.realpath(CLONE)
    for root in (str(CLONE), clone):  # the clone may be reached by a link
        if Path(absolute).is_relative_to(root):
            inner = os.path.relpath(absolute, root)
            return (
                os.path.relpath(Path(clone, inner)) if Path(here).is_relative_to(clone) else inner
            )
    return os.path.basename(absolute)


def _published_word(word: str) -> str:
    """Write a word of a command: an option's value may be a path, alone or behind KEY=."""
    key, equals, value = ("", "", word) if _is_foreign(word) else word.partition("=")
    return f"{key}{equals}{published_path(value)}" if _is_foreign(value) else word


def _is_foreign(word: str) -> bool:
    """Tell whether a word is a path that names folders of this machine."""
    return os.path.isabs(word) or word.startswith(f"..{os.sep}")


def _commit(directory: Path) -> str | None:
    describe = ["describe", "--always", "--abbrev=12", "--exclude=*", "--dirty=+"]
    try:
        result = subprocess.run(
            ["git", "-C", str(directory), *describe], capture_output=True, text=True, check=False
        )
    except FileNotFoundError:  # git is not installed
        return None
    return result.stdout.strip() or None
