#!/usr/bin/env python3
"""Writes the built-in upstream's encoder as ONNX, for those who have no torch.

The weights stay where they are, in whisper_base.safetensors; run this after built_in_upstream.py,
and whenever the encoder's code changes.

Usage:
    .venv/bin/python tools/built_in_encoder.py [FILE]
"""

import sys
from pathlib import Path

from sentemo.inference.export_encoder import export_encoder
from sentemo.inference.onnx_encoder import BUILT_IN_ENCODER
from sentemo.states.encoder import FrozenEncoder
from sentemo.upstreams import Upstream
from sentemo.upstreams.whisper import BUILT_IN

if __name__ == "__main__":
    path = Path(sys.argv[1]) if sys.argv[1:] else BUILT_IN_ENCODER
    export_encoder(FrozenEncoder(Upstream(BUILT_IN)), path)
