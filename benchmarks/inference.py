"""Speed of a packed model as a multiple of real time, and the cost of a whole process.

Usage:
  python benchmarks/inference.py egs/emodb/exp/ser_scratch/model.zip recording.wav
"""

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from sentemo.inference import SpeechEmotion
from sentemo.inference.onnx_backend import native_fbank

SECONDS, ROUNDS = 5, 5


def main() -> None:
    """Time 5 s of noise on one core, with each backend; then whole processes on the recording."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model", type=Path)
    parser.add_argument("recording", type=Path)
    args = parser.parse_args()
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[-1:])
    for backend in ("onnx", "torch"):
        model = SpeechEmotion.from_pretrained(args.model, backend=backend)
        rate = model.description.sample_rate
        noise = np.random.default_rng(0).uniform(-0.3, 0.3, SECONDS * rate).astype(np.float32)
        report(f"{backend}, features and model", lambda m=model, x=noise, r=rate: m(x, r))
        if backend == "onnx":
            report("features alone", lambda x=noise, d=model.description.dim: native_fbank(x, d))
    command = [sys.executable, "-m", "sentemo.bin.main", "predict", args.model, args.recording]
    for backend in ("onnx", "torch"):
        whole = [*command, "--backend", backend]
        before = os.times()
        subprocess.run(whole, check=True, capture_output=True)
        after = os.times()
        cpu = after.children_user + after.children_system
        cpu -= before.children_user + before.children_system
        print(f"process, {backend}: {after.elapsed - before.elapsed:.2f} s, {cpu:.2f} s of the CPU")


def report(name: str, judge: Callable[[], object]) -> None:
    """Print the median of wall time, and the speed by CPU time, over some rounds."""
    judge()
    wall, cpu = [], []
    for _ in range(ROUNDS):
        started = time.perf_counter(), time.process_time()
        judge()
        wall.append(time.perf_counter() - started[0])
        cpu.append(time.process_time() - started[1])
    speed = SECONDS / np.median(cpu)
    print(f"{name}: {1000 * np.median(wall):.0f} ms, {speed:.0f} × real time by CPU time")


if __name__ == "__main__":
    main()
