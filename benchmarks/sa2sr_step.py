"""Cost of a training step of SA2SR against one of its ASR baseline, as a ratio in one run.

Both have the same encoder, batch and random numbers, and take their steps in turns; the batches are
those of asr_throughput.py. On a CPU, the process's own time counts, as other work on the machine
would disturb a ratio near one. The target is at most 1.10.

Usage:
  python benchmarks/sa2sr_step.py
  python benchmarks/sa2sr_step.py --ngpu 1 --rounds 50
"""

import argparse
import time
from collections.abc import Callable
from statistics import median

from asr_throughput import CONF, build, hardware, synthetic_batch, training_step

from sentemo.bin.options import one_gpu_anywhere, positive_int
from sentemo.core.markdown import markdown_table

PAIRS = {"train_sa2sr_small": "train_asr_ctc_small", "train_sa2sr": "train_asr_ctc"}


def main() -> None:
    """Measure every pair of configurations and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--ngpu", type=one_gpu_anywhere, default=0, help="1 measures on the GPU")
    parser.add_argument("--rounds", type=positive_int, default=9, help="steps of each")
    args = parser.parse_args()
    rows = []
    for pair in PAIRS.items():
        times = seconds(pair, "cuda" if args.ngpu else "cpu", args.rounds)
        ours, alone = map(median, times)
        rows.append([*pair, f"{ours:.3f}", f"{alone:.3f}", f"{ours / alone:.3f}"])
    header = ["SA2SR", "ASR alone", "seconds a step", "seconds alone", "ratio"]
    print(f"{hardware(args.ngpu)}; medians of {args.rounds} steps.\n")
    print(markdown_table(header, rows))


def seconds(configs: tuple[str, str], device: str, rounds: int) -> list[list[float]]:
    """Return the times of so many steps of both, taken in turns."""
    steps = [make_step(config, device) for config in configs]
    times: list[list[float]] = [[], []]
    for number in range(1 + rounds):  # the first warms up
        for step, found in zip(steps, times, strict=True):
            took = timed(step, device)
            if number > 0:
                found.append(took)
    return times


def make_step(config: str, device: str) -> Callable[[], None]:
    """Build a configuration's model, and return a function that takes a step with a batch."""
    import torch

    torch.manual_seed(0)
    args, model = build(CONF / f"{config}.yaml")
    batch = synthetic_batch(args, device)
    if hasattr(model, "sentiment_head"):
        batch["sentiment"] = torch.full((len(batch["utt_id"]), 3), 1 / 3, device=device)
    step = training_step(args, model.to(device).train())
    return lambda: step(batch)


def timed(step: Callable[[], None], device: str) -> float:
    """Return the seconds of a step: wall time on a GPU, the process's own time on a CPU."""
    import torch

    if device == "cpu":
        started = time.process_time()
        step()
        return time.process_time() - started
    started = time.perf_counter()
    step()
    torch.cuda.synchronize()
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
