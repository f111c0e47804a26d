"""`sentemo predict` as a whole process, and a pipeline of Transformers of the same size.

The pipeline's model has random weights: the first layers of a Whisper base, as many as the model
that ships has, and a classifier. It hears windows of 30 s, as Whisper does in Transformers.
"""

import sys
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import soundfile

from peer_parts.turns import Contender, Cost, compared, in_turns, process, versions

RATE, SHORT, LONG, WINDOW = 16000, 5, 300, 5  # seconds
LAYERS = 4  # of the built-in upstream
WRITE = """
import sys
from transformers import WhisperConfig, WhisperFeatureExtractor, WhisperForAudioClassification
sizes = dict(d_model=512, encoder_layers={layers}, encoder_attention_heads=8, encoder_ffn_dim=2048)
config = WhisperConfig(**sizes, decoder_layers=1, num_labels=4)
WhisperForAudioClassification(config).save_pretrained(sys.argv[1])
WhisperFeatureExtractor().save_pretrained(sys.argv[1])
"""
PIPELINE = """
import sys
import soundfile
from transformers import pipeline
classify = pipeline("audio-classification", model=sys.argv[1], device="cpu")
samples, rate = soundfile.read(sys.argv[2], dtype="float32")
size = int(sys.argv[3]) * rate
for first in range(0, len(samples), size):
    print(classify({"raw": samples[first : first + size], "sampling_rate": rate}))
"""


def measure(work: Path, rounds: int) -> dict[str, Any]:
    """Return what a short and a long file cost, each as a whole process."""
    rng = np.random.default_rng(0)
    files = {SHORT: work / "short.wav", LONG: work / "long.wav"}
    for seconds, path in files.items():
        soundfile.write(path, 0.1 * rng.normal(size=seconds * RATE).clip(-3, 3), RATE)
    model = work / "whisper"

    def ours(path: Path, *options: object) -> Callable[[], Cost]:
        return partial(process, sys.executable, "-m", "sentemo.bin.main", "predict", path, *options)

    def pipeline(path: Path) -> Callable[[], Cost]:
        import transformers  # noqa: F401 - or this row says that it is not installed

        if not model.exists():
            process(sys.executable, "-c", WRITE.format(layers=LAYERS), model)
        return partial(process, sys.executable, "-c", PIPELINE, model, path, WINDOW)

    short = [
        Contender("sentemo predict", lambda: ours(files[SHORT])),
        Contender("pipeline of Transformers", lambda: pipeline(files[SHORT])),
    ]
    long = [
        Contender(
            "sentemo predict --window 5 --hop 5",
            lambda: ours(files[LONG], "--window", WINDOW, "--hop", WINDOW),
        ),
        Contender("pipeline of Transformers, pieces of 5 s", lambda: pipeline(files[LONG])),
    ]
    whole = "whole processes; the long one once"
    return {
        "what": f"predict a file of {SHORT} s and one of {LONG // 60} minutes, {whole}; one core",
        "short": in_turns(short, rounds, returned),
        "long": in_turns(long, 1, returned),
        "versions": versions("onnxruntime", "torch", "transformers"),
    }


def returned(work: Callable[[], Any]) -> Cost:
    """Return the cost that a process reports."""
    return work()


def rows(found: dict[str, Any]) -> list[tuple[str, ...]]:
    """Return a row of the table for each contender."""
    return [
        (f"{length}: {who}", cost, ratio)
        for length, costs in (("5 s", found["short"]), ("five minutes", found["long"]))
        for who, cost, ratio in compared(costs, _shown)
    ]


def _shown(cost: Mapping[str, Any]) -> str:
    memory = f"{cost['memory'] / 2**20:.0f} MiB"
    return f"{cost['wall']:.1f} s, {cost['cpu']:.1f} s of the processor, {memory}"
