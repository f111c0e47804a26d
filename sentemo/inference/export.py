"""A model as ``model.onnx``, checked against torch before it is kept.

One input, float32: ``features`` ``(1, frames, dim)``, log-mel energies as `sentemo.data.features`
makes them, not normalised; or, where the model has a frontend, ``speech`` ``(1, samples)``, full
scale ±1. Outputs, as far as the model has them: ``probabilities`` ``(1, classes)``; ``dimensions``
``(1, 3)``, activation, valence and dominance on their corpus's scale; ``attention``
``(1, encoder frames, heads)``; ``token_scores`` ``(1, encoder frames, tokens)`` of the recogniser.
The network includes frontend, normalisation and ensemble.
"""

import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from sentemo.core.errors import SentemoError, library_reason
from sentemo.data.features import FRAMES_PER_SECOND
from sentemo.inference.compact_weights import store_compactly
from sentemo.inference.ensemble import Ensemble
from sentemo.inference.onnx_backend import (
    AUDIO_INPUT,
    FEATURES_INPUT,
    STATES_OUTPUT,
    open_session,
)
from sentemo.inference.traceable import traceable

STDOUT = 1  # its file descriptor, which code in C++ writes to
OPSET = 17
TOLERANCE = 1e-4
TRACED_FRAMES = 137  # a length that no stride divides
CHECKED_SECONDS = (0.5, 1.0, 2.71, 8.0, 20.0)
CHECKED_SECONDS_OF_AUDIO = (0.5, 2.71, 5.0, 31.0)  # Whisper hears 31 s in two windows


@dataclass(frozen=True)
class Exported:
    """The file that was written.

    Attributes
    ----------
    difference
        Largest difference between torch and onnxruntime, of any output at any checked length.
    weight_bits
        The fewest bits in which a matrix is stored: 8 or 16 where it came from so many, else 32.
    """

    difference: float
    weight_bits: int


class _WholeUtterance(torch.nn.Module):
    """An ensemble for one utterance without padding, which returns a tuple."""

    def __init__(self, ensemble: Ensemble, example: torch.Tensor) -> None:
        super().__init__()
        self.ensemble = traceable(ensemble, example)

    def forward(self, speech: torch.Tensor) -> tuple[torch.Tensor, ...]:
        values = speech if speech.dim() == 2 else speech[:, :, 0]
        lengths = torch.ones_like(values, dtype=torch.long).sum(dim=1)
        found = self.ensemble(speech, lengths)
        return tuple(value for name, value in found.items() if name != "lengths")


@torch.no_grad()
def export_onnx(ensemble: Ensemble, dim: int, path: Path, shortest: float = 0.0) -> Exported:
    """Write a model as ONNX, and check that onnxruntime gives what torch gives.

    Parameters
    ----------
    dim
        Values per frame of the features, or samples per frame of audio.
    shortest
        Shortest duration that the encoder can take, in seconds.

    Raises
    ------
    SentemoError
        When the model cannot be exported, or the exported one differs from torch.
    """
    hears_audio = ensemble.models[0].frontend is not None
    example = _example(TRACED_FRAMES + round(shortest * FRAMES_PER_SECOND), dim, hears_audio)
    names = [name for name in ensemble(example, _lengths(example)) if name != "lengths"]
    try:
        write_onnx(_WholeUtterance(ensemble, example), example, names, path)
        bits = store_compactly(path)
        session = open_session(path)
        difference = 0.0
        for seconds in (shortest, *(CHECKED_SECONDS_OF_AUDIO if hears_audio else CHECKED_SECONDS)):
            frames = max(1, round((shortest + seconds) * FRAMES_PER_SECOND))
            speech = _example(frames, dim, hears_audio)
            difference = max(difference, _difference(ensemble, names, session, speech))
        return Exported(difference, bits)
    except (SentemoError, OSError):
        raise
    except Exception as error:  # exporter and runtime document no errors of their own
        reason = library_reason(error)
        raise SentemoError(f"cannot be exported to ONNX ({reason})") from error


def write_onnx(whole: torch.nn.Module, example: torch.Tensor, names: list[str], path: Path) -> None:
    """Write a module that a trace follows as ONNX.

    Parameters
    ----------
    whole
        A module for one utterance, which returns a tuple.
    names
        Names of what it returns.
    """
    given = FEATURES_INPUT if example.dim() == 3 else AUDIO_INPUT
    dynamic = {
        FEATURES_INPUT: {1: "frames"},
        AUDIO_INPUT: {1: "samples"},
        "attention": {1: "encoder_frames"},
        "token_scores": {1: "encoder_frames"},
        STATES_OUTPUT: {2: "encoder_frames"},
    }
    with warnings.catch_warnings(), _silent_output():
        warnings.simplefilter("ignore")  # a trace takes sizes for constants; see `traceable`
        torch.onnx.export(
            torch.jit.trace(whole.eval(), example, check_trace=False),  # it traces no scripts
            (example,),
            str(path),
            input_names=[given],
            output_names=names,
            dynamic_axes={name: axes for name, axes in dynamic.items() if name in (given, *names)},
            opset_version=OPSET,
            dynamo=False,  # LSTMs of any length
        )


@contextmanager
def _silent_output() -> Iterator[None]:
    """Drop the standard output: torch's exporter prints the whole graph when it fails."""
    sys.stdout.flush()
    with open(os.devnull, "wb") as nowhere:
        kept = os.dup(STDOUT)
        os.dup2(nowhere.fileno(), STDOUT)
        try:
            yield
        finally:
            os.dup2(kept, STDOUT)
            os.close(kept)


def _difference(ensemble: Ensemble, names: list[str], session: Any, speech: torch.Tensor) -> float:
    """Return the largest difference of any output; insist that it is small."""
    expected = ensemble(speech, _lengths(speech))
    found = session.run(names, {session.get_inputs()[0].name: speech.numpy()})
    largest = 0.0
    for name, value in zip(names, found, strict=True):
        wanted = expected[name].numpy()
        size = max(1.0, float(np.abs(wanted).max()))  # probabilities are below 1, embeddings not
        same_shape = value.shape == wanted.shape
        difference = float(np.abs(value - wanted).max()) / size if same_shape else np.inf
        if not difference <= TOLERANCE:
            unit = "frames" if speech.dim() == 3 else "samples"
            raise SentemoError(
                f"onnxruntime differs from torch for {speech.size(1)} {unit}: {name} "
                f"by {difference:.2g}"
            )
        largest = max(largest, difference)
    return largest


def _lengths(speech: torch.Tensor) -> torch.Tensor:
    return torch.tensor([speech.size(1)])


def _example(frames: int, dim: int, is_audio: bool) -> torch.Tensor:
    """Return log-mel energies, or noise with pauses; the same at every call."""
    draw = torch.Generator().manual_seed(0)
    values = torch.randn(1, frames, dim, generator=draw)
    if not is_audio:
        return 10 + 4 * values
    loudness = 0.1 * torch.arange(frames).div(20).sin().clamp(min=1e-3)
    return (values * loudness[:, None]).flatten(1)
