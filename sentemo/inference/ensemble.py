"""One network with the mean output of several models, which may share an encoder."""

import argparse
from collections.abc import Mapping, Sequence
from copy import deepcopy
from pathlib import Path
from typing import Any, cast

import torch

from sentemo.core.config import read_config
from sentemo.core.errors import SentemoError
from sentemo.core.network_sizes import NOT_STORED, bounded_parameters
from sentemo.data.dimensions import Scale
from sentemo.inference.checkpoint_files import CheckpointFiles
from sentemo.models.ser import SpeechEmotionModel
from sentemo.modules.decoders.statistics_pooling import StatisticsPooling
from sentemo.tasks.ser import SERTask
from sentemo.upstreams.config import require_supported
from sentemo.upstreams.statistics import require_statistics
from sentemo.upstreams.weights import load_whole, read_weights

Weights = dict[str, torch.Tensor]


class Ensemble(torch.nn.Module):
    """Averages class probabilities and dimensions of its models.

    Parameters
    ----------
    models
        At least one model; models that share an encoder run it once.
    scale
        Scale of the returned dimensions; None where these are not learnt.
    recogniser
        CTC layer of the encoder that they share, or None. It is set after construction.
    """

    models: Sequence[SpeechEmotionModel]  # a ModuleList of them
    recogniser: torch.nn.Linear | None

    def __init__(self, models: Sequence[SpeechEmotionModel], scale: Scale | None = None) -> None:
        super().__init__()
        self.models = cast(Sequence[SpeechEmotionModel], torch.nn.ModuleList(models))
        self.is_shared = all(model.encoder is models[0].encoder for model in models)
        self.is_probe = len(models) == 1 and isinstance(models[0].decoder, StatisticsPooling)
        self.scale = scale
        self.recogniser = None

    def forward(self, speech: torch.Tensor, lengths: torch.Tensor) -> dict[str, torch.Tensor]:
        """Judge a batch.

        Parameters
        ----------
        speech, lengths
            See `EncodingMixin.encode`.

        Returns
        -------
        dict
            As far as the models have them: ``probabilities`` ``(batch, classes)``, ``dimensions``
            ``(batch, 3)``, ``attention`` ``(batch, encoder frames, heads)`` with the heads of all
            models side by side, ``token_scores`` ``(batch, encoder frames, tokens)``, ``embedding``
            ``(batch, features)`` of a single linear probe; and ``lengths``, the number of valid
            encoder frames ``(batch,)``.
        """
        states, state_lengths = self.models[0].encode(speech, lengths)
        outputs: dict[str, list[torch.Tensor]] = {}
        for number, model in enumerate(self.models):
            if number > 0 and not self.is_shared:
                states, state_lengths = model.encode(speech, lengths)
            embedding, attention = model.embed(states, state_lengths)
            said = model.judge(embedding)
            if "label" in said:
                outputs.setdefault("probabilities", []).append(said["label"].softmax(dim=1))
            if "avd" in said and self.scale is not None:
                outputs.setdefault("dimensions", []).append(self.scale.from_unit(said["avd"]))
            if attention is not None:
                outputs.setdefault("attention", []).append(attention.transpose(1, 2))
        found = {
            name: torch.cat(values, dim=2)
            if name == "attention"
            else torch.stack(values).mean(dim=0)
            for name, values in outputs.items()
        }
        if self.is_probe:
            found["embedding"] = embedding
        if self.recogniser is not None:
            found["token_scores"] = self.recogniser(states).softmax(dim=-1)
        return {**found, "lengths": state_lengths}


def build_ensemble(files: CheckpointFiles, where: str) -> tuple[Ensemble, dict[str, Any]]:
    """Build the models that these files describe, in eval mode.

    Parameters
    ----------
    where
        Name that the user gave for the model, for messages.

    Returns
    -------
    ensemble, config
        The network, and the configuration with the present paths of its files.

    Raises
    ------
    SentemoError
        When a part cannot run here, the model reads transcripts, or weights do not fit.
    """
    config = self_contained_config(files.config_file, where)
    require_supported(config, where)
    if config.get("text_encoder"):
        raise SentemoError(
            f"{where}: reads transcripts beside the audio (text_encoder), and a recording has "
            "none. Use a model of audio alone."
        )
    try:
        size = sum(file.stat().st_size for file in files.members[0])
        with bounded_parameters(where, 2 * size + NOT_STORED):
            model = SERTask.build_model(argparse.Namespace(**deepcopy(config)))
    except SentemoError:
        raise
    except Exception as error:  # the configuration may be foreign, and fail in any way
        raise SentemoError(f"{where}: cannot be built from its config.yaml: {error}") from error
    read: dict[Path, Weights] = {}
    models: list[SpeechEmotionModel] = []
    for member in files.members:
        weights: Weights = {}
        for file in member:
            read.setdefault(file, read_weights(file))
            weights |= read[file]
        if models:
            own = member[-1] if len(member) > 1 else None
            model = _another(models[0], read[own] if own else weights)
        load_whole(model, weights, f"{where}: {member[-1].name}")
        models.append(model)
    ends = config.get("avd_scale")
    return Ensemble(models, ends and Scale(*ends)).eval(), config


def _another(first: SpeechEmotionModel, own: Mapping[str, torch.Tensor]) -> SpeechEmotionModel:
    """Return a model for further weights; where only its decoder differs, it shares the rest.

    Parameters
    ----------
    own
        Weights that it does not share with the first model.
    """
    decoders = {name.split(".")[0] for name in own} <= set(first.DECODER)
    return first.with_own_decoder() if decoders else deepcopy(first)


def self_contained_config(config_file: Path, where: str) -> dict[str, Any]:
    """Read a configuration, with the paths of its statistics and frontend in the same folder.

    Raises
    ------
    SentemoError
        When one of these files is missing, as nothing is fetched.
    """
    config, folder = read_config(config_file), config_file.parent
    named = [(config.get("normalize_conf") or {}, "stats_file")]
    if config.get("frontend") == "huggingface_ssl":
        named.append((config["frontend_conf"], "model"))
    for conf, key in named:
        if conf.get(key) is None:
            continue
        found = folder / Path(conf[key]).name
        if not found.exists():
            raise SentemoError(f"{where}: no {found.name} beside its config.yaml ({found}).")
        if key == "stats_file":
            require_statistics(found)
        conf[key] = str(found)
    # The encoder is whole, also where training began at kept states of it.
    return {**config, "output_dir": str(folder), "asr_model": None, "upon_states": False}
