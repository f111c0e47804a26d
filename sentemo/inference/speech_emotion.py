"""The public Python API: a trained model, called with audio.

Usage:
  from sentemo import SpeechEmotion
  model = SpeechEmotion.from_pretrained("exp/ser_scratch/model.zip")
  print(model("call.wav").label)
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from sentemo.core.errors import SentemoError
from sentemo.data.dimensions import DIMENSIONS
from sentemo.data.sound import is_silent
from sentemo.data.word_times import Word
from sentemo.inference.adaptable import Adaptable
from sentemo.inference.adaptation import Adaptation, ProbeHead
from sentemo.inference.answer_rules import AnswerRules
from sentemo.inference.answers import SpeechEmotionResult
from sentemo.inference.description import Description
from sentemo.inference.following import HOP, WINDOW, recent_windows
from sentemo.inference.given_samples import Audio, as_mono, is_one_recording
from sentemo.inference.interpretation import ALWAYS
from sentemo.inference.judging import Judge
from sentemo.inference.loading import Backend, load
from sentemo.inference.occlusion import BY_WORDS, occlude, pieces_by
from sentemo.inference.onnx_backend import OnnxBackend
from sentemo.inference.recordings import Recording, RecordingInMemory, Span

if TYPE_CHECKING:
    from sentemo.inference.spoken_words import Listener


class SpeechEmotion(Adaptable):
    """A trained model, called with audio; `from_pretrained` makes one.

    Parameters
    ----------
    description
        Description of the model.
    backend
        Function from utterances, ``(samples,)`` each, to their outputs.
    folder
        Folder of the model's card, scores and head; None where there is none.
    listener
        Recogniser that adds what is said; None leaves that to the model's own, if it has one.
    rules
        Rules by which the probabilities become an answer.
    """

    def __init__(
        self,
        description: Description,
        backend: Backend,
        folder: Path | None = None,
        listener: "Listener | None" = None,
        rules: AnswerRules = ALWAYS,
    ) -> None:
        self.description = description
        self.rules = rules
        judge = Judge(
            *(description, backend, rules, listener),
            ProbeHead.in_folder(folder, description),
            Adaptation.in_folder(folder),
        )
        super().__init__(judge, folder)

    @classmethod
    def from_pretrained(
        cls,
        model: str | Path,
        device: str = "cpu",
        backend: str = "auto",
        recogniser: str | None = None,
        language: str | None = None,
        abstain: float | None = None,
        coverage: float | None = None,
    ) -> "SpeechEmotion":
        """Load a model.

        Parameters
        ----------
        model
            The name of a model that ships, such as ``open``; a ``model.zip`` of stage pack, or the
            folder into which it was unpacked; an experiment directory; a name on the Hugging Face
            Hub, like ``<user>/<model>``, the only choice that uses the network.
        device
            ``cpu``, or for the torch backend any device of torch, such as ``cuda``.
        backend
            ``onnx``, without torch; ``torch``; ``auto``: ONNX on the CPU where the archive has it.
            Their outputs differ by 1e-4 at most.
        recogniser
            A whole Whisper, a directory or name of Hugging Face, which hears what is said, in place
            of the model's own recogniser. It needs torch and Transformers.
        language
            Code of the language that it hears, such as ``de``; None detects it each time.
        abstain
            Share of the answers that may be wrong: where the model is not sure enough, its label
            is ``unknown``. None answers always.
        coverage
            Share of the recordings whose right class shall be in their ``class_set``; None names no
            sets.

        Raises
        ------
        SentemoError
            When there is no such model, it is damaged or cannot run here, or has no thresholds of
            validation for these shares; when a language is given and no recogniser.
        """
        if language is not None and recogniser is None:
            raise SentemoError("--language is that of --recogniser: give one too")
        loaded = load(model, device, backend)
        rules = AnswerRules.of(loaded.description, abstain, coverage)
        listener = None
        if recogniser is not None:
            from sentemo.inference.spoken_words import Listener

            rate = loaded.description.sample_rate
            listener = Listener(recogniser, language, rate, device)
        return cls(loaded.description, loaded.backend, loaded.folder, listener, rules)

    def __repr__(self) -> str:
        described = self.description
        said = [*described.labels, *(DIMENSIONS if described.scale else ())]
        backend = "onnx" if isinstance(self._judge.backend, OnnxBackend) else "torch"
        return f"<SpeechEmotion {described.name!r}: {', '.join(said)}; {backend}>"

    def __call__(
        self,
        audio: Audio | Iterable[Audio],
        rate: int | None = None,
        window: float | None = None,
        hop: float | None = None,
    ) -> SpeechEmotionResult | list[SpeechEmotionResult]:
        """Judge one recording, its windows, or a batch of recordings.

        Parameters
        ----------
        audio
            A file, or samples ``(samples,)`` or ``(samples, channels)``: floats of full scale ±1,
            or integers of 8, 16 or 32 bits, as an array, a tensor or a list of numbers. Or a list
            of these.
        rate
            Sample rate of samples, in Hz.
        window, hop
            Length of the windows to judge and the time from one to the next, in seconds; half a
            window where `hop` is None. Without a window, a recording is judged as a whole.

        Returns
        -------
        SpeechEmotionResult or list
            One result; a list of them for a list of audio, or for the windows of one recording
            that are not silent.

        Raises
        ------
        SentemoError
            When audio is unreadable, empty, silent or too short, or has values that are no numbers;
            when windows of a list of audio are wanted, or windows that pass over something.
        """
        if not is_one_recording(audio):
            if window is not None:
                raise SentemoError("windows are of one recording: call the model with each")
            return self._judge([self._item(n, one, rate) for n, one in enumerate(audio)])
        if window is None:
            return self.judge(audio, rate)
        recording = self._recording(audio, rate)
        spans = recording.windows(window, window / 2 if hop is None else hop)
        return [result for result in self.parts(recording, spans) if result is not None]

    def judge(self, audio: Audio, rate: int | None = None) -> SpeechEmotionResult:
        """Judge one recording; parameters and errors are those of a call."""
        return self._judge([self._samples(audio, rate)])[0]

    def channels(self, path: str | Path) -> list[SpeechEmotionResult | None]:
        """Judge each channel of a file by itself, such as the two sides of a call.

        Returns
        -------
        list
            One result per channel; None for a silent one.

        Raises
        ------
        SentemoError
            As a call does, where a channel is too short or cannot be read.
        """
        found: list[SpeechEmotionResult | None] = []
        for channel in self.open(path).channels():
            found += self.parts(channel, [channel.whole()])
        return found

    def open(self, path: str | Path) -> Recording:
        """Open a file whose parts are to be judged by `parts`."""
        return Recording(Path(path), self.description.sample_rate)

    def parts(
        self, recording: Recording, spans: Iterable[Span]
    ) -> Iterator[SpeechEmotionResult | None]:
        """Judge parts of a recording, a few at a time, so that long ones need no more memory.

        Yields
        ------
        SpeechEmotionResult or None
            Result of each part, with its place in the recording; None where it is silent.
        """
        some = list(spans)
        judged = self._judge.each(recording.read(span) for span in some)
        for (start, _), result in zip(some, judged, strict=True):
            yield None if result is None else result.at(start, recording.channel)

    def occluded(
        self,
        result: SpeechEmotionResult,
        audio: Audio | Recording,
        by: float | str | Sequence[Word] = BY_WORDS,
        rate: int | None = None,
    ) -> SpeechEmotionResult:
        """Return a result with the probability that its answer loses without words or moments.

        Parameters
        ----------
        result
            A result of this model.
        audio, rate
            The whole recording that it is of, as a call takes one.
        by
            ``"words"``, the words that the result has; other words, with times from the result's
            start; or a number of seconds, the length of a moment.

        Returns
        -------
        SpeechEmotionResult
            The same result with its `occlusion`, which has no word for what is silent anyway.

        Raises
        ------
        SentemoError
            When the model learnt no classes, or its words are wanted and it hears none.
        """
        if by == BY_WORDS and not self.hears_words:
            raise SentemoError(
                f"{self.description.name}: no recogniser in it, so no words. Name a whole Whisper "
                "as its recogniser, or silence moments of so many seconds."
            )
        recording = audio if isinstance(audio, Recording) else self._recording(audio, rate)
        if result.channel is not None:
            recording = recording.channels()[result.channel - 1]
        samples = recording.read((result.start, result.end))
        unheard = replace(self._judge, listener=None)  # nobody asks what is said in the rest
        return replace(result, occlusion=occlude(unheard, samples, result, pieces_by(by, result)))

    def follow(
        self,
        blocks: Iterable[np.ndarray],
        rate: int,
        window: float = WINDOW,
        hop: float = HOP,
    ) -> Iterator[tuple[Span, SpeechEmotionResult | None]]:
        """Judge the last seconds of a signal that is still arriving, every `hop` seconds.

        Memory holds no more than a window, a hop and a block.

        Parameters
        ----------
        blocks
            Samples that follow each other, in arrays of any length: ``(samples,)`` or
            ``(samples, channels)``, of the types that a call takes.
        rate
            Their sample rate in Hz.
        window, hop
            Seconds that are judged each time, and from one time to the next. The first windows are
            shorter, and the last ends where the sound ends.

        Yields
        ------
        span
            Start and end of the window, in seconds since the first sample.
        result
            Its result; None where it is silent.

        Raises
        ------
        SentemoError
            When samples are no audio, as of a call; when a hop is too short for the model.
        """
        if hop < (shortest := self._judge.shortest):
            raise SentemoError(f"a hop of {hop:g} s is too short, the model needs {shortest:g} s")
        own_rate = self.description.sample_rate
        for start, samples in recent_windows(blocks, rate, window, hop):
            mono = as_mono(samples, rate, own_rate)
            found = None if is_silent(mono) else self._judge([mono])[0].at(start)
            yield (start, start + len(samples) / rate), found

    def _samples(self, audio: Audio, rate: int | None) -> np.ndarray:
        recording = self._recording(audio, rate)
        return recording.read(recording.whole())

    def _item(self, index: int, audio: Audio, rate: int | None) -> np.ndarray:
        """Return the samples of an item of a list, or raise what is wrong with it by its index."""
        try:
            samples = self._samples(audio, rate)
            self._judge.require_usable(samples)
        except SentemoError as error:
            raise SentemoError(f"audio[{index}]: {error}") from None
        return samples

    def _recording(self, audio: Audio, rate: int | None) -> Recording:
        if isinstance(audio, str | Path):
            return self.open(audio)
        wanted = self.description.sample_rate
        return RecordingInMemory(as_mono(audio, rate, wanted), wanted)

    @property
    def hears_words(self) -> bool:
        """Tell whether results have a transcript."""
        return bool(self.description.tokens) or self._judge.listener is not None
