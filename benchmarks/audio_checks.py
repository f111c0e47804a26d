"""Share of the feature stage's time that goes into checks of what audio claims to be.

The same files are extracted with and without the checks, in turns, in one process: in parts so
short that one turn of each is hardly disturbed. The shortest time of processor of each part counts,
as everything else on the machine only adds to it.

Usage:
  python benchmarks/audio_checks.py
"""

import contextlib
import io
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from unittest.mock import patch

import numpy as np
import soundfile

from sentemo.data.containers import Completeness
from sentemo.data.extraction import extract
from sentemo.data.kaldi import Utterance
from sentemo.launch.workers import InThisProcess

UTTERANCES, AT_ONCE, SECONDS, RATE, TURNS = 200, 25, 4.5, 16000, 7
# What each check is replaced by, where it is used.
WITHOUT = {
    "sentemo.data.audio.check_container": lambda path: Completeness(),
    "sentemo.data.audio.require_full_scale": lambda samples: None,
    "sentemo.data.audio.require_byte_order": lambda samples: None,
    "sentemo.data.extraction.is_silent": lambda samples: False,
    "sentemo.data.extraction.same_recordings": lambda utterances, digests: [],
}


def main() -> None:
    """Time both for features and for raw audio, and print the share of the checks."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        utterances = [Utterance(f"u{n:03}", "s", path) for n, path in enumerate(_files(folder))]
        parts = [utterances[first : first + AT_ONCE] for first in range(0, UTTERANCES, AT_ONCE)]
        for feature_type in ("fbank80", "raw"):
            costs = [_costs(part, folder, feature_type) for part in parts]
            without, with_checks = map(sum, zip(*costs, strict=True))
            share = 100 * (with_checks - without) / with_checks
            each = 1000 * with_checks / UTTERANCES
            print(f"{feature_type}: {each:.2f} ms an utterance, of which checks {share:.1f} %")


def _costs(utterances: list[Utterance], folder: Path, feature_type: str) -> tuple[float, float]:
    """Return the seconds of one core without the checks, and with them."""
    times: dict[bool, list[float]] = {False: [], True: []}
    for _ in range(TURNS):
        for checked, found in times.items():
            with _checks(checked):
                found.append(_extract(utterances, folder, feature_type))
    return min(times[False]), min(times[True])


def _files(folder: Path) -> Iterator[Path]:
    draw = np.random.default_rng(0)
    for number in range(UTTERANCES):
        path = folder / f"{number}.wav"
        soundfile.write(path, draw.normal(0, 0.05, int(SECONDS * RATE)), RATE)
        yield path


@contextlib.contextmanager
def _checks(wanted: bool) -> Iterator[None]:
    with ExitStack() as stack:
        if not wanted:
            for where, instead in WITHOUT.items():
                stack.enter_context(patch(where, instead))
        yield


def _extract(utterances: list[Utterance], folder: Path, feature_type: str) -> float:
    started = time.process_time()
    with contextlib.redirect_stderr(io.StringIO()):  # the progress bar
        extract(utterances, folder / "feats", feature_type, InThisProcess())
    return time.process_time() - started


if __name__ == "__main__":
    main()
