"""How time and memory of the stages grow with the corpus: where a step is not linear.

Tables of so many utterances, of which each speaker has sixty, go through every reader and writer of
the stages; no audio is heard. Look-alike speech of so many hours goes through the stages
themselves. What one utterance, or one hour, costs should be the same in a corpus of ten times the
size; each step does its work on a small corpus first, so that no import is measured. An hour of
speech takes about 0.2 GB of disk, until the end.

Usage:
  python benchmarks/scale.py                                # 15,000 and 150,000; 1 h and 10 h
  python benchmarks/scale.py --utterances --hours 1 100     # speech alone
  python benchmarks/scale.py --utterances --hours           # neither: the table from the JSON
"""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from machine import processor
from own_process import answer, in_own_process
from scale_plan import plan
from scale_speech import encoders, speech
from scale_tables import tables
from upstream_states import quiet, show, write_block

from sentemo.bin.options import positive_int
from sentemo.core.markdown import markdown_table

HERE = Path(__file__).parent
FLAT = 1.05  # more than this is not linear


@dataclass(frozen=True)
class Part:
    """Steps that a corpus of some size goes through.

    Attributes
    ----------
    steps
        Takes a folder and a size, and yields the name of each step when it is done.
    unit
        Of the size that costs are given for.
    of
        Sizes in a unit.
    warm
        Size of the corpus that goes through the steps before they are measured.
    """

    steps: Callable[[Path, float], Iterator[str]]
    unit: str
    of: float
    warm: float


PARTS = {
    "tables": Part(tables, "1,000 utterances", 1000, 240),
    "speech": Part(speech, "h", 1, 0.05),
    "encoders": Part(encoders, "h", 1, 0.01),
}


def main() -> None:
    """Measure each size in a process of its own, keep the figures, and write the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--utterances", type=positive_int, nargs="*", default=[15_000, 150_000])
    parser.add_argument("--hours", type=float, nargs="*", default=[1, 10], help="of speech")
    parser.add_argument("--json", type=Path, default=HERE / "scale.json", help="the figures")
    parser.add_argument("--readme", type=Path, default=HERE / "README.md", help="has the table")
    parser.add_argument(
        "--plan", type=Path, default=HERE.parent / "docs" / "scale.md", help="has the plan"
    )
    parser.add_argument("--one", nargs=2, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.one:
        kind, size = args.one
        answer(measure(PARTS[kind], float(size)))
        return
    found = json.loads(args.json.read_text(encoding="utf-8")) if args.json.is_file() else {}
    sizes = {
        "tables": args.utterances,
        "speech": args.hours,
        "encoders": args.hours and [min(0.1, *args.hours)],
    }
    for kind, wanted in sizes.items():
        for size in wanted:
            of_size = in_own_process(__file__, "--one", kind, str(size))
            found.setdefault(kind, {})[f"{size:g}"] = of_size
            found["machine"] = processor()
            print(f"{kind}, {size:g}: measured", file=sys.stderr)
    show(args, found, "scale", table(found))
    if all(found.get(kind) for kind in PARTS):
        write_block(args.plan, "plan", plan(found))


def measure(part: Part, size: float) -> dict[str, dict[str, float]]:
    """Return seconds of the processor and largest memory in MiB of each step."""
    for of_corpus in (part.warm, size):
        with tempfile.TemporaryDirectory() as folder:
            found = of_steps(part.steps(Path(folder), of_corpus))
    return found


def of_steps(steps: Iterator[str]) -> dict[str, dict[str, float]]:
    """Return the cost of each step by its name."""
    found = {}
    while True:
        with suppress(OSError):  # Linux alone tells the largest memory of one step
            Path("/proc/self/clear_refs").write_text("5", encoding="utf-8")
        started = time.process_time()
        with quiet():
            name = next(steps, None)
        if name is None:
            return found
        found[name] = {"cpu": time.process_time() - started, "memory": largest_memory()}


def largest_memory() -> float:
    """Return the largest memory of this process, in MiB, since it was last reset."""
    lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    [line] = [line for line in lines if line.startswith("VmHWM:")]
    return int(line.split()[1]) / 1024


def table(found: Mapping[str, Any]) -> str:
    """Return the costs by step and size, and by how much one costs more in the largest corpus."""
    blocks = [f"{found['machine']}; seconds of one core."] if "machine" in found else []
    for kind, part in PARTS.items():
        if by_size := found.get(kind):
            blocks.append(table_of(by_size, part))
    return "\n\n".join(blocks) or "Not measured yet."


def table_of(by_size: Mapping[str, Any], part: Part) -> str:
    """Return the table of one part."""
    sizes = sorted(by_size, key=float)
    unit = part.unit if part.of > 1 else f"1 {part.unit}"
    titles = [f"s for {unit} of {float(size):,g}" for size in sizes]
    titles += ["last / first"] if len(sizes) > 1 else []
    titles += [f"MiB, {float(size):,g}" for size in sizes]
    rows = []
    for step in by_size[sizes[-1]]:
        costs = [by_size[size][step]["cpu"] / float(size) * part.of for size in sizes]
        cells = [f"{cost:.3g}" for cost in costs]
        if len(sizes) > 1:
            growth = costs[-1] / max(costs[0], 1e-9)
            cells.append(f"{growth:.2f}" + ", not flat" * (growth > FLAT))
        cells += [f"{by_size[size][step]['memory']:.0f}" for size in sizes]
        rows.append([step, *cells])
    return markdown_table(["step", *titles], rows)


if __name__ == "__main__":
    main()
