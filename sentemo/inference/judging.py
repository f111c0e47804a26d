"""A trained model judges samples: from its network's outputs to results, adapted or not."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np

from sentemo.core.errors import SentemoError, library_reason
from sentemo.data.dimensions import Scale
from sentemo.data.features import WINDOW_MS
from sentemo.data.sound import SILENT, is_silent
from sentemo.data.speech_doubts import speech_doubts
from sentemo.inference.adaptation import Adaptation, ProbeHead
from sentemo.inference.answer_rules import AnswerRules
from sentemo.inference.answers import Outputs, SpeechEmotionResult
from sentemo.inference.description import Description
from sentemo.inference.interpretation import result_of
from sentemo.inference.loading import Backend

if TYPE_CHECKING:
    from sentemo.inference.spoken_words import Listener

AT_ONCE = 16  # utterances, which bounds the memory that a long recording needs


@dataclass(frozen=True)
class Judge:
    """A trained model, called with samples at its own rate.

    Attributes
    ----------
    description
        Description of the model.
    backend
        Function from utterances, ``(samples,)`` each, to their outputs.
    rules
        Rules by which the probabilities become an answer.
    listener
        Recogniser that adds what is said; None leaves that to the model's own, if it has one.
    head
        Head of a packed linear probe; None where the model is no such probe.
    adaptation
        Recordings that the model is adapted to; None where it is as it was trained.
    """

    description: Description
    backend: Backend
    rules: AnswerRules
    listener: "Listener | None"
    head: ProbeHead | None
    adaptation: Adaptation | None

    @property
    def shortest(self) -> float:
        """Least seconds that the model can judge."""
        return max(WINDOW_MS / 1000, self.description.shortest)

    @property
    def recordings_adapted_to(self) -> int:
        """Number of recordings that the model is adapted to; 0 where it is as it was trained."""
        return self.adaptation.recordings if self.adaptation else 0

    def __call__(self, utterances: Sequence[np.ndarray]) -> list[SpeechEmotionResult]:
        """Judge utterances, ``(samples,)`` each, full scale ±1.

        Raises
        ------
        SentemoError
            When one is silent or too short, or the network fails.
        """
        for samples in utterances:
            self.require_usable(samples)
        outputs = self._outputs(utterances) if utterances else []
        rate = self.description.sample_rate
        results = [
            replace(self._result(output, len(samples) / rate), doubts=speech_doubts(samples, rate))
            for output, samples in zip(outputs, utterances, strict=True)
        ]
        if self.listener is not None and results:
            return self.listener.heard(results, utterances)
        return results

    def each(self, utterances: Iterable[np.ndarray]) -> Iterator[SpeechEmotionResult | None]:
        """Judge any number of utterances, a few at a time; None stands for a silent one."""
        remaining = iter(utterances)
        while some := list(islice(remaining, AT_ONCE)):
            are_silent = [is_silent(samples) for samples in some]
            audible = [s for s, silent in zip(some, are_silent, strict=True) if not silent]
            found = iter(self(audible))
            for silent in are_silent:
                yield None if silent else next(found)

    def again(self, result: SpeechEmotionResult) -> SpeechEmotionResult:
        """Judge by the embedding that a result of the same model has; see `SpeechEmotion.again`."""
        said = self._result(Outputs(embedding=result.embedding), result.end - result.start)
        return replace(
            result,
            label=said.label,
            class_set=said.class_set,
            probabilities=said.probabilities,
            dimensions=said.dimensions,
            adapted_to=said.adapted_to,
        )

    def adapted_to(self, embeddings: Sequence[np.ndarray]) -> "Judge":
        """Return the model adapted to recordings by their embeddings, ``(features,)`` each.

        Raises
        ------
        SentemoError
            When they are too few, or the model is no packed linear probe.
        """
        self.require_adaptable()
        return replace(self, adaptation=Adaptation.of(embeddings))

    def require_adaptable(self) -> None:
        """Insist that the model is a packed linear probe."""
        if self.head is None:
            raise SentemoError(
                f"{self.description.name}: no packed linear probe, and only these can be adapted. "
                "Pack a model of --experiment probe (stage pack)."
            )

    def require_usable(self, samples: np.ndarray) -> None:
        """Insist that samples, ``(samples,)``, are long enough and not silent."""
        seconds = len(samples) / self.description.sample_rate
        if seconds < self.shortest:
            raise SentemoError(f"too short: {seconds:.3f} s, the model needs {self.shortest:.3f} s")
        if is_silent(samples):
            raise SentemoError(SILENT)

    def _outputs(self, utterances: Sequence[np.ndarray]) -> list[Outputs]:
        try:
            return self.backend(utterances)
        except SentemoError:
            raise
        except Exception as error:  # torch and onnxruntime document no class of their errors
            raise SentemoError(
                f"{self.description.name}: fails on this recording ({library_reason(error)})"
            ) from error

    def _result(self, output: Outputs, seconds: float) -> SpeechEmotionResult:
        """Return the result of outputs for so many seconds, after the adaptation."""
        if self.head is not None and self.adaptation is not None:
            scale = self.description.scale
            output = self.head.judge(output, self.adaptation, Scale(*scale) if scale else None)
        return result_of(output, self.description, seconds, self.recordings_adapted_to, self.rules)
