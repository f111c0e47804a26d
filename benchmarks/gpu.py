"""Everything that matters here on a GPU: recipes, half precision, training, states, ten folds.

Each part is a process of its own with a time limit, so that memory is measured by part, and a part
that fails is a row that says so. `gpu.sh` finds the environment.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gpu_parts import PARTS
from machine import processor
from own_process import answer, in_own_process
from upstream_states import show

from sentemo.core.markdown import markdown_table

LIMITS = {"recipes": 150, "training": 150, "states": 90, "folds": 90}  # seconds: 8 minutes in all


def main() -> None:
    """Measure the wanted parts one after another; print the table and write the JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cpu", action="store_true", help="tiny sizes on the CPU")
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=list(PARTS), metavar="PART")
    parser.add_argument("--json", type=Path, default=Path("gpu.json"), help="default gpu.json")
    parser.add_argument("--readme", type=Path, help="replace its table of the GPU")
    parser.add_argument("--one", choices=PARTS, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.one:
        with tempfile.TemporaryDirectory() as folder:
            answer(PARTS[args.one](Path(folder), "cpu" if args.cpu else "cuda"))
        return
    found = {"machine": machine(args.cpu), "parts": {}}
    for part in args.parts:
        found["parts"][part] = measure(part, args.cpu)
        print(f"{part}: {found['parts'][part]['seconds']:.0f} s", file=sys.stderr)
    show(args, found, "gpu", table(found))
    if any("failed" in of for of in found["parts"].values()):
        sys.exit(1)


def machine(cpu: bool) -> str:
    """Return the name of the GPU, or of the processor."""
    if cpu:
        return f"{processor()}, tiny sizes"
    import torch

    if not torch.cuda.is_available():
        sys.exit("torch sees no GPU here; --cpu runs the same on the CPU, with tiny sizes.")
    return f"{torch.cuda.get_device_name()}, torch {torch.__version__}"


def measure(part: str, cpu: bool) -> dict[str, Any]:
    """Return the figures of a part, or why there are none, and how long it took."""
    started, options = time.perf_counter(), [f"--one={part}", *["--cpu"] * cpu]
    with tempfile.TemporaryFile("w+") as errors:
        try:
            found = in_own_process(__file__, *options, timeout=LIMITS[part], stderr=errors)
        except subprocess.TimeoutExpired:
            return {"failed": f"took over {LIMITS[part]} s", "seconds": LIMITS[part]}
        except subprocess.CalledProcessError:
            errors.seek(0)
            lines = errors.read().splitlines() or ["no message"]
            sys.stderr.write("\n".join([*lines[-20:], ""]))
            found = {"failed": lines[-1]}
    return {**found, "seconds": time.perf_counter() - started}


def table(found: Mapping[str, Any]) -> str:
    """Return the figures as a table of one line each."""
    rows = []
    for part, figures in found["parts"].items():
        if "failed" in figures:
            rows.append((part, f"failed: {figures['failed']}"))
        else:
            rows += figures["rows"]
    return f"{found['machine']}.\n\n{markdown_table(['', 'measured'], rows)}"


if __name__ == "__main__":
    main()
