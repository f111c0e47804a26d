"""Encoding of one shard of kept states, by a worker."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sentemo.core.errors import SentemoError
from sentemo.core.files import atomic_file
from sentemo.core.logs import log_to
from sentemo.core.processes import one_thread
from sentemo.data.features import FEATS_JSON, FeatureDir, raw_rate
from sentemo.states.copies import SpecAugCopy
from sentemo.states.index import POOLED, WINDOWS, load_array, load_shard, read_index, shard_file
from sentemo.states.pooling import halved, pool
from sentemo.upstreams import Upstream

if TYPE_CHECKING:
    from sentemo.states.encoder import FrozenEncoder


@dataclass(frozen=True)
class StatesRequest:
    """States that somebody needs.

    Attributes
    ----------
    upstream, window
        The pre-trained model, and the window that it hears; see `Upstream`.
    features
        Feature directory of the type that the upstream hears.
    directory
        Directory of the states.
    copy
        SpecAugment on the input of the encoder; None for states of the utterances as they are.
    """

    upstream: str
    window: str
    features: FeatureDir
    directory: Path
    copy: SpecAugCopy | None = None

    def model(self) -> Upstream:
        """Return the upstream."""
        return Upstream(self.upstream, window=self.window)

    def digests(self) -> dict[str, str]:
        """Return the digests of the model and of the features that the states are made of."""
        described = (self.features.path / FEATS_JSON).read_bytes()
        digests = {
            "model": self.model().fingerprint,
            "features": hashlib.sha256(described).hexdigest()[:16],
        }
        return digests if self.copy is None else {**digests, "specaug": self.copy.policy}

    def encoder(self, ngpu: int = 0) -> "FrozenEncoder":
        """Return the encoder, on the GPU if `ngpu` is 1; a process builds it once."""
        return _encoder(self.upstream, self.window, ngpu, self.directory, self.copy)


@dataclass(frozen=True)
class Shard:
    """One shard to encode, as it is sent to a worker.

    Attributes
    ----------
    request
        The request, with the features of the shard's utterances and no other.
    names
        Layers to keep, and `POOLED`.
    """

    request: StatesRequest
    number: int
    names: tuple[str, ...]
    ngpu: int

    @property
    def name(self) -> str:
        """Display name."""
        return f"shard {self.number}"


def keep_shard(shard: Shard) -> tuple[dict[str, int], dict[str, str]]:
    """Write the files of a shard, unless they are there and sound.

    Returns
    -------
    lengths, wrong
        Number of states of each utterance; and the reason for those that cannot be encoded.
    """
    directory = shard.request.directory
    utterances = sorted(shard.request.features.scp)
    lengths = directory / f"lengths.{shard.number:05d}.npy"
    counts = _read_counts(lengths, len(utterances))
    missing = _missing(shard, counts)
    if missing:
        with one_thread():
            found, wrong = _encode_shard(replace(shard, names=missing), utterances)
        if wrong:
            return {}, wrong
        for name in missing:
            values = np.stack(found[name]) if name == POOLED else np.concatenate(found[name])
            _save(shard_file(directory, name, shard.number), values)
        if counts != found["lengths"]:
            counts = found["lengths"]
            _save(lengths, np.array(counts))
    return dict(zip(utterances, counts, strict=True)), {}


def _read_counts(path: Path, utterances: int) -> list[int]:
    """Return the number of states of each utterance; none where the file is missing or damaged."""
    try:
        found = load_array(path)
    except SentemoError:
        return []
    is_sound = found.dtype.kind == "i" and found.shape == (utterances,) and found.min() > 0
    return found.tolist() if is_sound else []


def _missing(shard: Shard, counts: Sequence[int]) -> tuple[str, ...]:
    """Return the names of the files that are not there, or not sound."""
    if not counts:
        return shard.names
    directory, index = shard.request.directory, read_index(shard.request.directory)
    missing = []
    for name in shard.names:
        try:
            load_shard(directory, index, name, shard.number, counts)
        except SentemoError:
            missing.append(name)
    return tuple(missing)


def _save(path: Path, values: np.ndarray) -> None:
    with atomic_file(path, "wb") as stream:
        np.save(stream, values)


def _encode_shard(
    shard: Shard, utterances: Sequence[str]
) -> tuple[dict[str, list[Any]], dict[str, str]]:
    """Return what is kept of each utterance, by name, and why some cannot be encoded."""
    request = shard.request
    encoder = request.encoder(shard.ngpu)
    found: dict[str, list[Any]] = {name: [] for name in (*shard.names, "lengths")}
    wrong: dict[str, str] = {}
    for utt in utterances:
        try:
            values = read_input(request.features, utt)
            count, kept = _encode_utterance(encoder, utt, values, shard.names)
        except SentemoError as error:
            wrong[utt] = str(error).removeprefix("item 1: ")
            continue
        found["lengths"].append(count)
        for name, values in kept.items():
            found[name].append(values)
    return found, wrong


def _encode_utterance(
    encoder: "FrozenEncoder", utt: str, values: np.ndarray, names: Sequence[str]
) -> tuple[int, dict[str, np.ndarray]]:
    """Return the number of an utterance's states, and what is kept of it by name."""
    kept: dict[str, np.ndarray] = {}
    for name in names:
        if name.startswith(WINDOWS):
            states, count = encoder.states_for_layers_above(values, int(name.removeprefix(WINDOWS)))
            kept[name] = halved(states)
    if kept.keys() != set(names):
        [of_layers] = encoder.states_of_features([values], [utt])
        half, count = halved(of_layers), of_layers.shape[1]
        for name in set(names) - kept.keys():
            pooled = name == POOLED
            kept[name] = halved(pool(of_layers)) if pooled else half[encoder.layers.index(name)]
    return count, kept


def read_input(features: FeatureDir, utt: str) -> np.ndarray:
    import kaldiio

    stored = kaldiio.load_mat(features.scp[utt])
    if raw_rate(features.feature_type) is None:
        return stored
    _, samples = stored
    scale = np.iinfo(samples.dtype).max + 1 if samples.dtype.kind == "i" else 1
    return samples.astype(np.float32) / np.float32(scale)


@lru_cache(maxsize=1)  # of a worker, which encodes many shards
def _encoder(
    upstream: str, window: str, ngpu: int, directory: Path, copy: SpecAugCopy | None
) -> "FrozenEncoder":
    with log_to(directory / "encoder.log"):
        from sentemo.modules.linear import by_onednn
        from sentemo.states.encoder import FrozenEncoder

        encoder = FrozenEncoder(Upstream(upstream, window=window), "cuda" if ngpu else "cpu", copy)
        by_onednn(encoder)  # most of the time of Whisper's
        return encoder
