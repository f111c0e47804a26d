"""A user's own module, which registers classes and upstreams: ``--plugin``.

The user names it on the command line or in the environment. A model or an experiment never does:
those are data, and nothing in them decides which code runs. The environment hands the module on to
all processes and jobs that a command starts.
"""

import hashlib
import os
import sys
import traceback
from importlib import import_module
from pathlib import Path
from types import ModuleType

from sentemo.core.errors import SentemoError
from sentemo.core.files import fingerprint

VARIABLE = "SENTEMO_PLUGIN"
OWN_CLASS = "A class of your own is registered by your module: --plugin MODULE."

_loading: list[str] = []  # what this process has begun to import


def use(plugin: str) -> str:
    """Import a module here and in every process that this one starts.

    Parameters
    ----------
    plugin
        A file, a module or package in the current folder, or an installed one.

    Returns
    -------
    str
        The absolute path of its file, or the name of an installed module.

    Raises
    ------
    SentemoError
        See `load`.
    """
    os.environ[VARIABLE] = _located(plugin)
    load()
    return os.environ[VARIABLE]


def load() -> None:
    """Import the plugin that is in use, unless that has begun: it may look up classes itself.

    Raises
    ------
    SentemoError
        When it is not there, fails, or has the name of another module.
    """
    plugin = os.environ.get(VARIABLE)
    if not plugin or plugin in _loading:
        return
    _loading.append(plugin)
    try:
        _imported(plugin)
    except SentemoError:
        _loading.remove(plugin)
        raise


def arguments() -> list[str]:
    """Return the option that names the plugin in use, as words of a command line."""
    plugin = os.environ.get(VARIABLE)
    return ["--plugin", plugin] if plugin else []


def described() -> dict[str, dict[str, str]]:
    """Return name and digest of the plugin in use, as ``plugin``; nothing where there is none."""
    load()
    if not (plugin := os.environ.get(VARIABLE)):
        return {}
    module = _imported(plugin)
    return {"plugin": {"module": module.__name__, "digest": _digest(module)}}


def _located(plugin: str) -> str:
    """Return the absolute path of a module's file, or a name that must be an installed module's."""
    inner = Path(*plugin.split("."))
    for path in (Path(plugin), inner.with_suffix(".py"), inner / "__init__.py"):
        if path.suffix == ".py" and path.is_file():
            return os.path.abspath(path)
    return plugin


def _imported(plugin: str) -> ModuleType:
    path = Path(plugin)
    is_file = path.suffix == ".py"
    if is_file:
        package = path.parent if path.name == "__init__.py" else path.with_suffix("")
        name = package.name
        if str(package.parent) not in sys.path:
            sys.path.append(str(package.parent))  # its neighbours can be imported too
    else:
        name = plugin
    try:
        module = import_module(name)
    except Exception as error:  # it is the user's code, which may fail in any way
        line = traceback.extract_tb(error.__traceback__)[-1]
        raise SentemoError(
            f"--plugin {plugin}: cannot be imported: {type(error).__name__}: {error} "
            f"({line.filename}:{line.lineno})"
        ) from error
    if is_file and Path(module.__file__ or "").resolve() != path.resolve():
        raise SentemoError(
            f"--plugin {plugin}: there is another module {name} ({module.__file__}). Rename yours."
        )
    return module


def _digest(module: ModuleType) -> str:
    """Return a digest of the content of a module's file, or of all Python files of a package."""
    file = Path(module.__file__ or "")
    if file.name != "__init__.py":
        return fingerprint(file)
    files = sorted(file.parent.rglob("*.py"))
    return hashlib.sha256(" ".join(map(fingerprint, files)).encode()).hexdigest()[:16]
