"""A model as ``model.onnx``, checked against torch before it is kept.

One input, ``features`` ``(1, frames, dim)`` float32: log-mel energies as `sentemo.data.features`
makes them, not normalised. Outputs, as far as the model has them: ``probabilities``
``(1, classes)``; ``dimensions`` ``(1, 3)``, activation, valence and dominance on their corpus's
scale; ``attention`` ``(1, encoder frames, heads)``; ``token_scores`` ``(1, encoder frames,
tokens)`` of the recogniser.
The network includes normalisation and ensemble.
"""

import warnings
from copy import deepcopy
from pathlib import Path

import numpy as np
import torch
from espnet2.layers.global_mvn import GlobalMVN

from sentemo.core.errors import SentemoError
from sentemo.data.features import FRAMES_PER_SECOND
from sentemo.inference.ensemble import Ensemble

OPSET = 17
TOLERANCE = 1e-4
TRACED_FRAMES = 137  # a length that no stride divides
CHECKED_SECONDS = (0.5, 1.0, 2.71, 8.0, 20.0)


class _WholeUtterance(torch.nn.Module):
    """An ensemble for one utterance without padding, which returns a tuple."""

    def __init__(self, ensemble: Ensemble) -> None:
        super().__init__()
        self.ensemble = deepcopy(ensemble)
        for model in self.ensemble.models:
            if isinstance(model.normalize, GlobalMVN):
                model.normalize = _KnownMVN(model.normalize)

    def forward(self, features: torch.Tensor) -> tuple[torch.Tensor, ...]:
        lengths = torch.ones_like(features[:, :, 0], dtype=torch.long).sum(dim=1)
        found = self.ensemble(features, lengths)
        return tuple(value for name, value in found.items() if name != "lengths")


class _KnownMVN(torch.nn.Module):
    """`GlobalMVN` without padding: its mask grows with the square of the frames when traced."""

    def __init__(self, mvn: GlobalMVN) -> None:
        super().__init__()
        self.mean: torch.Tensor
        self.std: torch.Tensor
        mean, std = mvn.mean.float(), mvn.std.float()
        self.register_buffer("mean", mean if mvn.norm_means else torch.zeros_like(mean))
        self.register_buffer("std", std if mvn.norm_vars else torch.ones_like(std))

    def forward(self, x: torch.Tensor, lengths: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        return (x - self.mean) / self.std, lengths


@torch.no_grad()
def export_onnx(ensemble: Ensemble, dim: int, path: Path, shortest: float = 0.0) -> float:
    """Write a model of features as ONNX, and check that onnxruntime gives what torch gives.

    Parameters
    ----------
    dim
        Values per frame.
    shortest
        Shortest duration that the encoder can take, in seconds.

    Returns
    -------
    float
        Largest difference of any output, at lengths up to 20 s.

    Raises
    ------
    SentemoError
        When the model cannot be exported, or the exported one differs from torch.
    """
    whole = _WholeUtterance(ensemble).eval()
    example = _features(TRACED_FRAMES + round(shortest * FRAMES_PER_SECOND), dim)
    found = ensemble(example, torch.tensor([example.size(1)]))
    names = [name for name in found if name != "lengths"]
    dynamic = {
        "features": {1: "frames"},
        "attention": {1: "encoder_frames"},
        "token_scores": {1: "encoder_frames"},
    }
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a trace takes sizes for constants; see below
            torch.onnx.export(
                whole,
                (example,),
                str(path),
                input_names=["features"],
                output_names=names,
                dynamic_axes={k: v for k, v in dynamic.items() if k in ("features", *names)},
                opset_version=OPSET,
                dynamo=False,  # LSTMs of any length
            )
        return _largest_difference(ensemble, names, dim, path, shortest)
    except (SentemoError, OSError):
        raise
    except Exception as error:  # exporter and runtime document no errors of their own
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise SentemoError(f"cannot be exported to ONNX ({reason})") from error


def _largest_difference(
    ensemble: Ensemble, names: list[str], dim: int, path: Path, shortest: float
) -> float:
    import onnxruntime

    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    largest = 0.0
    for seconds in (shortest, *CHECKED_SECONDS):
        speech = _features(max(1, round((shortest + seconds) * FRAMES_PER_SECOND)), dim)
        expected = ensemble(speech, torch.tensor([speech.size(1)]))
        found = session.run(names, {"features": speech.numpy()})
        for name, value in zip(names, found, strict=True):
            wanted = expected[name].numpy()
            difference = (
                float(np.abs(value - wanted).max()) if value.shape == wanted.shape else np.inf
            )
            if not difference <= TOLERANCE:
                raise SentemoError(
                    f"onnxruntime differs from torch for {speech.size(1)} frames: {name} "
                    f"by {difference:.2g}"
                )
            largest = max(largest, difference)
    return largest


def _features(frames: int, dim: int) -> torch.Tensor:
    """Return frames on the scale of log-mel energies, the same at every call."""
    draw = torch.Generator().manual_seed(0)
    return 10 + 4 * torch.randn(1, frames, dim, generator=draw)
