"""Speech encoders of Hugging Face Transformers, with the states of all of their layers.

Every utterance is encoded by itself. Convolutions, position convolutions and normalisation over the
whole signal read the padding of a batch in most of these models, with an attention mask too; and on
a CPU a batch of unlike lengths is slower.
"""

from collections.abc import Mapping
from typing import Any

import torch
from espnet.nets.pytorch_backend.transformer.subsampling import TooShortUttError
from espnet2.asr.frontend.abs_frontend import AbsFrontend
from torch.nn.utils.rnn import pad_sequence

from sentemo.core.errors import SentemoError
from sentemo.modules.encoders.layered import LayeredEncoder, leave_out
from sentemo.modules.huggingface import EXTRACTORS, require_speech_encoder, require_transformers

WITH_LAST_NORM = ("StableLayerNorm", "ConformerEncoder")  # ends of their encoders' class names
BEFORE_LAYERS = ("feature_extractor", "feature_projection")
ENERGY_WINDOW, ENERGY_HOP = 400, 160  # samples; fixed in the extractor of energies

# The model as it hears whole utterances: nothing masked, no layer left out, and without the adapter
# that a recogniser has behind it for states at a lower rate.
AS_ENCODER = {
    "apply_spec_augment": False,
    "mask_time_prob": 0.0,
    "mask_feature_prob": 0.0,
    "layerdrop": 0.0,
    "add_adapter": False,
    "use_intermediate_ffn_before_adapter": False,
}


class RawSamples(AbsFrontend):
    """Samples as they are, as features of one value, for encoders that hear samples."""

    def output_size(self) -> int:
        """Return 1: a frame is one sample."""
        return 1

    def forward(
        self, inputs: torch.Tensor, input_lengths: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Return samples ``(batch, samples)`` as ``(batch, samples, 1)``, and the valid ones."""
        return inputs.unsqueeze(-1), input_lengths


class HuggingFaceEncoder(LayeredEncoder):
    """wav2vec 2.0, HuBERT, WavLM, data2vec, wav2vec2-BERT and their like.

    The settings describe the whole model, so that neither its directory nor the Hub is needed to
    build it; its weights are part of the checkpoint. The model's own SpecAugment, layer drop and
    adapter are left out, whatever the settings say. Every utterance is encoded by itself; see
    `encode_alone`.

    Parameters
    ----------
    input_size
        1: the encoder hears samples, from `RawSamples`.
    config
        Content of the model's ``config.json``.
    extractor
        Content of its ``preprocessor_config.json``, which says how samples are normalised.

    Raises
    ------
    SentemoError
        When Transformers is not installed, or cannot build the model.
    """

    model: Any  # a PreTrainedModel of Transformers, which ships no types

    def __init__(
        self, input_size: int, config: Mapping[str, Any], extractor: Mapping[str, Any]
    ) -> None:
        super().__init__()
        self.model, self.extractor = build(config, extractor)
        self.num_layers: int = self.model.config.num_hidden_layers
        self.finishes = type(self.model.encoder).__name__.endswith(WITH_LAST_NORM)

    @property
    def hears_samples(self) -> bool:
        """Tell whether the model itself hears samples, and not energies of its extractor."""
        return self.model.main_input_name == "input_values"

    def output_size(self) -> int:
        """Return the size of the states."""
        return self.model.config.hidden_size

    def forward_layers(
        self, xs_pad: torch.Tensor, ilens: torch.Tensor
    ) -> tuple[list[torch.Tensor], torch.Tensor]:
        """Encode samples ``(batch, samples, 1)`` and return the output of every transformer block.

        Returns
        -------
        tuple
            One ``(batch, states, output_size)`` for each layer, and the valid states ``(batch,)``.
        """
        if not self.start_layer:
            return encode_alone(self.model, self.extractor, xs_pad[..., 0], ilens, all_layers=True)
        of_utterances = [
            self._through_layers(states[:count])
            for states, count in zip(xs_pad, ilens.tolist(), strict=True)
        ]
        layers = zip(*of_utterances, strict=True)
        return [pad_sequence(list(layer), batch_first=True) for layer in layers], ilens

    def begin_above(self, layer: int, last: int) -> None:
        """Leave out convolutions, positions, and the layers up to one and behind another one."""
        encoder, first = self.model.encoder, self.model.encoder.layers[0]
        for part in (*BEFORE_LAYERS, "pos_conv_embed"):
            for holder in (self.model, encoder):
                if hasattr(holder, part):
                    setattr(holder, part, torch.nn.Identity())
        if not self.finishes or last < self.num_layers:
            encoder.layer_norm, self.finishes = torch.nn.Identity(), False
        leave_out(encoder.layers, layer, last)
        if hasattr(getattr(first, "attention", None), "rel_attn_embed"):
            encoder.layers[0] = first.requires_grad_(False)  # it has WavLM's positions
        self.start_layer, self.num_layers = layer, last

    def train(self, mode: bool = True) -> "HuggingFaceEncoder":
        """Set the training mode; statistics over batches, of conformers, stay as they are."""
        super().train(mode)
        if self.start_layer:  # utterances are encoded one by one, so there are no batches
            for module in self.modules():
                if isinstance(module, torch.nn.BatchNorm1d):
                    module.eval()
        return self

    def _through_layers(self, states: torch.Tensor) -> list[torch.Tensor]:
        """Map the states of one utterance ``(states, output_size)`` to those of each layer."""
        encoder, layers = self.model.encoder, []
        states = states.unsqueeze(0)
        context: dict[str, torch.Tensor] = {}
        if hasattr(encoder.layers[0], "attention"):
            attention, count = encoder.layers[0].attention, states.size(1)
            context["position_bias"] = attention.compute_bias(count, count)
        elif getattr(encoder, "embed_positions", None) is not None:
            context["relative_position_embeddings"] = encoder.embed_positions(states)
        for layer in encoder.layers[self.start_layer : self.num_layers]:
            found = layer(states, **context)
            states = found[0] if isinstance(found, tuple) else found
            layers.append(states[0])
        return layers

    def finish(self, states: torch.Tensor) -> torch.Tensor:
        """Normalise the last layer's states, where the model does: its `last_hidden_state`."""
        return self.model.encoder.layer_norm(states) if self.finishes else states


def build(config: Mapping[str, Any], extractor: Mapping[str, Any]) -> tuple[Any, Any]:
    """Build a model with random weights, and what computes its input.

    Parameters
    ----------
    config, extractor
        The content of ``config.json`` and of ``preprocessor_config.json``.

    Returns
    -------
    tuple
        The model, in single precision, and its feature extractor.

    Raises
    ------
    SentemoError
        When the installed Transformers cannot build it.
    """
    where = f"encoder_conf.config of a {config.get('model_type')}"
    require_speech_encoder(config.get("model_type"), where)
    require_transformers(where)
    import transformers

    try:
        described = transformers.AutoConfig.for_model(**{**config, **AS_ENCODER})
        model = transformers.AutoModel.from_config(described).float()
        if hasattr(model, "masked_spec_embed"):  # it would stand for what is masked
            del model.masked_spec_embed
        kind = getattr(transformers, EXTRACTORS[described.model_type])
        return model, kind(**extractor)
    except Exception as error:  # a foreign configuration may fail in any way
        raise SentemoError(
            f"{where}: Transformers {transformers.__version__} cannot build it ({error})."
        ) from error


def encode_alone(
    model: Any,
    extractor: Any,
    speech: torch.Tensor,
    lengths: torch.Tensor,
    all_layers: bool = False,
) -> tuple[list[torch.Tensor], torch.Tensor]:
    """Encode a batch, each utterance by itself.

    Parameters
    ----------
    model, extractor
        A model of Transformers and its feature extractor.
    speech, lengths
        Samples ``(batch, samples)`` and the valid ones, ``(batch,)``.
    all_layers
        Whether the output of every transformer layer is returned, or the model's output alone.

    Returns
    -------
    tuple
        One ``(batch, states, features)`` for each layer, or the model's output alone, with zeros
        for padding; and the valid states ``(batch,)``.

    Raises
    ------
    TooShortUttError
        When an utterance is too short for one state.
    """
    of_utterances = [
        _encode(model, extractor, signal[:length], all_layers)
        for signal, length in zip(speech, lengths.tolist(), strict=True)
    ]
    counts = [len(layers[0]) for layers in of_utterances]
    padded = [
        pad_sequence(list(layer), batch_first=True) for layer in zip(*of_utterances, strict=True)
    ]
    return padded, torch.tensor(counts, dtype=lengths.dtype, device=lengths.device)


def _encode(
    model: Any, extractor: Any, signal: torch.Tensor, all_layers: bool
) -> list[torch.Tensor]:
    """Encode one signal: ``(states, features)`` for each layer, or for the model's output alone."""
    of_energies = model.main_input_name == "input_features"
    if _is_too_short(model, extractor, len(signal), of_energies):
        raise TooShortUttError(
            f"{len(signal)} samples are too few for one state", len(signal), len(signal) + 1
        )
    inputs = extractor(
        signal.cpu().numpy(),
        sampling_rate=extractor.sampling_rate,
        return_tensors="pt",
        return_attention_mask=of_energies,  # of an even number of frames, the last may be padding
    ).to(signal.device)
    output = model(**inputs, output_hidden_states=all_layers)
    layers = output.hidden_states[1:] if all_layers else (output.last_hidden_state,)
    count = layers[0].size(1)
    if of_energies:
        valid = inputs["attention_mask"].sum()
        count = int(valid if all_layers else model._get_feat_extract_output_lengths(valid))
    return [layer[0, :count] for layer in layers]


def _is_too_short(model: Any, extractor: Any, samples: int, of_energies: bool) -> bool:
    if of_energies:
        return samples < ENERGY_WINDOW + ENERGY_HOP * (extractor.stride - 1)
    return int(model._get_feat_extract_output_lengths(torch.tensor(samples))) < 1
