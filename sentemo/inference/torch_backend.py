"""Backend that runs a model with torch, on a CPU or GPU."""

from collections.abc import Sequence

import numpy as np
import torch
from torch.nn.utils.rnn import pad_sequence

from sentemo.core.errors import SentemoError
from sentemo.data.audio import at_peak
from sentemo.data.features import feature_dim
from sentemo.data.filterbank import fbank
from sentemo.inference.answers import Outputs
from sentemo.inference.checkpoint_files import CheckpointFiles
from sentemo.inference.description import Description
from sentemo.inference.ensemble import build_ensemble
from sentemo.inference.recogniser import read_recogniser
from sentemo.modules.encoders.whisper import WhisperFrontend
from sentemo.training.too_short import shortest_input, state_shift


class TorchBackend:
    """The network of an experiment or of a packed model.

    Parameters
    ----------
    where
        Name that the user gave for the model, for messages.
    device
        Device in torch's words: ``cpu``, ``cuda``.
    tokens
        Tokens of the recogniser, where the files have one.

    Raises
    ------
    SentemoError
        When the model cannot be built, or the device does not exist.
    """

    def __init__(
        self, files: CheckpointFiles, where: str, device: str = "cpu", tokens: Sequence[str] = ()
    ) -> None:
        self.ensemble, self.config = build_ensemble(files, where)
        if files.recogniser is not None:
            self.ensemble.recogniser = read_recogniser(files.recogniser, tokens)
        move(self.ensemble, device)
        self._device = device
        self._feature_type = self.config["feature_type"]

    @torch.no_grad()
    def __call__(self, utterances: Sequence[np.ndarray]) -> list[Outputs]:
        """Return the outputs for a batch of utterances at the model's rate, ``(samples,)`` each."""
        inputs = [torch.from_numpy(self._input(samples)) for samples in utterances]
        lengths = torch.tensor([len(values) for values in inputs])
        speech = pad_sequence(inputs, batch_first=True).to(self._device)
        found = self.ensemble(speech, lengths.to(self._device))
        frames = found.pop("lengths").tolist()
        rows = [
            {name: value[row].cpu().numpy() for name, value in found.items()}
            for row in range(len(utterances))
        ]
        for row, length in zip(rows, frames, strict=True):
            for name in ("attention", "token_scores"):
                if name in row:
                    row[name] = row[name][:length]
        return [Outputs(**row) for row in rows]

    def _input(self, samples: np.ndarray) -> np.ndarray:
        if self.ensemble.models[0].frontend is None:
            return fbank(samples, feature_dim(self._feature_type))
        return at_peak(samples, self.config.get("speech_volume_normalize"))

    @torch.no_grad()
    def describe(self, name: str) -> Description:
        """Return the description of the model, for its archive."""
        model, dim = self.ensemble.models[0], feature_dim(self._feature_type)
        scale = self.config.get("avd_scale")
        return Description(
            name=name,
            labels=tuple(self.config.get("labels") or ()),
            scale=scale and (scale[0], scale[1]),
            feature_type=self._feature_type,
            frame_shift=state_shift(model, dim),
            shortest=shortest_input(model, dim),
            members=len(self.ensemble.models),
            window=model.frontend.window if isinstance(model.frontend, WhisperFrontend) else "",
            peak=self.config.get("speech_volume_normalize"),
        )


def move(module: torch.nn.Module, device: str) -> None:
    """Move a network to a device, insisting that the device can be used."""
    try:
        module.to(device)
    except (RuntimeError, AssertionError) as error:
        reason = str(error).splitlines()[0]
        raise SentemoError(f"device {device}: not usable here ({reason})") from error
