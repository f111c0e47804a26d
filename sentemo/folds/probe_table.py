"""Table and sentences of linear probes: the layer and penalty that validation chose, and how.

Results and reports read it, so it imports no torch.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sentemo.core.config import read_config
from sentemo.core.schema import checked
from sentemo.core.structured import read_json
from sentemo.models.layer_settings import ALL, BEST
from sentemo.models.probe_settings import ProbeConf
from sentemo.scoring.dimensions import MEAN
from sentemo.scoring.schemas.probe import ProbeTable

PROBE_TABLE = "probe.json"  # in the experiment: what was chosen, and each layer's scores
TOGETHER = "+"  # between the names of layers that one probe reads side by side: 1+2+3
POOLED, BY_FOLD = "pooled", "fold"  # values of probe_conf.choice
LOSS = "loss"  # the criterion that is no metric
SHOWN_METRICS = {"wa": "WA", "ua": "UA", "macro_f1": "macro-F1"}


def read_probe_table(exp: Path) -> dict[str, Any] | None:
    """Return what the probes of an experiment wrote; None where there are no probes.

    Returns
    -------
    dict
        ``choice``, `POOLED` or `BY_FOLD`: the one that was tested; ``criterion``, see
        `criterion_of`, where it is not the loss; ``folds``, each fold's own
        layer and penalty; ``pooled``, those of all folds; ``layers``, each layer's penalty and
        scores; ``by_fold``, the scores of the folds' own choices.
    """
    path = exp / PROBE_TABLE
    return dict(read_json(path, ProbeTable)) if path.is_file() else None


def is_chosen_by_fold(config: Path) -> bool:
    """Tell whether the configuration of a probe lets each fold have its own layer and penalty.

    Raises
    ------
    SentemoError
        When ``choice`` is neither `POOLED`, which is the default, nor `BY_FOLD`.
    """
    where = f"{config}: probe_conf"
    conf = checked(read_config(config)["probe_conf"], ProbeConf, where, "Correct these values.")
    return conf.get("choice", POOLED) == BY_FOLD


def how_chosen(config: Path) -> str:
    """Say in words how the configuration of a probe chooses layer and penalty.

    Raises
    ------
    SentemoError
        See `is_chosen_by_fold`.
    """
    layer = (read_config(config).get("model_conf") or {}).get("encoder_layer", BEST)
    what = "layer and penalty" if layer == BEST else "penalty"
    by = SHOWN_METRICS.get(criterion_of(config), "the loss")
    if is_chosen_by_fold(config):
        return f"none; each fold's {what} by {by} on its own validation side"
    return f"none; one {what} by {by} on the validation sides of all folds"


def criterion_of(config: Path) -> str:
    """Return the criterion that chooses among probes of classes: a metric of theirs, or the loss.

    It is the first of ``best_model_criterion``, as for a network's epochs.
    """
    match read_config(config).get("best_model_criterion"):
        case [[_, str(metric), *_], *_] if metric in SHOWN_METRICS:
            return metric
    return LOSS


def setting_in_words(setting: Mapping[str, Any]) -> str:
    """Return ``layer 3, penalty 320``."""
    return f"{layer_in_words(setting['layer'])}, penalty {setting['penalty']:g}"


def layer_in_words(layer: str) -> str:
    """Return ``layer 3``, ``layers 1+2+3 together``, or what all of them are called."""
    if layer == ALL:
        return "all layers together"
    return f"layers {layer} together" if TOGETHER in layer else f"layer {layer}"


def choice_in_words(table: Mapping[str, Any]) -> str:
    """Say which layer and penalty were tested, and the test score of the other way to choose."""
    pooled = setting_in_words(table["pooled"])
    if len(table["folds"]) == 1:
        return f"{pooled}, chosen by the validation side"
    if table["choice"] == BY_FOLD:
        other = _in_words(pooled_row(table)["scores"])
        return (
            "layer and penalty chosen by each fold's validation side; "
            f"one choice by those of all folds ({pooled}): {other}"
        )
    other = _in_words(table["by_fold"]["scores"])
    return f"{pooled}, chosen by the validation sides of all folds; each fold's own choice: {other}"


def pooled_row(table: Mapping[str, Any]) -> dict[str, Any]:
    """Return the row of the layer that all folds together chose; its penalty is theirs."""
    return next(row for row in table["layers"] if row["layer"] == table["pooled"]["layer"])


def _in_words(scores: Mapping[str, Any]) -> str:
    found = []
    if "test" in scores:
        found.append(f"UA {100 * scores['test']['ua']['pooled']:.1f} %")
    if "dimensions" in scores:
        found.append(f"mean CCC {scores['dimensions']['test'][MEAN]['pooled']:.3f}")
    return ", ".join(found)
