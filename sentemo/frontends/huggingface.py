"""Self-supervised models of Hugging Face Transformers as a frontend, with right frame lengths."""

import argparse
from pathlib import Path
from typing import Any

import torch
from espnet2.asr.frontend.huggingface import HuggingFaceFrontend
from torch.nn.utils.rnn import pad_sequence

from sentemo.errors import SentemoError


class HuggingFaceSSLFrontend(HuggingFaceFrontend):
    """wav2vec 2.0, HuBERT, WavLM and their like; the weights keep the names that ESPnet gives them.

    ESPnet's own ``huggingface`` frontend (202511) returns numbers of samples in place of frames.
    Differs too in that no utterance depends on its neighbours: a model that was trained without
    attention masks (its first layer normalises over the whole signal) sees one utterance at a time;
    and in that the model's built-in SpecAugment is off.

    Parameters
    ----------
    model
        A directory written by ``save_pretrained``, or a name on the Hugging Face Hub.
    fs
        Sampling rate in Hz, which must be the model's.
    download_dir
        Cache of what is downloaded.
    load_pretrained
        False builds the model without its weights, which a checkpoint brings.
    freeze
        Keep the model's weights: it stays in eval mode and builds no gradient graph.

    Raises
    ------
    SentemoError
        When Transformers is not installed, the model cannot be found, or does not say how many
        frames it makes.
    """

    def __init__(
        self,
        model: str,
        fs: int | str = 16000,
        download_dir: str | None = None,
        load_pretrained: bool = True,
        freeze: bool = False,
    ) -> None:
        try:
            super().__init__(model, fs, download_dir, load_pretrained)
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
        if not hasattr(self.encoder, "_get_feat_extract_output_lengths"):
            raise SentemoError(
                f"frontend_conf.model: {model} is of type {self.encoder.config.model_type}, which "
                "does not say how many frames it makes; use one like wav2vec2, hubert or wavlm."
            )
        self.encoder.config.apply_spec_augment = False
        self._require_frames(model)
        self._settings = {"fs": fs, "freeze": freeze}
        self.freeze = freeze
        if freeze:
            self.requires_grad_(False)

    @torch.no_grad()
    def _require_frames(self, model: str) -> None:
        """Insist on the promised number of frames: some models count other things."""
        second = torch.zeros(1, self.processor.sampling_rate)
        promised = int(self.encoder._get_feat_extract_output_lengths(second.size(1)))
        made = self._states(list(second)).size(1)
        if made != promised:
            raise SentemoError(
                f"frontend_conf.model: {model} makes {made} frames of a second and promises "
                f"{promised}; use one like wav2vec2, hubert or wavlm."
            )

    def train(self, mode: bool = True) -> "HuggingFaceSSLFrontend":
        """Set the training mode; a frozen model stays in eval mode."""
        return super().train(mode and not self.freeze)

    def forward(
        self, inputs: torch.Tensor, input_lengths: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Map ``(batch, samples)`` to the last layer's states and their numbers.

        Returns
        -------
        tuple
            ``(batch, frames, features)`` with padding zeroed, and the valid frames ``(batch,)``.
        """
        signals = [
            signal[:length] for signal, length in zip(inputs, input_lengths.tolist(), strict=True)
        ]
        groups = [signals] if self.processor.return_attention_mask else [[s] for s in signals]
        with torch.set_grad_enabled(torch.is_grad_enabled() and not self.freeze):
            states = [state for group in groups for state in self._states(group)]
        lengths = self.encoder._get_feat_extract_output_lengths(input_lengths)
        return pad_sequence(
            [state[:length] for state, length in zip(states, lengths.tolist(), strict=True)],
            batch_first=True,
        ), lengths

    def _states(self, signals: list[torch.Tensor]) -> torch.Tensor:
        encoded = self.processor(
            [signal.cpu().numpy() for signal in signals],
            return_tensors="pt",
            sampling_rate=self.processor.sampling_rate,
            padding=True,
        )
        return self.encoder(**encoded.to(signals[0].device)).last_hidden_state

    def save_description(self, folder: str) -> dict[str, Any]:
        """Write the model's configuration, not its weights, and return settings that build it."""
        self.encoder.config.save_pretrained(folder)
        self.processor.save_pretrained(folder)
        return {"model": folder, "load_pretrained": False, **self._settings}


def describe_frontend(model: torch.nn.Module, args: argparse.Namespace) -> None:
    """Keep the description of a model's self-supervised frontend in the experiment, for `args`.

    Its weights are in every checkpoint of the experiment, which needs the folder or the Hub that
    they came from no more. A model that is built from such a description is not described again.
    """
    if not isinstance(model.frontend, HuggingFaceSSLFrontend):
        return
    if args.frontend_conf.get("load_pretrained", True):
        folder = str(Path(args.output_dir) / "frontend")
        args.frontend_conf = model.frontend.save_description(folder)
