"""The answers of a model for one recording, drawn under its waveform."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sentemo.core.printable import printable
from sentemo.inference.answers import SpeechEmotionResult
from sentemo.inference.recordings import Recording
from sentemo.visualization.attention_picture import draw_words
from sentemo.visualization.emotion_colours import emotion_colours
from sentemo.visualization.plain_text import plain_text

POINTS = 2000  # points of the waveform, whatever its length


def plot_predictions(
    path: Path, recording: Recording, results: Sequence[SpeechEmotionResult]
) -> None:
    """Save the figure of `draw_predictions`, in any format of matplotlib."""
    draw_predictions(recording, results).savefig(path, dpi=120)


@plain_text()
def draw_predictions(recording: Recording, results: Sequence[SpeechEmotionResult]) -> Figure:
    """Draw a recording's waveform, attention, probabilities and dimensions over time.

    Parameters
    ----------
    results
        Results of the parts of the recording, in order.
    """
    shown = [_draw_attention] * any(result.attention is not None for result in results)
    shown += [_draw_probabilities] * bool(results[0].probabilities)
    shown += [_draw_dimensions] * bool(results[0].dimensions)
    figure = Figure((10, 2 + 1.8 * len(shown)), layout="constrained")
    first, *others = axes = figure.subplots(1 + len(shown), sharex=True, squeeze=False)[:, 0]
    if len(results) == 1:  # words of several parts would cover each other
        draw_words(first, results[0].attended_words(), results[0].start)
    _draw_waveform(first, recording)
    for draw, axis in zip(shown, others, strict=True):
        draw(axis, results)
    axes[-1].set_xlabel("time in s")
    return figure


def _draw_waveform(axis: Axes, recording: Recording) -> None:
    """Draw the range between the smallest and the largest sample of each of `POINTS` parts."""
    edges = np.linspace(0, recording.duration, POINTS + 1)
    low, high = np.zeros(POINTS), np.zeros(POINTS)
    for chunk in np.array_split(np.arange(POINTS), max(1, int(recording.duration / 60))):
        samples = recording.read((edges[chunk[0]], edges[chunk[-1] + 1]))
        for point, part in zip(chunk, np.array_split(samples, len(chunk)), strict=True):
            low[point], high[point] = part.min(initial=0), part.max(initial=0)
    axis.fill_between(edges[:-1], low, high, linewidth=0.3)
    peak = max(high.max(), -low.min(), 1e-6)
    axis.set(ylabel="waveform", ylim=(-1.05 * peak, 1.6 * peak))  # words stand above
    axis.set_title(printable(recording.path.name), loc="left")


def _draw_attention(axis: Axes, results: Sequence[SpeechEmotionResult]) -> None:
    """Draw the mean attention over the heads, as a multiple of even attention."""
    for result in results:
        if result.attention is None:
            continue
        weight = result.attention.mean(axis=1) * len(result.attention)
        times = result.start + result.frame_shift * (np.arange(len(weight)) + 0.5)
        axis.plot(times, weight, color="C1", linewidth=1)
    axis.set_ylabel("attention\n(even = 1)")


def _draw_probabilities(axis: Axes, results: Sequence[SpeechEmotionResult]) -> None:
    middles, widths = _places(results)
    below = np.zeros(len(results))
    labels = list(results[0].probabilities)
    for label, (colour, _) in zip(labels, emotion_colours(labels), strict=True):
        shares = np.array([result.probabilities[label] for result in results])
        axis.bar(middles, shares, widths, below, color=colour, label=label, edgecolor="w")
        below += shares
    axis.set_ylabel("probability")
    axis.legend(loc="center left", bbox_to_anchor=(1, 0.5), frameon=False)


def _draw_dimensions(axis: Axes, results: Sequence[SpeechEmotionResult]) -> None:
    middles, _ = _places(results)
    for name in results[0].dimensions:
        axis.plot(middles, [result.dimensions[name] for result in results], "o-", label=name)
    axis.set_ylabel("rating")
    axis.legend(loc="center left", bbox_to_anchor=(1, 0.5), frameon=False)


def _places(results: Sequence[SpeechEmotionResult]) -> tuple[np.ndarray, np.ndarray]:
    """Return middles and widths of the parts; a part ends where the next one begins."""
    starts = np.array([result.start for result in results])
    ends = np.array([result.end for result in results])
    ends[:-1] = np.minimum(ends[:-1], starts[1:])
    return (starts + ends) / 2, ends - starts
