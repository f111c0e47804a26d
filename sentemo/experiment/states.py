"""Kept states of an experiment: where they are, which layers, and whether folds read them."""

from collections.abc import Sequence
from pathlib import Path

from sentemo.core.config import read_config
from sentemo.core.errors import SentemoError
from sentemo.core.logs import TRAIN_LOG, log_to
from sentemo.data.features import read_feature_dir
from sentemo.folds.job import FoldJob
from sentemo.folds.run import is_probe, start_layer
from sentemo.models.layer_settings import ALL, BEST, LAST, WEIGHTED
from sentemo.states.copies import SpecAugCopy, specaug_copies
from sentemo.states.index import WINDOWS
from sentemo.states.shards import StatesRequest
from sentemo.upstreams import model_name


def states_directory(
    dump: Path, upstream: str, window: str, copy: SpecAugCopy | None = None
) -> Path:
    """Return dump/states/whisper-base/all for the features dump/raw/all.

    A copy with SpecAugment is in dump/states/whisper-base/specaug_<digest>/<number>/all.
    """
    name = model_name(upstream) + (f"_{window}" if window else "")
    folder = dump.parent.parent / "states" / name
    if copy is not None:
        folder = folder / f"specaug_{copy.digest}" / str(copy.number)
    return folder / dump.name


def states_request(dump: Path, upstream: str, window: str) -> StatesRequest:
    """Return the request for the states of an upstream on these features."""
    directory = states_directory(dump, upstream, window)
    return StatesRequest(upstream, window, read_feature_dir(dump), directory)


def layers_to_keep(config: Path) -> list[str]:
    """Return the layers that a configuration's decoder reads, as `keep_states` names them.

    A probe reads pooled states, which are always kept.
    """
    if is_probe(config):
        return []
    if (start := start_layer(config)) is not None:
        return [f"{WINDOWS}{start}"]
    setting = _model_conf(config).get("encoder_layer", LAST)
    if setting == WEIGHTED:
        return [ALL]
    return [str(layer) for layer in (setting if isinstance(setting, list) else [setting])]


def trained_layers(directory: Path, config: Path) -> list[str]:
    """Return the layers that trained folds read; the best ones were chosen in training."""
    layers = layers_to_keep(config)
    if layers != [BEST]:
        return layers
    return list(map(str, read_config(directory / "config.yaml")["model_conf"]["best_layers"]))


def choose_best_layers(jobs: Sequence[FoldJob]) -> list[int]:
    """Return the layer that each fold's probe chooses on its validation side, and print them."""
    with log_to(jobs[0].exp.parent / TRAIN_LOG):
        from sentemo.folds.probe_choice import best_layers

        layers = list(map(int, best_layers(jobs)))
    shown = ", ".join(
        f"{job.fold.number}: {layer}" for job, layer in zip(jobs, layers, strict=True)
    )
    print(f"{jobs[0].exp.parent}: best layer by fold: {shown}", flush=True)
    return layers


def require_states_where_read(config: Path, why_not: str | None) -> None:
    """Refuse a configuration that needs kept states where folds do not read these.

    Parameters
    ----------
    why_not
        Why the folds do not read kept states; None where they do.
    """
    model = _model_conf(config)
    needs = [
        name
        for name, needed in (
            ("freeze_encoder: true (a probe)", is_probe(config)),
            ("standardise_states: true", model.get("standardise_states")),
            ("encoder_layer: best", model.get("encoder_layer") == BEST),
        )
        if needed
    ]
    needs = [f"model_conf.{name}" for name in needs]
    if specaug_copies(read_config(config)):
        needs.append("specaug_copies")
    if needs and why_not:
        raise SentemoError(
            f"{config}: {needs[0]} needs states that are kept, of a frozen --upstream, "
            f"and folds that are trained in one pass; here {why_not}."
        )


def _model_conf(config: Path) -> dict[str, object]:
    return read_config(config).get("model_conf") or {}
