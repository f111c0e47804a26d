"""The same work by this package and by others, side by side in one run.

Every part can be run alone; its figures replace those of the same part in the JSON, from which the
table is made. Contenders take turns, and medians count. A peer that is not installed is a row that
says so. Ratios are of processor time, which other programs disturb least.

Usage:
  python benchmarks/peers.py --corpus_dir EMODB                  # all parts, under half an hour
  python benchmarks/peers.py --parts fbank step                  # these alone
  python benchmarks/peers.py --parts                             # none: the table from the JSON
"""

import argparse
import importlib
import json
import os
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from machine import processor
from own_process import answer, in_own_process
from peer_parts.turns import ROUNDS, say
from upstream_states import show

from sentemo.bin.options import positive_int
from sentemo.core.files import write_json
from sentemo.core.markdown import markdown_table

HERE = Path(__file__).parent
PARTS = ("fbank", "step", "predict", "folds")


def main() -> None:
    """Measure the wanted parts, keep their figures, and write the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--parts", nargs="*", choices=PARTS, default=list(PARTS), metavar="PART")
    parser.add_argument("--corpus_dir", type=Path, help="EmoDB; without it, its look-alike")
    parser.add_argument(
        "--rounds", type=positive_int, default=ROUNDS, help="of which medians count"
    )
    parser.add_argument("--json", type=Path, default=HERE / "peers.json", help="the figures")
    parser.add_argument("--readme", type=Path, default=HERE / "README.md", help="has the table")
    parser.add_argument("--one", choices=PARTS, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.one:
        with tempfile.TemporaryDirectory() as folder:
            answer(part(args.one).measure(Path(folder), args.rounds))
        return
    found = json.loads(args.json.read_text(encoding="utf-8")) if args.json.is_file() else {}
    for name in args.parts:
        started = time.perf_counter()
        found[name] = {**run(name, args), "machine": processor()}
        found[name]["minutes"] = round((time.perf_counter() - started) / 60, 1)
        write_json(args.json, found)
        say(f"{name}: {found[name]['minutes']} minutes")
    show(args, found, "peers", table(found))


def run(name: str, args: argparse.Namespace) -> dict[str, Any]:
    """Measure a part in a process of its own, with one thread unless it asks for more."""
    options = [f"--one={name}", f"--rounds={args.rounds}"]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    if args.corpus_dir:
        environment["EMODB"] = str(args.corpus_dir.absolute())
    return in_own_process(__file__, *options, env=environment)


def part(name: str) -> Any:
    """Return the module of a part."""
    return importlib.import_module(f"peer_parts.{name}")


def table(found: Mapping[str, Any]) -> str:
    """Return the tables of all parts that have figures."""
    blocks = []
    for name in PARTS:
        if name not in found:
            continue
        figures = found[name]
        rows = markdown_table(["", "measured", "time / ours"], part(name).rows(figures))
        others = ", ".join(f"{package} {of}" for package, of in figures["versions"].items())
        blocks.append(f"**{figures['what']}** {figures['machine']}; {others}.\n\n{rows}")
    return "\n\n".join(blocks) or "Not measured yet."


if __name__ == "__main__":
    main()
