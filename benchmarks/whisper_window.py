"""Effect of Whisper's two windows on its states, layer by layer, and on the words that it writes.

Every utterance is encoded with one second of silence behind it and in a window of 30 s. The words
are those of Whisper's own decoder upon each encoding, greedy. Before they are scored, they and the
transcripts are rid of case and punctuation. Needs Transformers and a whole Whisper.

Usage:
  python benchmarks/whisper_window.py whisper-base/ LibriSpeech/test-clean --utterances 100
"""

import argparse
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import soundfile
import torch
from transformers import AutoTokenizer, WhisperForConditionalGeneration
from transformers.modeling_outputs import BaseModelOutput
from transformers.models.whisper.english_normalizer import BasicTextNormalizer

from sentemo.scoring.transcripts import error_counts
from sentemo.states.encoder import FrozenEncoder
from sentemo.upstreams import Upstream

WINDOWS = ("utterance", "30s")
ENGLISH = ["<|startoftranscript|>", "<|en|>", "<|transcribe|>", "<|notimestamps|>"]


def main() -> None:
    """Print the differences of the states, and WER in each window."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model", type=Path, help="directory of Hugging Face with a whole Whisper")
    parser.add_argument("corpus", type=Path, help="a part of LibriSpeech, such as test-clean")
    parser.add_argument("--utterances", type=int, default=100, help="how many, evenly spread")
    args = parser.parse_args()
    everything = list(transcripts(args.corpus))
    chosen = everything[:: max(1, len(everything) // args.utterances)][: args.utterances]
    encoders = {w: FrozenEncoder(Upstream(str(args.model), window=w)) for w in WINDOWS}
    recogniser = WhisperForConditionalGeneration.from_pretrained(args.model).float().eval()
    tokenizer = AutoTokenizer.from_pretrained(args.model)
    written: dict[str, list[str]] = {window: [] for window in WINDOWS}
    differences = []
    for audio, _ in chosen:
        samples = soundfile.read(audio, dtype="float32")[0]
        states = {window: encoder.states([samples])[0] for window, encoder in encoders.items()}
        differences.append(difference(*states.values()))
        for window, encoder in encoders.items():
            tokens = recogniser.generate(
                encoder_outputs=BaseModelOutput(heard(encoder, samples)),
                decoder_input_ids=torch.tensor([tokenizer.convert_tokens_to_ids(ENGLISH)]),
                max_new_tokens=200,
            )
            written[window].append(tokenizer.decode(tokens[0], skip_special_tokens=True))
    layers = encoders["utterance"].layers
    print(f"{len(chosen)} utterances; difference of the windows' states, relative to their norm:")
    for name, value in zip(layers, np.mean(differences, axis=0), strict=True):
        print(f"  layer {name}: {100 * value:.1f} %")
    normalize = BasicTextNormalizer()
    spoken = [normalize(text) for _, text in chosen]
    for window, texts in written.items():
        errors, words = error_counts(spoken, [normalize(text) for text in texts])["wer"]
        print(f"WER, {window}: {100 * errors / words:.1f} % of {words} words")


def transcripts(corpus: Path) -> Iterator[tuple[Path, str]]:
    """Yield recording and words of every utterance of a part of LibriSpeech."""
    for table in sorted(corpus.rglob("*.trans.txt")):
        for line in table.read_text(encoding="utf-8").splitlines():
            utterance, _, words = line.partition(" ")
            yield table.with_name(f"{utterance}.flac"), words


def difference(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Return the norm of the difference of ``(layers, states, size)``, by that of the second."""
    norms = [np.linalg.norm(values, axis=(1, 2)) for values in (one - other, other)]
    return norms[0] / norms[1]


@torch.no_grad()
def heard(encoder: FrozenEncoder, samples: np.ndarray) -> torch.Tensor:
    """Return the output ``(1, states, size)`` with the states of the window's silence."""
    speech = torch.from_numpy(samples)[None]
    feats, _ = encoder.frontend(speech, torch.tensor([speech.size(1)]))
    return encoder.encoder(feats, torch.tensor([feats.size(1)]))[0]


if __name__ == "__main__":
    main()
