"""The public Python API: a trained model, called with audio.

Usage:
  from sentemo import SpeechEmotion
  model = SpeechEmotion.from_pretrained("exp/ser_scratch/model.zip")
  print(model("call.wav").label)
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path

import numpy as np

from sentemo.core.errors import SentemoError
from sentemo.core.extras import require_training
from sentemo.core.hub import fetch_packed
from sentemo.core.packed import PackedModel, existing
from sentemo.data.dimensions import DIMENSIONS
from sentemo.data.features import WINDOW_MS
from sentemo.data.word_times import Word
from sentemo.inference.answers import Outputs, SpeechEmotionResult
from sentemo.inference.checkpoint_files import (
    files_of_experiment,
    files_of_packed,
    is_experiment,
    is_packed,
)
from sentemo.inference.ctc_words import ctc_words
from sentemo.inference.description import DESCRIPTION, Description
from sentemo.inference.onnx_backend import OnnxBackend, is_exported
from sentemo.inference.recordings import Recording, RecordingInMemory, Span, as_mono

BACKENDS = ("auto", "onnx", "torch")
SILENCE = 1e-4  # a peak of -80 dB under full scale
PARTS_AT_ONCE = 16  # bounds the memory that a long recording needs

Backend = Callable[[Sequence[np.ndarray]], list[Outputs]]


class SpeechEmotion:
    """A trained model, called with audio; `from_pretrained` makes one.

    Parameters
    ----------
    description
        Description of the model.
    backend
        Function from utterances, ``(samples,)`` each, to their outputs.
    folder
        Folder of the model's card and scores; None where there is none.
    """

    def __init__(
        self, description: Description, backend: Backend, folder: Path | None = None
    ) -> None:
        self.description = description
        self.folder = folder
        self._backend = backend

    @classmethod
    def from_pretrained(
        cls, model: str | Path, device: str = "cpu", backend: str = "auto"
    ) -> "SpeechEmotion":
        """Load a model.

        Parameters
        ----------
        model
            A ``model.zip`` of stage pack, or the folder into which it was unpacked; an experiment
            directory; a name on the Hugging Face Hub, like ``<user>/<model>``, the only choice that
            uses the network.
        device
            ``cpu``, or for the torch backend any device of torch, such as ``cuda``.
        backend
            ``onnx``, without torch; ``torch``; ``auto``: ONNX on the CPU where the archive has it.
            Their outputs differ by 1e-4 at most.

        Raises
        ------
        SentemoError
            When there is no such model, or it is damaged or cannot run here.
        """
        if backend not in BACKENDS:
            raise SentemoError(f"backend {backend!r}: choose {', '.join(BACKENDS)}.")
        path, where = Path(model), str(model)
        if not path.exists():
            path = fetch_packed(where)
        if path.is_dir() and is_experiment(path):
            return cls._of_experiment(path, where, device, backend)
        if path.is_dir() and is_packed(path):
            packed = PackedModel(path, where)
        elif path.suffix.lower() == ".zip":
            packed = PackedModel.of_archive(path, where)
        else:
            raise SentemoError(
                f"{where}: no model. Give a model.zip of stage pack, or the directory of a trained "
                "emotion recogniser, like exp/ser_scratch."
            )
        return cls._of_packed(packed, where, device, backend)

    @classmethod
    def _of_experiment(cls, exp: Path, where: str, device: str, backend: str) -> "SpeechEmotion":
        if backend == "onnx":
            raise SentemoError(f"{where}: an experiment has no ONNX model; pack it (stage pack).")
        require_training(f"{where}, an experiment,")
        from sentemo.inference.torch_backend import TorchBackend

        torch_backend = TorchBackend(files_of_experiment(exp), where, device)
        return cls(torch_backend.describe(exp.resolve().name), torch_backend, exp)

    @classmethod
    def _of_packed(
        cls, packed: PackedModel, where: str, device: str, backend: str
    ) -> "SpeechEmotion":
        description = Description.read(existing(packed.folder / DESCRIPTION, where))
        if backend == "auto":
            exported = device == "cpu" and is_exported(packed.folder, description)
            backend = "onnx" if exported else "torch"
        if backend == "onnx":
            if device != "cpu":
                raise SentemoError(f"device {device}: backend onnx runs on the CPU; use torch.")
            return cls(description, OnnxBackend(packed.folder, description), packed.folder)
        require_training(f"{where} on backend torch")
        from sentemo.inference.torch_backend import TorchBackend

        files = files_of_packed(packed)
        torch_backend = TorchBackend(files, where, device, description.tokens)
        return cls(description, torch_backend, packed.folder)

    def __repr__(self) -> str:
        described = self.description
        said = [*described.labels, *(DIMENSIONS if described.scale else ())]
        backend = "onnx" if isinstance(self._backend, OnnxBackend) else "torch"
        return f"<SpeechEmotion {described.name!r}: {', '.join(said)}; {backend}>"

    def __call__(
        self,
        audio: str | Path | np.ndarray | Sequence[str | Path | np.ndarray],
        rate: int | None = None,
        window: float | None = None,
        hop: float | None = None,
    ) -> SpeechEmotionResult | list[SpeechEmotionResult]:
        """Judge one recording, its windows, or a batch of recordings.

        Parameters
        ----------
        audio
            A file, or samples ``(samples,)`` or ``(samples, channels)``: floats of full scale ±1,
            or integers. Or a list of these.
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
        if not isinstance(audio, str | Path | np.ndarray):
            if window is not None:
                raise SentemoError("windows are of one recording: call the model with each")
            return self._judge([self._samples(one, rate) for one in audio])
        if window is None:
            return self.judge(audio, rate)
        recording = self._recording(audio, rate)
        spans = recording.windows(window, window / 2 if hop is None else hop)
        return [result for result in self.parts(recording, spans) if result is not None]

    def judge(self, audio: str | Path | np.ndarray, rate: int | None = None) -> SpeechEmotionResult:
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
        remaining = iter(spans)
        while some := list(islice(remaining, PARTS_AT_ONCE)):
            read = [recording.read(span) for span in some]
            audible = [samples for samples in read if not is_silent(samples)]
            found = iter(self._judge(audible))
            for (start, _), samples in zip(some, read, strict=True):
                yield None if is_silent(samples) else next(found).at(start, recording.channel)

    def _samples(self, audio: str | Path | np.ndarray, rate: int | None) -> np.ndarray:
        recording = self._recording(audio, rate)
        return recording.read(recording.whole())

    def _recording(self, audio: str | Path | np.ndarray, rate: int | None) -> Recording:
        if isinstance(audio, str | Path):
            return self.open(audio)
        if rate is None:
            raise SentemoError("samples without a rate: give it in Hz, model(samples, 16000).")
        wanted = self.description.sample_rate
        return RecordingInMemory(as_mono(audio, rate, wanted), wanted)

    def _judge(self, utterances: Sequence[np.ndarray]) -> list[SpeechEmotionResult]:
        for samples in utterances:
            self._require_usable(samples)
        outputs = self._backend(utterances) if utterances else []
        rate = self.description.sample_rate
        return [
            self._result(output, len(samples) / rate)
            for output, samples in zip(outputs, utterances, strict=True)
        ]

    def _require_usable(self, samples: np.ndarray) -> None:
        seconds = len(samples) / self.description.sample_rate
        shortest = max(WINDOW_MS / 1000, self.description.shortest)
        if seconds < shortest:
            raise SentemoError(f"too short: {seconds:.3f} s, the model needs {shortest:.3f} s")
        if not np.isfinite(samples).all():
            raise SentemoError("samples that are NaN or infinite")
        if is_silent(samples):
            raise SentemoError("silence: nothing in it to judge")

    def _require_fitting(self, output: Outputs) -> None:
        """Insist that the outputs of the network are as many as the description names."""
        described = self.description
        for names, values in (
            (described.labels, output.probabilities),
            (described.tokens, output.token_scores),
        ):
            size = 0 if values is None else values.shape[-1]
            if size != len(names):
                raise SentemoError(
                    f"{described.name}: its network has {size} outputs, and {DESCRIPTION} names "
                    f"{len(names)}. Pack the model again."
                )

    def _result(self, output: Outputs, seconds: float) -> SpeechEmotionResult:
        self._require_fitting(output)
        shares: dict[str, float] = {}
        if output.probabilities is not None:
            shares = dict(zip(self.description.labels, output.probabilities.tolist(), strict=True))
        dimensions: dict[str, float] = {}
        if output.dimensions is not None:
            dimensions = dict(zip(DIMENSIONS, output.dimensions.tolist(), strict=True))
        words: tuple[Word, ...] = ()
        if output.token_scores is not None:
            tokens, shift = self.description.tokens, self.description.frame_shift
            words = ctc_words(output.token_scores, tokens, shift)
        return SpeechEmotionResult(
            label=max(shares, key=shares.__getitem__) if shares else None,
            probabilities=shares,
            dimensions=dimensions,
            attention=output.attention,
            frame_shift=self.description.frame_shift,
            start=0.0,
            end=seconds,
            transcript=" ".join(word.text for word in words) if self.description.tokens else None,
            words=words,
        )


def is_silent(samples: np.ndarray) -> bool:
    """Tell whether nothing in the samples is louder than `SILENCE`."""
    return bool(np.abs(samples).max(initial=0.0) < SILENCE)
