"""The half of a model that adapts to recordings; see `sentemo.inference.speech_emotion`."""

from collections.abc import Iterable
from copy import copy
from pathlib import Path
from typing import TypeVar

from sentemo.inference.answers import SpeechEmotionResult
from sentemo.inference.judging import Judge

Model = TypeVar("Model", bound="Adaptable")


class Adaptable:
    """A model whose `Judge` can be adapted to recordings without labels.

    Parameters
    ----------
    judge
        What judges samples.
    folder
        Folder of the model's card, scores and head; None where there is none.
    """

    def __init__(self, judge: Judge, folder: Path | None) -> None:
        self._judge, self.folder = judge, folder

    def adapted_to(self: Model, results: Iterable[SpeechEmotionResult]) -> Model:
        """Return the model adapted to the recordings that gave these results; no label is used.

        Parameters
        ----------
        results
            Results of this model for recordings of one kind: the same rooms, microphones and
            language, in several emotions.

        Raises
        ------
        SentemoError
            When they are too few, or the model is no packed linear probe.
        """
        embeddings = [result.embedding for result in results if result.embedding is not None]
        adapted = copy(self)
        adapted._judge = self._judge.adapted_to(embeddings)
        return adapted

    @property
    def recordings_adapted_to(self) -> int:
        """Number of recordings that the model is adapted to; 0 where it is as it was trained."""
        return self._judge.recordings_adapted_to

    def again(self, result: SpeechEmotionResult) -> SpeechEmotionResult:
        """Return the result that this model gives for a recording which it need not hear again.

        Parameters
        ----------
        result
            A result of the model that this one is adapted from.
        """
        return self._judge.again(result)

    def save(self, path: Path) -> None:
        """Write an adapted model as a zip that `from_pretrained` loads."""
        assert self._judge.adaptation is not None
        assert self.folder is not None
        self._judge.adaptation.write_into(self.folder, path)

    def require_adaptable(self) -> None:
        """Insist that the model can be adapted; see `adapted_to`."""
        self._judge.require_adaptable()
