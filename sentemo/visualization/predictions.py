"""What a model says of one recording, under its waveform."""

from collections.abc import Sequence
from pathlib import Path

import matplotlib
import numpy as np

from sentemo.inference.recordings import Recording
from sentemo.inference.results import SpeechEmotionResult

matplotlib.use("Agg")
from matplotlib import pyplot

POINTS = 2000  # of the waveform, whatever its length


def plot_predictions(
    path: Path, recording: Recording, results: Sequence[SpeechEmotionResult]
) -> None:
    """Draw a recording's waveform, attention, probabilities and dimensions over time.

    Parameters
    ----------
    path
        The picture, of any format of matplotlib.
    results
        Of the parts of the recording, in order.
    """
    shown = [_draw_attention] * any(result.attention is not None for result in results)
    shown += [_draw_probabilities] * bool(results[0].probabilities)
    shown += [_draw_dimensions] * bool(results[0].dimensions)
    figure, axes = pyplot.subplots(
        1 + len(shown), sharex=True, figsize=(10, 2 + 1.8 * len(shown)), layout="constrained"
    )
    first, *others = np.atleast_1d(axes)
    _draw_waveform(first, recording)
    for draw, axis in zip(shown, others, strict=True):
        draw(axis, results)
    np.atleast_1d(axes)[-1].set_xlabel("time in s")
    figure.savefig(path, dpi=120)
    pyplot.close(figure)


def _draw_waveform(axis: pyplot.Axes, recording: Recording) -> None:
    """The largest and smallest sample of each of `POINTS` parts."""
    edges = np.linspace(0, recording.duration, POINTS + 1)
    low, high = np.zeros(POINTS), np.zeros(POINTS)
    for chunk in np.array_split(np.arange(POINTS), max(1, int(recording.duration / 60))):
        samples = recording.read((edges[chunk[0]], edges[chunk[-1] + 1]))
        for point, part in zip(chunk, np.array_split(samples, len(chunk)), strict=True):
            low[point], high[point] = part.min(initial=0), part.max(initial=0)
    axis.fill_between(edges[:-1], low, high, linewidth=0.3)
    axis.set_ylabel("waveform")
    axis.set_title(recording.path.name, loc="left")


def _draw_attention(axis: pyplot.Axes, results: Sequence[SpeechEmotionResult]) -> None:
    """The mean over the heads, as a multiple of what even attention would be."""
    for result in results:
        weight = result.attention.mean(axis=1) * len(result.attention)
        times = result.start + result.frame_shift * (np.arange(len(weight)) + 0.5)
        axis.plot(times, weight, color="C1", linewidth=1)
    axis.set_ylabel("attention\n(even = 1)")


def _draw_probabilities(axis: pyplot.Axes, results: Sequence[SpeechEmotionResult]) -> None:
    middles, widths = _places(results)
    below = np.zeros(len(results))
    for number, label in enumerate(results[0].probabilities):
        shares = np.array([result.probabilities[label] for result in results])
        axis.bar(middles, shares, widths, below, color=f"C{number}", label=label, edgecolor="w")
        below += shares
    axis.set_ylabel("probability")
    axis.legend(loc="center left", bbox_to_anchor=(1, 0.5), frameon=False)


def _draw_dimensions(axis: pyplot.Axes, results: Sequence[SpeechEmotionResult]) -> None:
    middles, _ = _places(results)
    for name in results[0].dimensions:
        axis.plot(middles, [result.dimensions[name] for result in results], "o-", label=name)
    axis.set_ylabel("rating")
    axis.legend(loc="center left", bbox_to_anchor=(1, 0.5), frameon=False)


def _places(results: Sequence[SpeechEmotionResult]) -> tuple[np.ndarray, np.ndarray]:
    """Middles and widths of the parts; of parts that overlap, as far as the next one begins."""
    starts = np.array([result.start for result in results])
    ends = np.array([result.end for result in results])
    ends[:-1] = np.minimum(ends[:-1], starts[1:])
    return (starts + ends) / 2, ends - starts
