"""Speed of making copies at other speeds, against the sox program, as a ratio in one run.

Usage:
  python benchmarks/speed_perturbation.py
"""

import subprocess
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path

import numpy as np
import soundfile

from sentemo.data.kaldi import Utterance
from sentemo.data.perturbation import Speed, write_copies
from sentemo.launch.workers import LocalWorkers

UTTERANCES, SECONDS, RATE, PROCESSES = 2000, 3, 16000, 2
FACTORS = (Decimal("0.9"), Decimal("1.1"))


def main() -> None:
    """Time both on the same files of noise, each writing FLAC, and print the ratio."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        noise = np.random.default_rng(0).normal(0, 0.05, SECONDS * RATE)
        soundfile.write(folder / "noise.wav", noise, RATE)
        utterances = [Utterance(str(n), "s", folder / "noise.wav") for n in range(UTTERANCES)]
        started = time.perf_counter()
        write_copies(
            utterances,
            [Speed(factor) for factor in FACTORS],
            folder / "ours",
            LocalWorkers(PROCESSES),
        )
        ours = time.perf_counter() - started
        started = time.perf_counter()
        run_sox(utterances, folder)
        sox = time.perf_counter() - started
    rates = [f"{UTTERANCES / seconds:.0f}" for seconds in (ours, sox)]
    print(f"ours {rates[0]} utterances/s, sox {rates[1]} utterances/s, ratio {sox / ours:.1f}")


def run_sox(utterances: list[Utterance], folder: Path) -> None:
    """Make the same copies with one sox process per file."""

    def run(job: tuple[Utterance, Decimal]) -> None:
        utt, factor = job
        target = folder / f"sox-{factor}-{utt.id}.flac"
        effects = ["speed", str(factor), "rate", str(RATE)]
        subprocess.run(["sox", "-V1", utt.audio, target, *effects], check=True)

    jobs = [(utt, factor) for utt in utterances for factor in FACTORS]
    with ThreadPoolExecutor(PROCESSES) as pool:
        list(pool.map(run, jobs))


if __name__ == "__main__":
    main()
