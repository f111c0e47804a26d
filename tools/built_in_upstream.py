#!/usr/bin/env python3
"""Derives the built-in upstream from a directory of Whisper base as Hugging Face has it.

It keeps the convolutions and the first four transformer layers of the encoder, in 8 bits. The
positions are sinusoids and are computed where they are needed.

Usage:
    .venv/bin/python tools/built_in_upstream.py /models/whisper-base
"""

import hashlib
import json
import shutil
import sys
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file

from sentemo.upstreams.quantised import write_quantised

DEST = Path(__file__).parent.parent / "sentemo" / "upstreams" / "built_in"
LAYERS = 4
PREFIX = "model.encoder."
DESCRIBED = (
    "model_type",
    "num_mel_bins",
    "d_model",
    "encoder_attention_heads",
    "encoder_ffn_dim",
)


def main(source: Path) -> None:
    """Write the weights, and the licence that they came with."""
    weights = load_file(source / "model.safetensors")
    kept = {
        name.removeprefix(PREFIX): values
        for name, values in weights.items()
        if name.startswith(PREFIX) and is_kept(name.removeprefix(PREFIX))
    }
    size = len(kept["conv1.bias"])
    # Nothing follows the last layer that is kept: the final normalisation is of the sixth.
    kept |= {"layer_norm.weight": np.ones(size), "layer_norm.bias": np.zeros(size)}
    digest = hashlib.sha256((source / "model.safetensors").read_bytes()).hexdigest()
    facts = {
        "source": "openai/whisper-base, its encoder's convolutions and first layers",
        "source_sha256": digest,
        "licence": "MIT",
        "layers": str(LAYERS),
    }
    DEST.mkdir(exist_ok=True)
    write_quantised(DEST / "whisper_base.safetensors", kept, facts)
    described = json.loads((source / "config.json").read_text(encoding="utf-8"))
    shape = {key: described[key] for key in DESCRIBED} | {"encoder_layers": LAYERS}
    (DEST / "config.json").write_text(json.dumps(shape, indent=1) + "\n", encoding="utf-8")
    shutil.copy(source / "LICENSE", DEST / "LICENSE")


def is_kept(name: str) -> bool:
    """Whether a weight belongs to the convolutions or to one of the layers that are kept."""
    part, _, rest = name.partition(".")
    if part == "layers":
        return int(rest.partition(".")[0]) < LAYERS
    return part in ("conv1", "conv2")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
