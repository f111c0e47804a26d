"""Picture of one utterance: waveform, attention of each head, and the words at their times."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from sentemo.core.files import atomic_file
from sentemo.data.audio import read_audio
from sentemo.data.features import SAMPLE_RATE
from sentemo.data.kaldi import Utterance
from sentemo.scoring.predictions import Prediction
from sentemo.visualization.plain_text import plain_text
from sentemo.visualization.word_attention import AttendedWord, relative

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SIZE, DPI = (10, 5), 120
WIDTH_PER_WORD, WIDEST = 0.55, 200  # inches; words must not cover each other
BIN_COLOURS = ("#fdf3e1", "#fbc77a", "#f08a24")  # low, middle, high
WAVE, MEAN = "#4c72b0", "#b3450b"


@plain_text()
def draw_attention(
    path: Path,
    utt: Utterance,
    prediction: Prediction,
    attention: np.ndarray,
    frame_shift: float,
    words: Sequence[AttendedWord],
) -> None:
    """Draw an utterance as a PNG file.

    Parameters
    ----------
    attention
        ``(frames, heads)``, each column of which sums to 1.
    frame_shift
        Seconds from one frame to the next.
    words
        Words with their times; none where they could not be aligned.
    """
    from matplotlib.figure import Figure  # seconds, and only here

    samples = read_audio(utt.audio, SAMPLE_RATE, True, utt.start, utt.end, utt.channel)
    seconds = len(samples) / SAMPLE_RATE
    size = min(max(SIZE[0], WIDTH_PER_WORD * len(words)), WIDEST), SIZE[1]
    figure = Figure(size, DPI, layout="constrained")
    wave, heads, mean = figure.subplots(3, sharex=True, height_ratios=(2, 1.4, 1.4))
    wave.set_title(
        f"{utt.id}: {utt.label}, recognised as {prediction.predicted} "
        f"({max(prediction.probabilities):.0%})",
        loc="left",
    )
    draw_words(wave, words)
    wave.plot(np.arange(len(samples)) / SAMPLE_RATE, samples, color=WAVE, linewidth=0.4)
    peak = max(float(np.abs(samples).max()), 1e-6)
    wave.set(ylabel="waveform", ylim=(-1.05 * peak, 1.6 * peak))  # words stand above
    weights = relative(attention)
    ends = (0, len(weights) * frame_shift)
    extent = (*ends, attention.shape[1] + 0.5, 0.5)
    heads.imshow(weights.T, "Oranges", aspect="auto", extent=extent, interpolation="nearest")
    heads.set_ylabel("head")
    times = (np.arange(len(weights)) + 0.5) * frame_shift
    mean.plot(times, weights.mean(axis=1), color=MEAN)
    mean.axhline(1, color="grey", linewidth=0.8, linestyle=":")
    mean.set(ylabel="attention\n(even = 1)", xlabel="time in s", xlim=(0, seconds))
    for place in (heads, mean):
        for attended in words:
            place.axvline(attended.word.start, color="grey", linewidth=0.5, alpha=0.6)
    with atomic_file(path, "wb") as stream:
        figure.savefig(stream, format="png")


def draw_words(place: "Axes", words: Sequence[AttendedWord], offset: float = 0.0) -> None:
    """Shade each word by its bin, and write it above, in bold in the highest bin.

    `offset` is the time in seconds at which the words' times begin.
    """
    for number, attended in enumerate(words):
        word = attended.word
        start, end = offset + word.start, offset + word.end
        place.axvspan(start, end, color=BIN_COLOURS[attended.bin], linewidth=0)
        place.annotate(
            word.text,
            ((start + end) / 2, 0.96 - 0.09 * (number % 2)),
            xycoords=("data", "axes fraction"),
            ha="center",
            va="top",
            fontsize=9,
            fontweight="bold" if attended.bin == 2 else "normal",
        )
