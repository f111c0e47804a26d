"""The encoder of the built-in upstream as ONNX: from audio to the states of all of its layers.

One input ``speech`` ``(1, samples)``, full scale ±1, and one output ``states``
``(1, layers, states, size)``. The matrices stay in the upstream's own file, see `share_weights`.
"""

import json
from copy import deepcopy
from pathlib import Path

import torch

from sentemo.inference.compact_weights import store_compactly
from sentemo.inference.export import write_onnx
from sentemo.inference.onnx_backend import STATES_OUTPUT
from sentemo.inference.onnx_encoder import DESCRIBED, FACTS
from sentemo.inference.shared_weights import share_weights
from sentemo.inference.traceable import TraceableEncoder, TraceableFrontend
from sentemo.modules.encoders.whisper import SAMPLE_RATE, WhisperEncoder, WhisperFrontend
from sentemo.states.encoder import FrozenEncoder


class _AllStates(torch.nn.Module):
    """All layers of Whisper's encoder for one utterance, and what it makes of the last one."""

    def __init__(self, frontend: WhisperFrontend, encoder: WhisperEncoder) -> None:
        super().__init__()
        self.frontend = TraceableFrontend(frontend)
        self.encoder = TraceableEncoder(deepcopy(encoder), encoder.num_layers)

    def forward(self, speech: torch.Tensor) -> tuple[torch.Tensor]:
        lengths = torch.ones_like(speech, dtype=torch.long).sum(dim=1)
        layers, _ = self.encoder.forward_layers(*self.frontend(speech, lengths))
        return (torch.stack([*layers, self.encoder.finish(layers[-1])], dim=1),)


@torch.no_grad()
def export_encoder(encoder: FrozenEncoder, path: Path) -> None:
    """Write the encoder of the built-in upstream as ONNX, without the weights that it shares.

    Raises
    ------
    SentemoError
        When its weights are not those of the built-in upstream.
    TypeError
        When it is no encoder of Whisper.
    """
    import onnx

    if not isinstance(encoder.frontend, WhisperFrontend) or not isinstance(
        encoder.encoder, WhisperEncoder
    ):
        raise TypeError("an encoder of Whisper is wanted")
    states = _AllStates(encoder.frontend, encoder.encoder)
    write_onnx(states, torch.zeros(1, SAMPLE_RATE), [STATES_OUTPUT], path)
    store_compactly(path)
    share_weights(path)
    model = onnx.load(str(path), load_external_data=False)
    facts = {name: getattr(encoder, name) for name in DESCRIBED}
    model.metadata_props.add(key=FACTS, value=json.dumps(facts))
    path.write_bytes(model.SerializeToString())
