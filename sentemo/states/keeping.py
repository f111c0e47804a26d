"""Keeping the states of a frozen upstream: encoded once, in parts, for all folds and experiments.

Shards hold fixed utterances, so the result does not depend on the processes; a shard that is
written stays written when the command is interrupted.
"""

import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from humanfriendly import format_size

from sentemo.core.errors import Problems, SentemoError
from sentemo.core.files import fingerprint, write_json
from sentemo.core.locks import hold
from sentemo.data.features import FRAMES_PER_SECOND, FeatureDir
from sentemo.data.tables import write_table
from sentemo.launch.records import LOG_DIR
from sentemo.launch.resources import Resources
from sentemo.models.layer_settings import ALL, BEST, LAST
from sentemo.states.index import (
    AGAIN,
    INDEX,
    LENGTHS,
    POOLED,
    WINDOWS,
    layer_name,
    lengths_by_shard,
    load_shard,
    read_index,
    read_lengths,
)
from sentemo.states.shards import Shard, StatesRequest, keep_shard
from sentemo.upstreams import model_name

SHARDS = 32  # about so many, so that several processes or jobs have equal shares
SHORTEST_SHARD, LONGEST_SHARD = 60.0, 1800.0  # seconds of speech
# Seconds of speech that this process, which has loaded the encoder, encodes alone: others would
# take about as long to load torch.
LITTLE = 180
MOST_SILENCE = (1.0, 30.0)  # seconds behind an utterance: in a short window, in one of 30 s
BYTES = np.dtype(np.float16).itemsize
AT_ONCE = 2e9  # bytes up to which all layers are kept before the best of them are known


def keep_states(
    request: StatesRequest, layers: Sequence[str], resources: Resources | None = None
) -> None:
    """Keep the pooled states of all layers, and all states of some, unless they are kept already.

    Parameters
    ----------
    layers
        Names of the layers whose states are kept whole: a number, ``last``; ``all`` means all
        numbers; so does ``best``, where they are small, so that the encoder need not run again for
        the layers that are chosen. Where they are large it means none. A layer above which others
        are trained has the prefix `WINDOWS`; where there are only such layers, none is pooled.
    resources
        Where they are computed; None means this process.

    Raises
    ------
    SentemoError
        When the upstream hears other features or has no such layer, the disk has too little room,
        or utterances are too short or have states that are not finite.
    """
    request.model().require_features(request.features.feature_type)
    # Experiments may begin at once, as seeds do: the first encodes, and the others wait.
    lock = request.directory.with_name(f".{request.directory.name}.lock")
    with hold(lock, "keeping states", wait=True):
        digests = request.digests()
        index = read_index(request.directory)
        is_of_these = {key: index.get(key) for key in digests} == digests
        if not is_of_these or index["shards"] != _sizes(request):
            index = _begin(request, digests)
        named = _named(request, index, layers)
        if any(name.startswith(WINDOWS) for name in named) and "silence" not in index:
            index["silence"] = request.encoder().silence
            write_json(request.directory / INDEX, index)
        only_windows = bool(named) and all(name.startswith(WINDOWS) for name in named)
        wanted = named if only_windows else [POOLED, *named]
        missing = [name for name in wanted if not _is_kept(request.directory, index, name)]
        if not missing:
            print(f"{request.directory}: states are up to date", flush=True)
            return
        _keep(request, index, missing, resources)


def _is_kept(directory: Path, index: dict[str, Any], name: str) -> bool:
    """Tell whether states are there and sound, and print what is wrong with those that are not."""
    if name not in index["kept"]:
        return False
    damage = []
    try:
        lengths = list(read_lengths(directory, index).values())
    except SentemoError as error:
        damage.append(error)
    else:
        for shard, counts in enumerate(lengths_by_shard(index, lengths), start=1):
            try:
                load_shard(directory, index, name, shard, counts)
            except SentemoError as error:
                damage.append(error)
    for found in damage:
        print(f"{str(found).removesuffix(AGAIN)}It is made again.", flush=True)
    return not damage


def _begin(request: StatesRequest, digests: dict[str, str]) -> dict[str, Any]:
    """Describe states that are to be kept, in place of those of other models or features."""
    directory = request.directory
    if directory.exists():
        if not (directory / INDEX).is_file() and any(directory.iterdir()):
            raise SentemoError(
                f"{directory}: holds other things than states (no {INDEX}). Choose another folder, "
                "or delete this one."
            )
        shutil.rmtree(directory)
    directory.mkdir(parents=True)
    encoder = request.encoder()
    from sentemo.training.too_short import refuse_without_states  # torch takes seconds

    refuse_without_states(encoder, request.features)
    index = {
        "upstream": model_name(request.upstream),
        "window": request.window,
        **digests,
        "layers": list(encoder.layers),
        "size": encoder.output_size,
        "frame_shift": encoder.frame_shift,
        "shards": _sizes(request),
        "kept": [],
    }
    write_json(directory / INDEX, index)
    return index


def _named(request: StatesRequest, index: dict[str, Any], layers: Sequence[str]) -> list[str]:
    """Return the wanted layers by the names that the index has for them."""
    names: list[str] = []
    numbers = [name for name in index["layers"] if name != LAST]
    for layer in layers:
        if layer == BEST:
            free = shutil.disk_usage(request.directory).free
            size = len(numbers) * _layer_bytes(request, index)
            names += numbers if size <= min(AT_ONCE, free / 2) else []
        elif layer == ALL:
            names += numbers
        else:
            prefix = WINDOWS if layer.startswith(WINDOWS) else ""
            option = "tuning_conf.start_layer" if prefix else "model_conf.encoder_layer"
            where = f"{option}: {index['upstream']}"
            found = layer_name(layer.removeprefix(WINDOWS), index["layers"], where)
            names.append(prefix + found)
    return list(dict.fromkeys(names))


def _sizes(request: StatesRequest) -> list[int]:
    """Return the number of utterances of each shard."""
    return [len(shard) for shard in _shards(request.features)]


def _shards(features: FeatureDir) -> list[list[str]]:
    """Divide the utterances, in the order of their ids, into shards of about as much speech."""
    names = sorted(features.num_frames)
    total = sum(features.num_frames.values()) / FRAMES_PER_SECOND
    seconds = min(max(total / SHARDS, SHORTEST_SHARD), LONGEST_SHARD)
    shards: list[list[str]] = [[]]
    filled = 0.0
    for utt in names:
        if filled >= seconds:
            shards.append([])
            filled = 0.0
        shards[-1].append(utt)
        filled += features.num_frames[utt] / FRAMES_PER_SECOND
    return shards


def _keep(
    request: StatesRequest, index: dict[str, Any], names: Sequence[str], resources: Resources | None
) -> None:
    from tqdm import tqdm

    directory, features = request.directory, request.features
    _require_room(request, index, names)
    shards = _shards(features)
    alone = (resources or Resources()).with_one_gpu()
    parts = [
        Shard(replace(request, features=features.only(shard)), number, tuple(names), alone.ngpu)
        for number, shard in enumerate(shards, start=1)
    ]
    seconds = {p.number: sum(p.request.features.num_frames.values()) // 100 for p in parts}
    total = sum(seconds.values())
    in_turn = resources is None or total <= LITTLE
    workers = alone.training_workers(directory / LOG_DIR, "states", in_turn)
    lengths: dict[str, int] = {}
    problems = Problems(str(directory))
    with tqdm(total=total, desc="states", unit="s of speech") as bar:
        for part, (counts, wrong) in workers.run(keep_shard, parts):
            lengths |= counts
            for utt, reason in wrong.items():
                problems.add("not encoded", utt, reason)
            bar.update(seconds[part.number])
    problems.raise_if_any("Repair or remove these utterances, and run stages data and feats again.")
    write_table(directory / LENGTHS, {utt: str(n) for utt, n in sorted(lengths.items())})
    kept = list(dict.fromkeys([*index["kept"], *names]))
    digest = fingerprint(directory / LENGTHS)
    write_json(directory / INDEX, {**index, "kept": kept, "lengths": digest})


def _require_room(request: StatesRequest, index: dict[str, Any], names: Sequence[str]) -> None:
    """Say how much disk the states take, and refuse where there is less."""
    utterances = len(request.features.num_frames)
    whole = sum(
        _layer_bytes(request, index, name.startswith(WINDOWS)) for name in names if name != POOLED
    )
    pooled = (POOLED in names) * utterances * len(index["layers"]) * 2 * index["size"] * BYTES
    free = shutil.disk_usage(request.directory).free
    kept = [f"layer {name}" if name != POOLED else "all layers pooled" for name in names]
    need = format_size(whole + pooled)
    print(
        f"{request.directory}: keeping {', '.join(kept)} of {index['upstream']}: {need}, "
        f"{format_size(free)} free",
        flush=True,
    )
    if whole + pooled > free:
        raise SentemoError(
            f"{request.directory}: the states need {need}, and {format_size(free)} are free. Make "
            "room, or give a --work_dir on a larger disk."
        )


def _layer_bytes(request: StatesRequest, index: dict[str, Any], windows: bool = False) -> float:
    """Return the size of the states of one layer, at most; in windows they have silence behind."""
    counts = request.features.num_frames.values()
    seconds = sum(counts) / FRAMES_PER_SECOND
    if windows:
        seconds += len(counts) * MOST_SILENCE[request.window == "30s"]
    return seconds / index["frame_shift"] * index["size"] * BYTES
