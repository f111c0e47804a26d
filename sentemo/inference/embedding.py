"""States and pooled vectors of a recording by a frozen encoder, however long the recording is."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sentemo.core.errors import SentemoError
from sentemo.core.extras import require_training
from sentemo.core.packed import PackedModel
from sentemo.data.sound import is_silent
from sentemo.inference.checkpoint_files import (
    MODEL_ROLE,
    CheckpointFiles,
    files_of_experiment,
    files_of_packed,
    is_experiment,
    is_packed,
)
from sentemo.inference.onnx_encoder import OnnxEncoder, is_shipped
from sentemo.inference.recordings import LONGEST_WHOLE, Recording
from sentemo.states.index import layer_name
from sentemo.states.pooling import halved, pool, pool_together
from sentemo.upstreams import Upstream
from sentemo.upstreams.source import Source

if TYPE_CHECKING:
    from sentemo.states.encoder import FrozenEncoder

ALL = "all"  # layers
MEAN_STD, MEAN, NONE = "mean_std", "mean", "none"
POOLINGS = (MEAN_STD, MEAN, NONE)
# Recordings longer than `LONGEST_WHOLE` are heard in parts, whose states follow each other. An
# encoder that does not cut them itself hears a context around each part. Both times are multiples
# of the usual frame shifts (10 to 120 ms), so that the states of all parts lie on one grid.
PART, CONTEXT = 30.0, 2.4  # seconds


def find_upstream(model: str, window: str = "") -> Upstream:
    """Find a pre-trained model, or an emotion model whose encoder is used as one.

    Parameters
    ----------
    model
        What `sentemo.upstreams.sources.find_source` takes; or an emotion model: an experiment
        directory, or a ``model.zip`` of stage pack, or the folder into which it was unpacked. Where
        the folds of an experiment have an encoder each, it is the first one's, as in predictions.
    window
        See `Upstream`.

    Raises
    ------
    SentemoError
        When it is neither, or cannot run here.
    """
    files = _emotion_files(Path(model), model)
    source = Source(files.config_file, weights_file=files.members[0][0]) if files else None
    return Upstream(model, option="", window=window, source=source)


def _emotion_files(path: Path, where: str) -> CheckpointFiles | None:
    if path.is_dir() and is_experiment(path):
        return files_of_experiment(path)
    packed = None
    if path.is_dir() and is_packed(path):
        packed = PackedModel(path, where)
    elif path.is_file() and path.suffix.lower() == ".zip":
        packed = PackedModel.of_archive(path, where)
    return files_of_packed(packed) if packed and MODEL_ROLE in packed.roles() else None


def open_encoder(upstream: Upstream, device: str = "cpu") -> "OnnxEncoder | FrozenEncoder":
    """Return the encoder of an upstream; torch runs it unless it is one that is shipped as ONNX.

    Raises
    ------
    SentemoError
        When it cannot be built, the device does not exist, or torch is not installed.
    """
    if device == "cpu" and is_shipped(upstream):
        return OnnxEncoder()
    require_training(f"{upstream.name} with these options")
    from sentemo.inference.torch_backend import move
    from sentemo.states.encoder import FrozenEncoder

    encoder = FrozenEncoder(upstream)
    move(encoder, device)
    return encoder


class Embedder:
    """Turns recordings into arrays.

    Parameters
    ----------
    upstream
        The pre-trained model.
    layer
        A number, ``last``, or ``all`` layers.
    pooling
        ``mean_std`` or ``mean`` over time, or ``none``: all states, of one layer.
    half
        Whether the arrays are in half precision.
    device
        Device in torch's words: ``cpu``, ``cuda``.

    Raises
    ------
    SentemoError
        When the encoder cannot be built, has no such layer, or the device does not exist.
    """

    def __init__(
        self,
        upstream: Upstream,
        layer: str = ALL,
        pooling: str = MEAN_STD,
        half: bool = False,
        device: str = "cpu",
    ) -> None:
        self.upstream, self.pooling, self._half = upstream, pooling, half
        self.encoder = open_encoder(upstream, device)
        known = self.encoder.layers
        self._is_single = layer != ALL
        wanted = [layer_name(layer, known, upstream.name)] if self._is_single else known
        self.layers = tuple(wanted)
        self._rows = [known.index(name) for name in wanted]

    @property
    def description(self) -> dict[str, Any]:
        """Description of the arrays, to be stored beside them."""
        return {
            "upstream": self.upstream.name,
            "digest": self.upstream.fingerprint,
            "window": self.encoder.window,
            "layers": list(self.layers),
            "pooling": self.pooling,
            "size": self.encoder.output_size,
            "frame_shift": self.encoder.frame_shift,
            "sampling_rate": self.encoder.sampling_rate,
        }

    def open(self, path: str | Path) -> Recording:
        """Open a file at the rate that the encoder hears."""
        return Recording(Path(path), self.encoder.sampling_rate)

    def __call__(self, recording: Recording) -> np.ndarray:
        """Return the array of a recording.

        Returns
        -------
        numpy.ndarray
            States ``(states, size)``. Or pooled, ``(layers, size)`` of means and twice as wide with
            deviations behind them; for a single layer without the first axis.

        Raises
        ------
        SentemoError
            When the recording is silent or too short, cannot be read, or has states that are not
            finite or too large for half precision.
        """
        parts = (states[self._rows] for states in self._parts(recording))
        if self.pooling == NONE:
            return np.concatenate([self._stored(states[0]) for states in parts])
        return self._stored(self._pooled(parts))

    def _stored(self, values: np.ndarray) -> np.ndarray:
        return halved(values) if self._half else values

    def _pooled(self, parts: Iterator[np.ndarray]) -> np.ndarray:
        together, seen = np.empty(0), 0
        for states in parts:
            pooled, count = pool(states), states.shape[1]
            if seen:  # one after another, so that an hour needs no more memory than a minute
                pooled = pool_together(np.stack([together, pooled]), (seen, count))
            together, seen = pooled, seen + count
        together = together.astype(np.float32)
        layers = together[:, 0] if self.pooling == MEAN else together.reshape(len(together), -1)
        return layers[0] if self._is_single else layers

    def _parts(self, recording: Recording) -> Iterator[np.ndarray]:
        """Yield the states of a recording, ``(layers, states, size)``: of all of it, or in parts.

        Raises
        ------
        SentemoError
            When nothing in it can be heard, before its last part.
        """
        if recording.duration < self.encoder.shortest:
            needed = f"the encoder needs {self.encoder.shortest:.3f} s"
            raise SentemoError(f"too short: {recording.duration:.3f} s, {needed}")
        shift = self.encoder.frame_shift
        context = 0.0 if self.encoder.cut_every else CONTEXT
        is_whole = recording.duration <= LONGEST_WHOLE
        spans = [recording.whole()] if is_whole else recording.chunks(PART)
        is_heard = False
        for number, (start, end) in enumerate(spans, start=1):
            first = max(0.0, start - context)
            samples = recording.read((first, min(end + context, recording.duration)))
            is_heard = is_heard or not is_silent(samples)
            is_last = number == len(spans)
            if is_last and not is_heard:
                raise SentemoError("silence: nothing in it to encode")
            states = self._encode(samples)
            before = round(start / shift) - round(first / shift)
            count = None if is_last else round(end / shift) - round(start / shift)
            yield states[:, before:][:, :count]

    def _encode(self, samples: np.ndarray) -> np.ndarray:
        try:
            return self.encoder.states([samples])[0]
        except SentemoError as error:
            raise SentemoError(str(error).removeprefix("item 1: ")) from error
