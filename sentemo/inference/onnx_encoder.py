"""The encoder of the built-in upstream, run by onnxruntime: states without torch."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from sentemo.core.errors import SentemoError
from sentemo.inference.onnx_backend import AUDIO_INPUT, STATES_OUTPUT, open_session
from sentemo.upstreams import Upstream
from sentemo.upstreams.whisper import BUILT_IN, BUILT_IN_FOLDER

BUILT_IN_ENCODER = BUILT_IN_FOLDER / "encoder.onnx"
SHIPPED_WINDOW = "utterance"  # what it hears, see `WhisperFrontend`
FACTS = "sentemo_encoder"  # the model's metadata: the attributes of `DESCRIBED` as JSON
DESCRIBED = (
    *("layers", "output_size", "window", "cut_every"),
    *("frame_shift", "shortest", "sampling_rate"),
)


def is_shipped(upstream: Upstream) -> bool:
    """Tell whether `BUILT_IN_ENCODER` is the encoder of an upstream, in the same window."""
    if upstream.name != BUILT_IN:
        return False
    return upstream.config["frontend_conf"].get("window", SHIPPED_WINDOW) == SHIPPED_WINDOW


class OnnxEncoder:
    """An encoder that `sentemo.inference.export_encoder` wrote.

    It has the attributes of `sentemo.states.encoder.FrozenEncoder`, and its states within 1e-3 of
    their deviation.

    Raises
    ------
    SentemoError
        When it was written for the weights of another sentemo.
    """

    layers: tuple[str, ...]
    output_size: int
    window: str | None
    cut_every: float | None
    frame_shift: float
    shortest: float
    sampling_rate: int

    def __init__(self, path: Path = BUILT_IN_ENCODER) -> None:
        self._session = open_session(path, shares_weights=True)
        facts = json.loads(self._session.get_modelmeta().custom_metadata_map[FACTS])
        for name in DESCRIBED:
            setattr(self, name, facts[name])
        self.layers = tuple(facts["layers"])

    def states(self, signals: Sequence[np.ndarray]) -> list[np.ndarray]:
        """Return the states of recordings; see `FrozenEncoder.states`."""
        found = []
        for number, samples in enumerate(signals, start=1):
            given = {AUDIO_INPUT: samples[None].astype(np.float32)}
            states = self._session.run([STATES_OUTPUT], given)[0][0]
            if not np.isfinite(states).all():
                raise SentemoError(f"item {number}: its states are not finite")
            found.append(states)
        return found
