"""Effect of Whisper's two windows on its states, layer by layer, and on its words and their times.

Every utterance is encoded with one second of silence behind it and in a window of 30 s. The words
are those of Whisper's own decoder upon each encoding, greedy. The times are those of the
transcript's words. Before words are scored, they and the transcripts are rid of case and
punctuation. Needs Transformers and a whole Whisper.

Usage:
  python benchmarks/whisper_window.py whisper-base/ LibriSpeech/test-clean --utterances 100
"""

import argparse
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import soundfile

from sentemo.recognition.whisper import SAMPLE_RATE, Whisper
from sentemo.scoring.transcripts import comparable, error_counts
from sentemo.states.encoder import FrozenEncoder
from sentemo.upstreams import Upstream

WINDOWS = ("utterance", "30s")


def main() -> None:
    """Print the differences of the states and of the words' times, and WER in each window."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model", type=Path, help="directory of Hugging Face with a whole Whisper")
    parser.add_argument("corpus", type=Path, help="a part of LibriSpeech, such as test-clean")
    parser.add_argument("--utterances", type=int, default=100, help="how many, evenly spread")
    args = parser.parse_args()
    everything = [(audio, text) for audio, text in transcripts(args.corpus) if seconds(audio) < 30]
    chosen = everything[:: max(1, len(everything) // args.utterances)][: args.utterances]
    encoders = {w: FrozenEncoder(Upstream(str(args.model), window=w)) for w in WINDOWS}
    whisper = Whisper(Upstream(str(args.model)))
    written: dict[str, list[str]] = {window: [] for window in WINDOWS}
    differences, shifts = [], []
    for audio, text in chosen:
        samples = soundfile.read(audio, dtype="float32")[0]
        states = [encoders[window].states([samples])[0] for window in WINDOWS]
        differences.append(difference(*states))
        starts = [
            [word.start for word in whisper.align(samples, text.split(), "en", window)]
            for window in WINDOWS
        ]
        shifts += np.abs(np.subtract(*starts)).tolist()
        for window in WINDOWS:
            heard = whisper.encode(samples, window)
            [found] = whisper.decoder.write(heard, [len(samples) / SAMPLE_RATE], "en")
            written[window].append(comparable(found.text))
    layers = encoders["utterance"].layers
    print(f"{len(chosen)} utterances; difference of the windows' states, relative to their norm:")
    for name, value in zip(layers, np.mean(differences, axis=0), strict=True):
        print(f"  layer {name}: {100 * value:.1f} %")
    spoken = [comparable(text) for _, text in chosen]
    for window, texts in written.items():
        errors, words = error_counts(spoken, texts)["wer"]
        print(f"WER, {window}: {100 * errors / words:.1f} % of {words} words")
    half, most = np.quantile(shifts, [0.5, 0.9])
    print(
        f"starts of {len(shifts)} words, between the windows: half of them within {half:.2f} s, "
        f"nine of ten within {most:.2f} s"
    )


def transcripts(corpus: Path) -> Iterator[tuple[Path, str]]:
    """Yield recording and words of every utterance of a part of LibriSpeech."""
    for table in sorted(corpus.rglob("*.trans.txt")):
        for line in table.read_text(encoding="utf-8").splitlines():
            utterance, _, words = line.partition(" ")
            yield table.with_name(f"{utterance}.flac"), words


def seconds(audio: Path) -> float:
    """Return the duration of a recording."""
    return soundfile.info(audio).duration


def difference(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Return the norm of the difference of ``(layers, states, size)``, by that of the second."""
    norms = [np.linalg.norm(values, axis=(1, 2)) for values in (one - other, other)]
    return norms[0] / norms[1]


if __name__ == "__main__":
    main()
