"""Recordings of any length, rate and number of channels, read part by part."""

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np

from sentemo.core.errors import SentemoError
from sentemo.data.audio import read_audio, read_header

Span = tuple[float, float]  # start and end in seconds

LONGEST_WHOLE = 300.0  # seconds: one answer for a longer recording is meaningless
SECONDS_AT_ONCE = 60  # read at a time in the search for pauses
FRAME = 0.01  # seconds per measured level
BELOW_LOUD = 30.0  # dB below the louder frames, where speech ends
LOUD_SHARE = 95  # percentile of the frames' levels that counts as loud
FAINTEST = -60.0  # dB relative to full scale, below which nothing is speech
SHORTEST_PAUSE, SHORTEST_SPEECH, LONGEST_SPEECH = 0.3, 0.2, 30.0  # seconds
MARGIN = 0.1  # seconds before and after speech, so that no sound is cut


class Recording:
    """An audio file that libsndfile reads, as one channel at one rate.

    Parameters
    ----------
    rate
        Sample rate of the returned audio in Hz; other rates are resampled.
    channel
        Number of the channel that is read, from 1; None averages all.

    Raises
    ------
    SentemoError
        When the file is missing, truncated, empty, or no audio.
    """

    def __init__(self, path: Path, rate: int, channel: int | None = None) -> None:
        self.path, self.rate, self.channel = path, rate, channel
        header = read_header(path)
        self.duration, self.channel_count = header.duration, header.channels
        self.note = header.note  # what is wrong in the header and does not matter, or ""

    def channels(self) -> list["Recording"]:
        """Return each channel as a recording of its own."""
        return [Recording(self.path, self.rate, n) for n in range(1, self.channel_count + 1)]

    def read(self, span: Span) -> np.ndarray:
        """Return the samples of a part, ``(samples,)`` float32, full scale ±1; see `read_audio`."""
        channel = None if self.channel is None else self.channel - 1
        return read_audio(self.path, self.rate, True, *span, channel)

    def whole(self) -> Span:
        """Return the span of the whole recording."""
        return 0.0, self.duration

    def windows(self, window: float, hop: float) -> list[Span]:
        """Return windows of equal length; the last one ends where the recording ends.

        Parameters
        ----------
        window, hop
            Length, and time from one start to the next, in seconds.

        Raises
        ------
        SentemoError
            When windows would not cover the recording.
        """
        if not 0 < hop <= window:
            raise SentemoError(f"windows of {window:g} s every {hop:g} s do not cover a recording")
        if self.duration <= window:
            return [self.whole()]
        starts = np.arange(0, self.duration - window, hop).tolist()
        return [(start, start + window) for start in [*starts, self.duration - window]]

    def speech(self) -> list[Span]:
        """Return the parts between pauses: those not `BELOW_LOUD` under the loud frames."""
        levels = np.concatenate(
            [_levels(self.read(span), self.rate) for span in self.chunks(SECONDS_AT_ONCE)]
        )
        threshold = max(np.percentile(levels, LOUD_SHARE) - BELOW_LOUD, FAINTEST)
        spans = _runs(levels > threshold)
        joined: list[list[float]] = []
        for start, end in spans:
            if joined and start - joined[-1][1] < SHORTEST_PAUSE:
                joined[-1][1] = end
            else:
                joined.append([start, end])
        found = [(a - MARGIN, b + MARGIN) for a, b in joined if b - a >= SHORTEST_SPEECH]
        inside = [(max(0.0, start), min(self.duration, end)) for start, end in found]
        return [part for span in inside for part in _divide(span)]

    def chunks(self, seconds: float) -> list[Span]:
        """Return spans of equal length that follow each other; the last one is the rest."""
        edges = [*np.arange(0, self.duration, seconds).tolist(), self.duration]
        # A rest shorter than a frame at the end belongs to the chunk before it.
        if len(edges) > 2 and edges[-1] - edges[-2] < FRAME:
            del edges[-2]
        return list(pairwise(edges))


class RecordingInMemory(Recording):
    """Samples ``(samples,)`` that are at their rate already, full scale ±1."""

    def __init__(self, samples: np.ndarray, rate: int) -> None:
        self._samples, self.rate = samples, rate
        self.duration, self.channel, self.channel_count = len(samples) / rate, None, 1
        self.note = ""

    def read(self, span: Span) -> np.ndarray:
        """Return the samples of a part, as `Recording.read` does."""
        first, last = (round(seconds * self.rate) for seconds in span)
        return self._samples[first:last]


def _levels(samples: np.ndarray, rate: int) -> np.ndarray:
    """Return the RMS level of each frame of `FRAME` seconds, in dB relative to full scale."""
    size = round(rate * FRAME)
    frames = np.pad(samples, (0, -len(samples) % size)).reshape(-1, size).astype(np.float64)
    return 10 * np.log10(np.square(frames).mean(axis=1) + 1e-12)


def _runs(active: np.ndarray) -> Iterator[Span]:
    """Return the spans of active frames without a break, in seconds."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], active.astype(np.int8), [0]])))
    return ((a * FRAME, b * FRAME) for a, b in zip(edges[::2], edges[1::2], strict=True))


def _divide(span: Span) -> list[Span]:
    """Divide speech without a pause evenly into parts that are not too long."""
    start, end = span
    parts = max(1, int(np.ceil((end - start) / LONGEST_SPEECH)))
    edges = np.linspace(start, end, parts + 1).tolist()
    return list(pairwise(edges))
