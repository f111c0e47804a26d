"""List the models that ship with the package, and those that were unpacked or fetched before.

Usage:
  sentemo models
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

from sentemo.bin.options import command_parser
from sentemo.core.archive import cache_folder
from sentemo.core.errors import SentemoError, run_command
from sentemo.core.markdown import markdown_table
from sentemo.data.dimensions import DIMENSIONS
from sentemo.inference.description import DESCRIPTION, Description
from sentemo.inference.shipped import DEFAULT, shipped_models


def main(argv: list[str] | None = None) -> None:
    """Print a table of shipped models, and one of those in the cache."""
    command_parser(__doc__).parse_args(argv)
    shipped = [
        (model.name + " (default)" * (model.name == DEFAULT), *_described(model.description))
        for model in shipped_models()
    ]
    print("Models that ship; name one before the recordings, as in `sentemo predict open a.wav`:")
    _print(("name", "output", "licence"), shipped)
    cached = list(_cached())
    print(f"\nModels in the cache, {cache_folder()}:")
    _print(("name", "output", "licence", "folder"), cached)


def _cached() -> Iterator[tuple[str, ...]]:
    for file in sorted(cache_folder().rglob(DESCRIPTION)):
        try:
            described = Description.read(file)
        except SentemoError as error:
            reason = str(error).splitlines()[-1]
            yield file.parent.name, f"unreadable: {reason}", "", _below_cache(file.parent)
            continue
        yield described.name, *_described(described), _below_cache(file.parent)


def _below_cache(folder: Path) -> str:
    return str(folder.relative_to(cache_folder()))


def _described(model: Description) -> tuple[str, str]:
    says = ", ".join([*model.labels, *(DIMENSIONS if model.scale else ())])
    return says, model.licence or "not stated"


def _print(header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    print(markdown_table(header, rows) if rows else "none")


if __name__ == "__main__":
    run_command(main)
