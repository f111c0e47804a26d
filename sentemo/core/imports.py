"""Quicker and quieter imports of ESPnet, without a change to its files.

ESPnet's base task and trainer import text-to-speech, self-supervised models and phoneme tokenisers
for three functions that most processes never call; some of its modules print while they are
imported; others are parsed anew for each function that checks the types of its arguments, for more
than a second. `install` puts a finder in front of Python's own (`sys.meta_path`), which changes how
the modules named here, and no others, are loaded.
"""

import importlib.abc
import importlib.util
import io
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, redirect_stderr, redirect_stdout
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

# Functions whose module is loaded when they are called. Any other use of the module loads it too.
POSTPONED = {
    "espnet2.layers.create_adapter": {"create_adapter"},
    "espnet2.main_funcs.calculate_all_attentions": {"calculate_all_attentions"},
    "espnet2.train.preprocessor": {"detect_non_silence"},
}
# The first prints that Flash Attention is missing; the second tries to download data of NLTK.
QUIET = {"espnet.nets.pytorch_backend.transformer.attention", "g2p_en.g2p"}
# Modules in which `@typechecked` does nothing, as with Python's option -O; this saves its cost.
UNCHECKED = {
    "espnet2.tasks.abs_task",
    "espnet2.train.dataset",
    "espnet2.train.reporter",
    "espnet2.train.trainer",
}

_after: dict[str, Callable[[], None]] = {}


def install() -> None:
    """Put the finder of this module in front of the others, once."""
    if not any(isinstance(finder, _Finder) for finder in sys.meta_path):
        sys.meta_path.insert(0, _Finder())


def after_import(name: str, action: Callable[[], None]) -> None:
    """Call `action` when the module `name` is imported, or now if it is imported already."""
    if name in sys.modules:
        action()
    else:
        install()
        _after[name] = action


class _Finder(importlib.abc.MetaPathFinder):
    """Finds the modules named above with the next finders, and wraps their loaders."""

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if not (name in POSTPONED or name in QUIET or name in UNCHECKED or name in _after):
            return None
        for finder in sys.meta_path:
            if finder is self or not hasattr(finder, "find_spec"):
                continue
            spec = finder.find_spec(name, path, target)
            if spec is not None and spec.loader is not None:
                kind = _PostponingLoader if name in POSTPONED else _ObservingLoader
                spec.loader = kind(spec.loader)
                return spec
        return None


class _WrappedLoader(importlib.abc.Loader):
    """Base of the loaders below; once a module is loaded, it has its original loader again."""

    def __init__(self, loader: importlib.abc.Loader) -> None:
        self._loader = loader

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self._loader.create_module(spec)

    def _load(self, module: ModuleType) -> None:
        module.__loader__ = self._loader
        if module.__spec__ is not None:
            module.__spec__.loader = self._loader
        self._loader.exec_module(module)


class _ObservingLoader(_WrappedLoader):
    """Loads a module, if wanted quietly or without type checks, and then runs its action."""

    def exec_module(self, module: ModuleType) -> None:
        name = module.__name__
        with ExitStack() as stack:
            if name in QUIET:
                stack.enter_context(redirect_stdout(io.StringIO()))
                stack.enter_context(redirect_stderr(io.StringIO()))
            if name in UNCHECKED:
                stack.enter_context(_no_type_checks())
            self._load(module)
        if action := _after.pop(name, None):
            action()


@contextmanager
def _no_type_checks() -> Iterator[None]:
    """Within this context, let `typeguard.typechecked` return functions unchanged."""
    import typeguard

    before = typeguard.typechecked
    setattr(typeguard, "typechecked", lambda function: function)  # noqa: B010 (overloaded)
    try:
        yield
    finally:
        setattr(typeguard, "typechecked", before)  # noqa: B010


class _PostponingLoader(_WrappedLoader):
    """Loads a module when one of its functions is called."""

    def exec_module(self, module: ModuleType) -> None:
        functions = POSTPONED[module.__name__]
        lock = threading.RLock()

        def real(name: str) -> Any:
            with lock:
                if vars(module).pop("__getattr__", None) is not None:
                    self._load(module)
            return vars(module)[name]

        def __getattr__(name: str) -> Any:
            if name.startswith("__"):  # the import system and `inspect` look for such names
                raise AttributeError(name)
            if name not in functions:
                try:
                    return real(name)
                except KeyError:
                    raise AttributeError(
                        f"module {module.__name__!r} has no attribute {name!r}"
                    ) from None

            def postponed(*args: Any, **kwargs: Any) -> Any:
                return real(name)(*args, **kwargs)

            postponed.__name__ = postponed.__qualname__ = name
            return postponed

        vars(module)["__getattr__"] = __getattr__
