"""Pre-trained models of Hugging Face Transformers as a frontend, with correct frame lengths."""

import argparse
from pathlib import Path
from typing import Any

import torch
from espnet2.asr.frontend.abs_frontend import AbsFrontend

from sentemo.core.errors import SentemoError
from sentemo.modules.encoders.huggingface import encode_alone
from sentemo.modules.huggingface import WHISPER, require_speech_encoder, require_transformers


class HuggingFaceSSLFrontend(AbsFrontend):
    """wav2vec 2.0, HuBERT, WavLM and their like, below a small encoder that is trained.

    This is a sibling of ESPnet's ``huggingface`` frontend and keeps the names of its weights. That
    one (202511) returns numbers of samples in place of frames. This one also keeps utterances
    independent of their neighbours: each is encoded by itself. The model's built-in SpecAugment is
    off. For all layers of a frozen model, name it as the upstream instead.

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
        When Transformers is not installed, or the model cannot be found or is no encoder of
        speech that is known here.
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
        where = f"frontend_conf.model: {model}"
        require_transformers(where)
        try:
            self.encoder, self.processor = _load(*self._source)
        except (ImportError, OSError, ValueError) as error:
            raise SentemoError(
                f"{where} cannot be loaded ({error}). Give a directory "
                "written by save_pretrained, or a name on the Hugging Face Hub and a network."
            ) from error
        self.encoder.config.apply_spec_augment = False
        if fs != self.processor.sampling_rate:
            raise SentemoError(
                f"{where} needs audio of {self.processor.sampling_rate} Hz, and fs is {fs}."
            )
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
            The model's output ``(batch, frames, features)`` with padding zeroed, and the valid
            frames ``(batch,)``.
        """
        with torch.set_grad_enabled(torch.is_grad_enabled() and not self.freeze):
            (states,), lengths = encode_alone(self.encoder, self.processor, inputs, input_lengths)
        return states, lengths

    def save_description(self, folder: str) -> dict[str, Any]:
        """Write the model's configuration without its weights; return settings that build it."""
        self.encoder.config.save_pretrained(folder)
        self.processor.save_pretrained(folder)
        return {"model": folder, "load_pretrained": False, **self._settings}


def _load(model: str, cache: str | None, with_weights: bool) -> tuple[torch.nn.Module, Any]:
    """Return a model and its feature extractor."""
    from transformers import AutoConfig, AutoFeatureExtractor, AutoModel

    config = AutoConfig.from_pretrained(model, cache_dir=cache)
    where = f"frontend_conf.model: {model}"
    if config.model_type == WHISPER:
        raise SentemoError(
            f"{where} is Whisper, which is no frontend. Use it as --upstream {model}, which gives "
            "all of its layers, and take frontend and encoder out of the configuration."
        )
    require_speech_encoder(config.model_type, where)
    processor = AutoFeatureExtractor.from_pretrained(model, cache_dir=cache)
    if not with_weights:
        return AutoModel.from_config(config), processor
    # Some are stored in half precision.
    return AutoModel.from_pretrained(model, cache_dir=cache).float(), processor


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
