"""Whisper as a recogniser of words, through Hugging Face Transformers: greedy, and timed.

Words are recognised in the window of 30 s that Whisper learnt from: in a shorter one it errs more
often. They are timed in a short window, which is as good for that and much cheaper.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import torch

from sentemo.core.errors import SentemoError
from sentemo.data.word_times import Word
from sentemo.modules.encoders.whisper import (
    FRAMES_PER_STATE,
    HOP,
    SAMPLE_RATE,
    WHOLE_WINDOW,
    WhisperEncoder,
    WhisperFrontend,
)
from sentemo.recognition.cross_attention import audible_words, token_starts
from sentemo.recognition.whisper_decoder import WhisperDecoder, Written
from sentemo.recognition.word_alignment import NO_WORDS, TOO_FEW_FRAMES, Unaligned
from sentemo.states.encoder import FrozenEncoder
from sentemo.upstreams import Upstream

TOO_LONG = "longer than the 30 s in which Whisper times words"
STATE = FRAMES_PER_STATE * HOP  # samples
CUT_WITHIN = 5 * SAMPLE_RATE  # samples at the end of a window, where it is cut
AT_ONCE = 8  # parts that are decoded together


@dataclass(frozen=True)
class Heard:
    """Words of a recording as Whisper writes them.

    Attributes
    ----------
    text
        With case and punctuation; empty where nobody speaks.
    language
        Code of the language of its first part; None of a model for English alone.
    words
        The words with their times; fewer than in the text where some could not be timed.
    repetitive
        Whether the most probable text repeated itself, so that it was written again.
    """

    text: str
    language: str | None
    words: tuple[Word, ...]
    repetitive: bool


class Whisper:
    """A whole Whisper, which hears words and their times.

    Parameters
    ----------
    upstream
        A directory of Hugging Face with the model and its tokenizer.
    device
        Device in torch's words: ``cpu``, ``cuda``.

    Raises
    ------
    SentemoError
        When the model is not whole.
    """

    def __init__(self, upstream: Upstream, device: str = "cpu") -> None:
        if not upstream.is_whisper:
            raise SentemoError(
                f"{upstream.name}: no whole Whisper. Give a directory of Hugging Face with its "
                "decoder and its tokenizer.json."
            )
        self._device = device
        encoder = FrozenEncoder(upstream, device).encoder
        assert isinstance(encoder, WhisperEncoder)
        self._encoder, self._bands = encoder, encoder.conv1.in_channels
        self.decoder = WhisperDecoder(upstream.config_file.parent, upstream.name, device)

    @torch.no_grad()
    def hear(self, signals: Iterable[np.ndarray], language: str | None = None) -> list[Heard]:
        """Write what is said in recordings, each by itself.

        Parameters
        ----------
        signals
            Samples ``(samples,)`` at 16 kHz, full scale ±1. What is longer than 30 s is heard in
            parts, cut where it is quietest.
        language
            Code of the language, such as ``pl``; None detects that of each recording.

        Raises
        ------
        SentemoError
            When the model does not know the language.
        """
        cut = [cut_long(signal) for signal in signals]
        parts = [samples for of_signal in cut for _, samples in of_signal]
        texts = iter(
            written
            for first in range(0, len(parts), AT_ONCE)
            for written in self._write(parts[first : first + AT_ONCE], language)
        )
        found = []
        for of_signal in cut:
            written = [next(texts) for _ in of_signal]
            words: list[Word] = []
            for (start, samples), text in zip(of_signal, written, strict=True):
                words += self._timed(samples, text.text, text.language, start / SAMPLE_RATE)
            found.append(
                Heard(
                    " ".join(one.text for one in written if one.text),
                    written[0].language,
                    tuple(words),
                    any(one.repetitive for one in written),
                )
            )
        return found

    def _write(self, parts: Sequence[np.ndarray], language: str | None) -> list[Written]:
        states = torch.cat([self.encode(samples, "30s") for samples in parts])
        seconds = [len(samples) / SAMPLE_RATE for samples in parts]
        return self.decoder.write(states, seconds, language)

    def _timed(
        self, samples: np.ndarray, text: str, language: str | None, offset: float
    ) -> list[Word]:
        try:
            words = self.align(samples, text.split(), language)
        except Unaligned:
            return []
        return [Word(word.start + offset, word.duration, word.text) for word in words]

    @torch.no_grad()
    def align(
        self,
        samples: np.ndarray,
        words: Sequence[str],
        language: str | None = None,
        window: str = "utterance",
    ) -> list[Word]:
        """Find the times of the words of a recording.

        Parameters
        ----------
        samples
            ``(samples,)`` at 16 kHz, full scale ±1.
        words
            The words as they are written; those in capitals are read as small letters.
        language
            Code of their language; None detects it.
        window
            The window that is heard, see `WhisperFrontend`.

        Raises
        ------
        Unaligned
            When there are no words or too many, or the recording is longer than a window.
        """
        if not words:
            raise Unaligned(NO_WORDS)
        if len(samples) > WHOLE_WINDOW * HOP:
            raise Unaligned(TOO_LONG)
        decoder, count = self.decoder, -(-len(samples) // STATE)
        spelled = decoder.tokens.spell(w.lower() if w.isupper() else w for w in words)
        tokens = [token for word in spelled for token in word]
        states = self.encode(samples, window)
        [known], _ = decoder.languages(states, language)
        prompt = decoder.tokens.prompt(known)
        if len(prompt) + len(tokens) + 1 > decoder.room or len(tokens) + 2 > count:
            raise Unaligned(TOO_FEW_FRAMES)
        attention = decoder.attention(states, prompt, tokens)[..., :count]
        seconds = token_starts(attention) * (STATE / SAMPLE_RATE)
        firsts = np.cumsum([1, *map(len, spelled)])  # behind what is before the words
        edges = [(float(seconds[a]), float(seconds[b])) for a, b in pairwise(firsts)]
        return audible_words(words, edges, samples, SAMPLE_RATE)

    @torch.no_grad()
    def encode(self, samples: np.ndarray, window: str) -> torch.Tensor:
        """Return the states ``(1, states, size)`` of a recording in its window."""
        frontend = WhisperFrontend(self._bands, window).to(self._device)
        speech = torch.from_numpy(np.asarray(samples, np.float32))[None].to(self._device)
        energies, _ = frontend(speech, torch.tensor([len(samples)]))
        return self._encoder.finish(self._encoder.encode_window(energies[0])[-1])[None]


def cut_long(samples: np.ndarray) -> list[tuple[int, np.ndarray]]:
    """Cut a recording into parts of at most 30 s, each where the end of its window is quietest.

    Returns
    -------
    list
        First sample and samples of each part.
    """
    whole, frame = WHOLE_WINDOW * HOP, SAMPLE_RATE // 10
    parts, first = [], 0
    while len(samples) - first > whole:
        last = samples[first + whole - CUT_WITHIN : first + whole].reshape(-1, frame)
        quietest = int((last.astype(np.float64) ** 2).sum(axis=1).argmin())
        end = first + whole - CUT_WITHIN + quietest * frame + frame // 2
        parts.append((first, samples[first:end]))
        first = end
    return [*parts, (first, samples[first:])]
