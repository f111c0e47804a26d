"""Words of recordings by a whole Whisper, for models that have no recogniser of their own."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from sentemo.core.extras import require_training
from sentemo.data.features import SAMPLE_RATE
from sentemo.data.resampling import resample
from sentemo.inference.answers import SpeechEmotionResult
from sentemo.modules.huggingface import require_transformers
from sentemo.upstreams import Upstream

OPTION = "--recogniser"


class Listener:
    """A whole Whisper that adds transcript and words to results.

    Parameters
    ----------
    recogniser
        Directory or name of Hugging Face with a whole Whisper.
    language
        Code of the language that is spoken; None detects it for each recording.
    rate
        Rate of the samples that it is given, in Hz.
    device
        Device in torch's words.

    Raises
    ------
    SentemoError
        When it is no whole Whisper, does not know the language, or torch or Transformers is not
        installed.
    """

    def __init__(
        self, recogniser: str, language: str | None, rate: int, device: str = "cpu"
    ) -> None:
        require_training(f"{OPTION} {recogniser}")
        require_transformers(f"{OPTION} {recogniser}")
        upstream = Upstream(recogniser, OPTION)
        from sentemo.recognition.whisper import Whisper

        self._whisper, self._language, self._rate = Whisper(upstream, device), language, rate
        self._whisper.decoder.require_language(language)

    def heard(
        self, results: Sequence[SpeechEmotionResult], signals: Sequence[np.ndarray]
    ) -> list[SpeechEmotionResult]:
        """Return results with what is said in their recordings, ``(samples,)`` each."""
        at_its_rate = [resample(samples, self._rate, SAMPLE_RATE) for samples in signals]
        return [
            replace(result, transcript=heard.text, words=heard.words)
            for result, heard in zip(
                results, self._whisper.hear(at_its_rate, self._language), strict=True
            )
        ]
