"""Pre-trained models of Hugging Face Transformers as a frontend, with correct frame lengths."""

import argparse
from pathlib import Path
from typing import Any

import torch
from espnet2.asr.frontend.abs_frontend import AbsFrontend
from torch.nn.utils.rnn import pad_sequence

from sentemo.core.errors import SentemoError

WHISPER = "whisper"


class HuggingFaceSSLFrontend(AbsFrontend):
    """wav2vec 2.0, HuBERT, WavLM and their like, and the encoder of Whisper.

    This is a sibling of ESPnet's ``huggingface`` frontend and keeps the names of its weights. That
    one (202511) returns numbers of samples in place of frames, and refuses Whisper. This one also
    keeps utterances independent of their neighbours: a model that was trained without attention
    masks (its first layer normalises over the whole signal) sees one utterance at a time. The
    model's built-in SpecAugment is off. Whisper sees windows of 30 s, as it was trained: shorter
    utterances are padded, and cost as much as long ones; longer ones are cut into windows.

    Parameters
    ----------
    model
        A directory written by ``save_pretrained``, or a name on the Hugging Face Hub.
    fs
        Sampling rate of the audio in Hz, which must be the model's.
    download_dir
        Directory in which downloads are kept.
    load_pretrained
        Whether to load the model's weights; they are not needed where a checkpoint has them.
    freeze
        Whether the weights stay as they are: the model stays in eval mode and builds no graph.

    Raises
    ------
    SentemoError
        When Transformers is not installed, the model cannot be found, or does not say how many
        frames it makes.
    """

    encoder: Any  # a PreTrainedModel of Transformers, which ships no types
    processor: Any

    def __init__(
        self,
        model: str,
        fs: int = 16000,
        download_dir: str | None = None,
        load_pretrained: bool = True,
        freeze: bool = False,
    ) -> None:
        super().__init__()
        self._source = model, download_dir, load_pretrained
        try:
            self.encoder, self.processor = _load(*self._source)
        except ImportError as error:
            raise SentemoError(
                f"A self-supervised frontend ({model}) needs Hugging Face Transformers ({error}): "
                "pip install transformers"
            ) from error
        except (OSError, ValueError) as error:
            raise SentemoError(
                f"frontend_conf.model: {model} cannot be loaded ({error}). Give a directory "
                "written by save_pretrained, or a name on the Hugging Face Hub and a network."
            ) from error
        self.encoder.config.apply_spec_augment = False
        if fs != self.processor.sampling_rate:
            raise SentemoError(
                f"frontend_conf.model: {model} needs audio of {self.processor.sampling_rate} Hz, "
                f"and fs is {fs}."
            )
        if not hasattr(self.encoder, "_get_feat_extract_output_lengths"):
            raise SentemoError(
                f"frontend_conf.model: {model} is of type {self.encoder.config.model_type}, which "
                "does not say how many frames it makes; use wav2vec2, hubert, wavlm or whisper."
            )
        if not self._is_whisper:
            self._require_frames(model)
        self._settings = {"fs": fs, "freeze": freeze}
        self.freeze = freeze
        if freeze:
            self.requires_grad_(False)

    def reload_pretrained_parameters(self) -> None:
        """Load the pre-trained weights again, after ESPnet's option ``init`` drew random ones."""
        self.encoder.load_state_dict(_load(*self._source)[0].state_dict())

    def output_size(self) -> int:
        """Return the size of the model's states."""
        return self.encoder.config.hidden_size

    @torch.no_grad()
    def _require_frames(self, model: str) -> None:
        """Raise an error unless the model makes as many frames as it promises.

        Some models count other things than frames.
        """
        second = torch.zeros(1, self.processor.sampling_rate)
        promised = int(self._frames(torch.tensor([second.size(1)])))
        made = len(self._states(list(second))[0])
        if made != promised:
            raise SentemoError(
                f"frontend_conf.model: {model} makes {made} frames of a second and promises "
                f"{promised}; use wav2vec2, hubert, wavlm or whisper."
            )

    def train(self, mode: bool = True) -> "HuggingFaceSSLFrontend":
        """Set the training mode; a frozen model stays in eval mode."""
        return super().train(mode and not self.freeze)

    def forward(
        self, inputs: torch.Tensor, input_lengths: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Encode samples.

        Parameters
        ----------
        inputs, input_lengths
            Samples ``(batch, samples)`` and the valid ones, ``(batch,)``.

        Returns
        -------
        tuple
            The last layer's states ``(batch, frames, features)`` with padding zeroed, and the valid
            frames ``(batch,)``.
        """
        signals = [
            signal[:length] for signal, length in zip(inputs, input_lengths.tolist(), strict=True)
        ]
        apart = not (self._is_whisper or self.processor.return_attention_mask)
        groups = [[signal] for signal in signals] if apart else [signals]
        with torch.set_grad_enabled(torch.is_grad_enabled() and not self.freeze):
            states = [state for group in groups for state in self._states(group)]
        lengths = self._frames(input_lengths)
        return pad_sequence(
            [state[:length] for state, length in zip(states, lengths.tolist(), strict=True)],
            batch_first=True,
        ), lengths

    @property
    def _is_whisper(self) -> bool:
        return self.encoder.config.model_type == WHISPER

    def _frames(self, samples: torch.Tensor) -> torch.Tensor:
        """Return how many states the model makes of a number of samples."""
        if self._is_whisper:  # a state is two steps of 10 ms; the last one may be incomplete
            return -(-samples // (2 * self.processor.hop_length))
        return self.encoder._get_feat_extract_output_lengths(samples)

    def _states(self, signals: list[torch.Tensor]) -> list[torch.Tensor]:
        """Return the states of each signal, ``(frames, features)``, perhaps with padding."""
        if not self._is_whisper:
            return list(self._encode(signals, padding=True))
        windows = [signal.split(self.processor.n_samples) for signal in signals]
        states = iter(self._encode([w for of_one in windows for w in of_one]))
        return [torch.cat([next(states) for _ in of_one]) for of_one in windows]

    def _encode(self, signals: list[torch.Tensor], **options: bool) -> torch.Tensor:
        encoded = self.processor(
            [signal.cpu().numpy() for signal in signals],
            return_tensors="pt",
            sampling_rate=self.processor.sampling_rate,
            **options,
        )
        return self.encoder(**encoded.to(signals[0].device)).last_hidden_state

    def save_description(self, folder: str) -> dict[str, Any]:
        """Write the model's configuration without its weights; return settings that build it."""
        self.encoder.config.save_pretrained(folder)
        self.processor.save_pretrained(folder)
        return {"model": folder, "load_pretrained": False, **self._settings}


def _load(model: str, cache: str | None, with_weights: bool) -> tuple[torch.nn.Module, Any]:
    """Return a model and its feature extractor; of Whisper, return the encoder only."""
    from transformers import AutoConfig, AutoFeatureExtractor, AutoModel

    processor = AutoFeatureExtractor.from_pretrained(model, cache_dir=cache)
    if with_weights:
        # Some are stored in half precision.
        loaded = AutoModel.from_pretrained(model, cache_dir=cache).float()
    else:
        loaded = AutoModel.from_config(AutoConfig.from_pretrained(model, cache_dir=cache))
    return loaded.get_encoder() if loaded.config.model_type == WHISPER else loaded, processor


def describe_frontend(
    model: torch.nn.Module, args: argparse.Namespace, taken_over: bool = False
) -> None:
    """Keep the configuration of a model's self-supervised frontend in the experiment.

    The weights are in every checkpoint of the experiment, so it no longer needs the folder or the
    Hub that they came from. A frontend that was built from such a copy is not copied again.

    Parameters
    ----------
    model
        A model with an attribute ``frontend``.
    args
        The arguments that built it; ``frontend_conf`` changes.
    taken_over
        Whether the frontend is that of a checkpoint, whose folder must not be needed any more.
    """
    if not isinstance(model.frontend, HuggingFaceSSLFrontend):
        return
    if taken_over or args.frontend_conf.get("load_pretrained", True):
        folder = str(Path(args.output_dir) / "frontend")
        args.frontend_conf = model.frontend.save_description(folder)
