"""The encoder of the built-in upstream, run by onnxruntime: states without torch."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Annotated

import numpy as np

from sentemo.core.errors import SentemoError
from sentemo.core.network_sizes import LARGEST_SIZE
from sentemo.core.schema import Between, Different, checked
from sentemo.core.structured import parse_json
from sentemo.data.resampling import RATES
from sentemo.inference.onnx_backend import AUDIO_INPUT, STATES_OUTPUT, open_session
from sentemo.upstreams import Upstream
from sentemo.upstreams.whisper import BUILT_IN, BUILT_IN_FOLDER

BUILT_IN_ENCODER = BUILT_IN_FOLDER / "encoder.onnx"
SHIPPED_WINDOW = "utterance"  # what it hears, see `WhisperFrontend`
FACTS = "sentemo_encoder"  # the model's metadata: `EncoderFacts` as JSON
AGAIN = "Install sentemo again: it is not what it ships."


@dataclass(frozen=True)
class EncoderFacts:
    """Facts about an encoder in the metadata; see `sentemo.states.encoder.FrozenEncoder`."""

    layers: Annotated[tuple[str, ...], Between(1), Different()]
    output_size: Annotated[int, Between(1, LARGEST_SIZE)]
    window: str | None
    cut_every: Annotated[float, Between(1e-6)] | None
    frame_shift: Annotated[float, Between(1e-6)]
    shortest: Annotated[float, Between(0)]
    sampling_rate: Annotated[int, Between(*RATES)]


DESCRIBED = tuple(field.name for field in fields(EncoderFacts))


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
        When it is damaged, or was written for the weights of another sentemo.
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
        found = self._session.get_modelmeta().custom_metadata_map.get(FACTS, "null")
        facts = checked(parse_json(found, str(path)), EncoderFacts, str(path), AGAIN)
        for name in DESCRIBED:
            setattr(self, name, getattr(facts, name))

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
