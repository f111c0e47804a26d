"""Linear probes of all folds: learnt in closed form, and stored as any other model of a fold.

A probe reads mean and standard deviation of one layer's states over an utterance, or of all layers.
It shows which layer of a pre-trained encoder knows of the targets, in seconds.
"""

import argparse
import time
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
import torch

from sentemo.core import checkpoint
from sentemo.core.best_epoch import best_weights
from sentemo.core.files import write_json
from sentemo.core.logs import TRAIN_LOG, log_to
from sentemo.core.processes import available_cores
from sentemo.folds.job import FoldJob, TrainedFold
from sentemo.folds.joint_inputs import (
    joint_arguments,
    kept_states,
    write_experiment,
)
from sentemo.folds.probe_choice import LinearMap, ProbeChoice, ProbeData, choose
from sentemo.folds.probe_layers import final_maps, score_layers, validation_scales
from sentemo.folds.probe_table import (
    BY_FOLD,
    LOSS,
    POOLED,
    PROBE_TABLE,
    criterion_of,
    is_chosen_by_fold,
    setting_in_words,
)
from sentemo.folds.ridge import Standardisation
from sentemo.folds.separate import predictions
from sentemo.folds.shared_encoder import share_encoder
from sentemo.models.layer_settings import BEST, LAST
from sentemo.models.ser import SpeechEmotionModel
from sentemo.modules.decoders.statistics_pooling import StatisticsPooling
from sentemo.scoring.predictions import AnyPrediction
from sentemo.states.kept import KeptStates
from sentemo.tasks.ser import SERTask
from sentemo.training.selection import average_file


def train_probes(jobs: Sequence[FoldJob]) -> list[TrainedFold]:
    """Learn every fold's probe with the layer and the penalty that validation chose."""
    started, exp = time.perf_counter(), jobs[0].exp.parent
    with log_to(exp / TRAIN_LOG):
        torch.set_num_threads(available_cores())
        args, kept = joint_arguments(jobs), kept_states(jobs)
        data = ProbeData(jobs, kept, args.model_conf.get("encoder_layer", BEST))
        choice = choose(data, args.probe_conf["penalties"])
        by_fold = is_chosen_by_fold(jobs[0].config)
        settings = choice.folds if by_fold else [choice.pooled] * len(jobs)
        used = {layer for setting in settings for layer in data.layers_of(setting.layer)}
        layers = [name for name in kept.layers if name in used]
        args.model_conf["encoder_layer"] = layers[0] if layers == [LAST] else [*map(int, layers)]
        model = SERTask.build_model(args)
        write_experiment(exp, args, model)
        share_encoder(exp, kept.directory)
        embeddings = kept.pooled(data.utterances, layers).transpose(0, 2, 1, 3)
        scales = args.probe_conf.get("scales")
        if not by_fold and scales is None:
            scales = validation_scales(data, choice.pooled)
        for job, setting in zip(jobs, settings, strict=True):
            maps = final_maps(data, job, setting, scales=scales)
            _fill(model, maps, layers, data.layers_of(setting.layer))
            _keep_statistics(model, data.standardisation(embeddings, data.rows(job, "train")))
            criterion = args.best_model_criterion[0]
            checkpoint.save(model.decoder_state(), average_file(job.exp, criterion))
        described = _describe(data, choice, by_fold)
        if (criterion := criterion_of(jobs[0].config)) != LOSS:
            described["criterion"] = criterion
        write_json(exp / PROBE_TABLE, described)
        valid = _predict(jobs, "valid", kept)
    seconds = (time.perf_counter() - started) / len(jobs)
    return [
        TrainedFold(1, 1, seconds, found, setting_in_words(asdict(setting)))
        for setting, found in zip(settings, valid, strict=True)
    ]


def predict_probes(jobs: Sequence[FoldJob]) -> list[list[AnyPrediction]]:
    """Predict every fold's test side, and score the probe of each layer by itself."""
    exp = jobs[0].exp.parent
    with log_to(exp / "decode.log"):
        torch.set_num_threads(available_cores())
        kept = kept_states(jobs)
        found = _predict(jobs, "test", kept)
        score_layers(ProbeData(jobs, kept, BEST), _open(jobs)[0], exp / PROBE_TABLE)
    return found


def predict_side_of_probes(jobs: Sequence[FoldJob], side: str) -> list[list[AnyPrediction]]:
    """Predict a side of every fold."""
    with log_to(jobs[0].exp.parent / "decode.log"):
        torch.set_num_threads(available_cores())
        return _predict(jobs, side, kept_states(jobs))


@torch.no_grad()
def _fill(
    model: SpeechEmotionModel,
    maps: dict[str, LinearMap],
    layers: Sequence[str],
    own_layers: Sequence[str],
) -> None:
    """Put maps of a fold's own layers into the heads of a model that reads all these layers.

    The embedding has the means of all layers, then their deviations.
    """
    for head in model.heads:
        found = maps[head.target]
        size = found.weights.shape[2]
        blocks = torch.zeros(2, len(layers), size, head.out_features, dtype=torch.float64)
        for index, layer in enumerate(own_layers):
            blocks[:, layers.index(layer)] = torch.from_numpy(found.weights[index])
        head.weight.copy_(blocks.reshape(-1, head.out_features).T)
        head.bias.copy_(torch.from_numpy(found.bias))


@torch.no_grad()
def _keep_statistics(model: SpeechEmotionModel, found: Standardisation) -> None:
    """Put mean and deviation of the training side's embeddings into the decoder."""
    assert isinstance(model.decoder, StatisticsPooling)
    model.decoder.mean.copy_(torch.from_numpy(found.mean))
    finite = np.where(np.isfinite(found.deviation), found.deviation, 0.0)
    model.decoder.deviation.copy_(torch.from_numpy(finite))


def _open(jobs: Sequence[FoldJob]) -> tuple[SpeechEmotionModel, argparse.Namespace]:
    """Build the model that all folds share but for its heads."""
    model, args = SERTask.build_model_from_file(str(jobs[0].exp.parent / "config.yaml"))
    return model.eval(), args


@torch.no_grad()
def _predict(jobs: Sequence[FoldJob], side: str, kept: KeptStates) -> list[list[AnyPrediction]]:
    """Predict a side of every fold with the weights that were saved."""
    model, args = _open(jobs)
    data, found = ProbeData(jobs, kept, BEST), []
    for job in jobs:
        chosen = best_weights(job.exp, args.best_model_criterion)
        model.load_state_dict({**model.state_dict(), **checkpoint.load_weights(chosen)})
        rows = data.rows(job, side)
        pooled = torch.from_numpy(kept.pooled(data.names(rows), model.kept_layers))
        outputs = model.judge(pooled.transpose(1, 2).flatten(1))
        found.append(predictions(job, model.records(outputs, data.batch(rows), data.names(rows))))
    return found


def _describe(data: ProbeData, choice: ProbeChoice, by_fold: bool) -> dict[str, Any]:
    """Describe what validation chose."""
    return {
        "choice": BY_FOLD if by_fold else POOLED,
        "folds": [
            {"fold": job.fold.number, **asdict(setting)}
            for job, setting in zip(data.jobs, choice.folds, strict=True)
        ],
        "pooled": asdict(choice.pooled),
        "layers": [asdict(setting) for setting in choice.of_layer],
    }
