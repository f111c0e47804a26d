"""Time of our BLSTM against one on packed sequences, as a ratio in one run.

Usage:
  python benchmarks/blstm.py
"""

import time
from collections.abc import Callable

import torch
from torch.nn.utils.rnn import pack_padded_sequence

from sentemo.modules.encoders.blstm import BLSTM

BATCH, FRAMES, FEATURES, LAYERS, UNITS, ROUNDS = 16, 300, 240, 3, 192, 3


def main() -> None:
    """Time a forward and a backward pass of both, in turns, and print the ratio of medians."""
    torch.manual_seed(0)
    x = torch.randn(BATCH, FRAMES, FEATURES)
    lengths = torch.linspace(FRAMES // 2, FRAMES, BATCH).long()
    ours = BLSTM(FEATURES, LAYERS, UNITS)
    packed = torch.nn.LSTM(FEATURES, UNITS, LAYERS, batch_first=True, bidirectional=True)

    def run_packed() -> torch.Tensor:
        return packed(pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False))[
            0
        ].data

    times: dict[str, list[float]] = {"ours": [], "packed": []}
    for _ in range(ROUNDS + 1):
        times["ours"].append(seconds(lambda: ours(x, lengths)))
        times["packed"].append(seconds(run_packed))
    medians = {name: sorted(found[1:])[ROUNDS // 2] for name, found in times.items()}
    ratio = medians["packed"] / medians["ours"]
    print(f"ours {medians['ours']:.2f} s, packed {medians['packed']:.2f} s, ratio {ratio:.1f}")


def seconds(forward: Callable[[], torch.Tensor]) -> float:
    """Return the wall time of a forward and a backward pass."""
    started = time.perf_counter()
    forward().sum().backward()
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
