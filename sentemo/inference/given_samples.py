"""Samples as callers of the API have them: arrays, tensors, lists of numbers."""

from collections.abc import Mapping
from numbers import Real
from pathlib import Path
from typing import Any

import numpy as np

from sentemo.core.errors import SentemoError
from sentemo.data.resampling import require_rate, resample
from sentemo.data.sound import mean_of_channels, require_byte_order, require_full_scale

Audio = Any  # a file's path, or samples as an array, a tensor or a list of numbers
WANTED = "Give the path of a file; samples, (samples,) or (samples, channels); or a list of these."


def is_one_recording(audio: Audio) -> bool:
    """Tell whether this is a file or samples; else it is several of these.

    Raises
    ------
    SentemoError
        When it is nothing of the kind.
    """
    if isinstance(audio, str | Path) or hasattr(audio, "__array__"):
        return True
    if isinstance(audio, bytes | bytearray | Mapping) or not hasattr(audio, "__iter__"):
        raise SentemoError(f"audio that is of type {type(audio).__name__}. {WANTED}")
    return isinstance(audio, list | tuple) and bool(audio) and isinstance(audio[0], Real)


def as_mono(audio: Audio, given: float | None, rate: int) -> np.ndarray:
    """Return the caller's samples as one channel at `rate` Hz, ``(samples,)`` float32.

    Parameters
    ----------
    audio
        ``(samples,)`` or ``(samples, channels)``: floats of full scale ±1, or integers of 8, 16 or
        32 bits, where those without a sign have their midpoint at half of their range.
    given
        Sample rate of `audio` in Hz.

    Raises
    ------
    SentemoError
        When `audio` has another shape or type, is no audio (see `sentemo.data.sound`), or has no
        rate; with the shape and the rate.
    """
    array = _as_array(audio)
    given = _as_rate(given)
    try:
        samples = _as_floats(array)
        require_full_scale(samples)
        require_byte_order(samples)
        mono = samples if samples.ndim == 1 else mean_of_channels(samples)
        return mono if given == rate or len(mono) == 0 else resample(mono, given, rate)
    except SentemoError as error:
        raise SentemoError(
            f"samples of shape {array.shape}, {array.dtype}, {given} Hz: {error}"
        ) from None


def _as_array(audio: Audio) -> np.ndarray:
    if hasattr(audio, "detach"):  # a tensor, which may be on another device and of another type
        tensor = audio.detach().cpu()
        return np.asarray((tensor.float() if tensor.is_floating_point() else tensor).numpy())
    try:
        return np.asarray(audio)
    except (TypeError, ValueError) as error:
        raise SentemoError(f"audio that is no array ({error}). {WANTED}") from None


def _as_rate(given: float | None) -> int:
    if given is None:
        raise SentemoError("samples without a rate: give it in Hz, model(samples, 16000).")
    # What compares unequal to its own integer is a fraction, infinite or NaN.
    if not isinstance(given, Real | np.number) or isinstance(given, bool) or not given % 1 == 0:
        raise SentemoError(f"a rate of {given!r}: give the samples per second as an integer.")
    if given <= 0:
        raise SentemoError(f"a rate of {given!r}: it must be more than 0.")
    require_rate(int(given), "samples")
    return int(given)


def _as_floats(array: np.ndarray) -> np.ndarray:
    if array.ndim not in (1, 2) or (array.ndim == 2 and array.shape[1] > array.shape[0]):
        raise SentemoError("give (samples,) or (samples, channels); samples.T swaps the two")
    if array.dtype.kind == "f":
        with np.errstate(over="ignore"):  # to infinity, which is refused
            return array.astype(np.float32)
    if array.dtype.kind not in "iu" or array.dtype.itemsize > 4:
        raise SentemoError(
            "give floats of full scale ±1, or integers of 8, 16 or 32 bits; 16-bit samples in "
            "other types become audio by samples.astype('int16')"
        )
    limits = np.iinfo(array.dtype)
    half = (int(limits.max) + 1) / 2 if array.dtype.kind == "u" else int(limits.max) + 1
    centred = array - half if array.dtype.kind == "u" else array
    return (centred / half).astype(np.float32)
