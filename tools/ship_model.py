r"""Make a packed linear probe upon the built-in upstream a model that ships with the package.

What remains is the graph and the head: the upstream's weights are those that the package has.

Usage:
  python tools/ship_model.py egs/open/exp/ser_open_built-in_dg1/model.zip open \
      --within egs/open/exp/ser_loso/scores.json
"""

import argparse
import json
import shutil
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from zipfile import ZipFile

from sentemo.core.errors import SentemoError, run_command
from sentemo.core.packed import META
from sentemo.inference.adaptation import HEAD
from sentemo.inference.card_parts import CARD, LIMITS
from sentemo.inference.description import DESCRIPTION, ONNX_MODEL, Description
from sentemo.inference.shared_weights import share_weights
from sentemo.inference.shipped import FOLDER
from sentemo.report.tables import render_tables

FILES = (META, DESCRIPTION, ONNX_MODEL, HEAD, CARD, "labels.txt", "scores.json")


def main(argv: list[str] | None = None) -> None:
    """Write the model's folder in the package."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("archive", type=Path, help="model.zip of stage pack")
    parser.add_argument("name", help="the name that users call it by")
    parser.add_argument("--within", type=Path, help="scores.json within its corpora, for the card")
    args = parser.parse_args(argv)
    ship(args.archive, args.name, args.within)


def ship(archive: Path, name: str, within: Path | None = None) -> None:
    """Write the folder of a model of this name.

    Raises
    ------
    SentemoError
        When the archive has no ONNX model or no head of a probe.
    """
    with TemporaryDirectory() as aside, ZipFile(archive) as packed:
        folder = Path(aside)
        if missing := {*FILES} - {*packed.namelist()}:
            raise SentemoError(f"{archive}: no {', '.join(sorted(missing))}; pack a linear probe")
        for file in FILES:
            packed.extract(file, folder)
        share_weights(folder / ONNX_MODEL)
        described = Description.read(folder / DESCRIPTION)
        replace(described, name=name, shares_weights=True).write(folder / DESCRIPTION)
        card = (folder / CARD).read_text(encoding="utf-8")
        card = card.replace("model.zip", name).replace(f"# {described.name}\n", f"# {name}\n")
        if within:
            scores = json.loads(within.read_text(encoding="utf-8"))
            figures = f"## Scores within its corpora\n\n{render_tables([scores])}"
            card = card.replace(LIMITS, f"{figures}\n\n{LIMITS}")
        (folder / CARD).write_text(card, encoding="utf-8")
        dest = FOLDER / name
        shutil.rmtree(dest, ignore_errors=True)
        shutil.copytree(folder, dest)
    size = sum(path.stat().st_size for path in dest.iterdir()) / 1e6
    print(f"{dest}: {size:.1f} MB")


if __name__ == "__main__":
    run_command(main)
