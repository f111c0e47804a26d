"""Settings of a final model of all data, as validation chose them for the folds."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from sentemo.core import checkpoint
from sentemo.core.best_epoch import best_weights
from sentemo.core.config import Settings, changed, read_config
from sentemo.data.splits import SIDES, Fold
from sentemo.folds.history import fold_histories
from sentemo.folds.job import FoldJob
from sentemo.folds.joint_inputs import kept_states
from sentemo.folds.probe_choice import ProbeData, Setting
from sentemo.folds.probe_layers import validation_scales
from sentemo.folds.probe_table import (
    TOGETHER,
    layer_in_words,
    read_probe_table,
    setting_in_words,
)
from sentemo.models.layer_settings import BEST, LayerSetting
from sentemo.training.selection import rank_epochs


def final_settings(jobs: Sequence[FoldJob]) -> tuple[Settings, str]:
    """Return the configuration of the final model, and in words what validation chose of it.

    Parameters
    ----------
    jobs
        All folds of a trained experiment.
    """
    settings, exp = read_config(jobs[0].config), jobs[0].exp.parent
    table = read_probe_table(exp)
    return _of_probe(settings, jobs, table) if table else _of_network(settings, jobs)


def final_job(jobs: Sequence[FoldJob], exp: Path) -> FoldJob:
    """Return the job that trains on all that the folds train, validate and test on.

    Parameters
    ----------
    exp
        Experiment directory of the final model.
    """
    fold = jobs[0].fold
    everyone = {name for job in jobs for side in SIDES for name in getattr(job.fold, side)}
    # ESPnet's trainer asks for a validation side. Its utterances are learnt too, so it chooses
    # nothing: see the criterion in `_of_network`.
    whole = Fold(1, tuple(sorted(everyone)), fold.valid, (), by=fold.by, speaker_disjoint=False)
    return replace(jobs[0], fold=whole, exp=exp / "fold_01")


def _of_probe(
    settings: Settings, jobs: Sequence[FoldJob], table: dict[str, Any]
) -> tuple[Settings, str]:
    """Fix the layer and the penalty, and the scale of the logits that fits all validation sides."""
    chosen = Setting(table["pooled"]["layer"], table["pooled"]["penalty"])
    layer = _as_setting(chosen.layer)
    data = ProbeData(jobs, kept_states(jobs), layer)
    conf = {"penalties": [chosen.penalty], "scales": validation_scales(data, chosen)}
    changes = {"model_conf": {"encoder_layer": layer}, "probe_conf": conf}
    return changed(settings, changes), setting_in_words(table["pooled"])


def _as_setting(layer: str) -> LayerSetting:
    """Return the layers that a probe chose as ``model_conf.encoder_layer`` has them."""
    numbers = [int(name) for name in layer.split(TOGETHER) if name.isdecimal()]
    return layer if not numbers else numbers[0] if len(numbers) == 1 else numbers


def _of_network(settings: Settings, jobs: Sequence[FoldJob]) -> tuple[Settings, str]:
    """Fix the number of epochs, and the layer where each fold chose its own.

    The last epochs are kept, as many as in a fold: in the middle of them is the median of the
    epochs that the folds kept.
    """
    criterion, keep = settings["best_model_criterion"][0], settings["keep_nbest_models"]
    histories = fold_histories(jobs[0].exp.parent).values()
    kept = [epoch for history in histories for epoch in rank_epochs(history, criterion)[:keep]]
    epochs = min(round(float(np.median(kept))) + keep // 2, settings["max_epoch"])
    changes: Settings = {
        "max_epoch": epochs,
        "patience": None,
        # By the training loss, as nothing is left to validate on.
        "best_model_criterion": [["train", "loss", "min"]],
        "early_stopping_criterion": ["train", "loss", "min"],
    }
    words = f"{epochs} epochs"
    if (settings.get("model_conf") or {}).get("encoder_layer") == BEST:
        layer = _most_chosen_layer(jobs)
        changes["model_conf"] = {"encoder_layer": layer}
        words += f" upon {layer_in_words(str(layer))}"
    return changed(settings, changes), words


def _most_chosen_layer(jobs: Sequence[FoldJob]) -> int:
    """Return the layer that most folds chose; of several, the lowest one."""
    trained = read_config(jobs[0].exp.parent / "config.yaml")
    layers, criteria = trained["model_conf"]["best_layers"], trained["best_model_criterion"]
    if len(layers) == 1:
        return layers[0]
    chosen = [
        layers[int(checkpoint.load_weights(best_weights(job.exp, criteria))["reader.merge.index"])]
        for job in jobs
    ]
    return min(Counter(chosen).items(), key=lambda item: (-item[1], item[0]))[0]
