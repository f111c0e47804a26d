"""The answers of a model for a recording, or for a part of one."""

from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from sentemo.core.errors import SentemoError
from sentemo.data.dimensions import DIMENSIONS
from sentemo.data.word_times import Word
from sentemo.inference.answer_rules import ClassSet
from sentemo.inference.description import DESCRIPTION, Description
from sentemo.inference.occluded import Occluded
from sentemo.visualization.word_attention import AttendedWord, attend_words

NOT_A_SHARE = 0.01  # so far from 1, the sum of rounded probabilities never is


@dataclass(frozen=True)
class Outputs:
    """Outputs of a backend for one utterance.

    Attributes
    ----------
    probabilities
        ``(classes,)``; None where no class is learnt.
    dimensions
        Activation, valence and dominance on their corpus's scale, ``(3,)``; None where these are
        not learnt.
    attention
        ``(frames, heads)``, each head's column sums to 1; None where the decoder does not attend.
        The heads of an ensemble's decoders stand side by side.
    token_scores
        Token probabilities of the recogniser, ``(frames, tokens)``; None where there is none.
    embedding
        Input of a linear probe's head, ``(features,)``; None where the model is no such probe.
    """

    probabilities: np.ndarray | None = None
    dimensions: np.ndarray | None = None
    attention: np.ndarray | None = None
    token_scores: np.ndarray | None = None
    embedding: np.ndarray | None = None


def require_sound(output: Outputs, described: Description) -> None:
    """Insist that a network's outputs are numbers, and as many as its description names.

    Raises
    ------
    SentemoError
        See above.
    """
    expected: dict[str, tuple[int | None, ...]] = {
        "probabilities": (len(described.labels),),
        "dimensions": (len(DIMENSIONS) if described.scale else 0,),
        "attention": (None, None),
        "token_scores": (None, len(described.tokens)),
        "embedding": (None,),
    }
    for name, shape in expected.items():
        values = getattr(output, name)
        if values is None:
            if shape[-1]:
                raise _unfitting(described, name, 0, shape[-1])
            continue
        if values.ndim != len(shape) or (shape[-1] is not None and values.shape[-1] != shape[-1]):
            raise _unfitting(described, name, values.shape[-1] if values.ndim else 0, shape[-1])
        if not np.isfinite(values).all():
            raise SentemoError(
                f"{described.name}: its {name} for this recording are not finite numbers. Its "
                "weights may be damaged: get the model again, or train it again."
            )
    shares = output.probabilities
    if shares is not None and (shares.min() < 0 or abs(shares.sum() - 1) > NOT_A_SHARE):
        raise SentemoError(
            f"{described.name}: its outputs are no probabilities, whose sum is 1. Pack it again."
        )


def _unfitting(described: Description, name: str, found: int, wanted: int | None) -> SentemoError:
    return SentemoError(
        f"{described.name}: its network has {found} outputs of {name}, and {DESCRIPTION} names "
        f"{wanted or 0}. Pack the model again."
    )


@dataclass(frozen=True)
class SpeechEmotionResult:
    """Class, dimensions and words of one recording, or of a part of one.

    Attributes
    ----------
    label
        The most probable class, or ``unknown`` where the model was asked not to be wrong more
        often than so, and is not sure enough; None where no class is learnt.
    probabilities
        Probability of each label, in the order of `labels.txt`.
    dimensions
        Activation, valence and dominance by name, on the rating scale of their corpus; empty where
        these are not learnt. Values may lie outside of the scale.
    attention
        ``(frames, heads)``, each column sums to 1; None where the decoder does not attend.
    frame_shift
        Seconds from one frame of the attention to the next.
    start, end
        Seconds within the recording.
    transcript
        Recognised words; None where the archive has no recogniser.
    words
        The same words, with times in seconds from `start`.
    channel
        Number of the channel that was heard, from 1; None where all were, averaged.
    embedding
        Input of a linear probe's head, ``(features,)``; None where the model is no such probe.
    adapted_to
        Number of recordings that the model was adapted to; 0 where it is as it was trained.
    class_set
        The classes that may be right; None where the model was not asked for them.
    occlusion
        What silencing each word or moment costs the most probable class; None where nobody asked.
    doubts
        Reasons to doubt that it is speech which can be judged, in words; mostly none.
    """

    label: str | None
    probabilities: dict[str, float]
    dimensions: dict[str, float]
    attention: np.ndarray | None
    frame_shift: float
    start: float
    end: float
    transcript: str | None = None
    words: tuple[Word, ...] = ()
    channel: int | None = None
    embedding: np.ndarray | None = None
    adapted_to: int = 0
    class_set: ClassSet | None = None
    occlusion: tuple[Occluded, ...] | None = None
    doubts: tuple[str, ...] = ()

    def at(self, start: float, channel: int | None = None) -> "SpeechEmotionResult":
        """Return the same result, for a part that starts so many seconds into its recording."""
        return replace(self, start=self.start + start, end=self.end + start, channel=channel)

    @property
    def most_probable(self) -> str | None:
        """The most probable class, even where the label is ``unknown``; None where none is."""
        shares = self.probabilities
        return max(shares, key=lambda label: shares[label]) if shares else None

    def attended_words(self) -> list[AttendedWord]:
        """Return the recognised words with the attention that they got.

        There are none where the archive has no recogniser, or the decoder does not attend.
        """
        if self.attention is None:
            return []
        return attend_words(self.attention, self.frame_shift, self.words)

    def as_json(self) -> dict[str, Any]:
        """Return the result for JSON, without attention, numbers rounded to significant digits."""
        found: dict[str, Any] = {} if self.channel is None else {"channel": self.channel}
        found |= {"start": round(self.start, 3), "end": round(self.end, 3)}
        if self.label is not None:
            found["label"] = self.label
            found["probabilities"] = {k: round(v, 6) for k, v in self.probabilities.items()}
        if self.class_set is not None:
            found["set"] = asdict(self.class_set)
        if self.occlusion is not None:
            found["occlusion"] = [piece.as_json() for piece in self.occlusion]
        if self.dimensions:
            found["dimensions"] = {k: round(v, 4) for k, v in self.dimensions.items()}
        if self.adapted_to:
            found["adapted_to"] = self.adapted_to
        if self.doubts:
            found["doubts"] = [*self.doubts]
        if self.transcript is not None:
            found["transcript"] = self.transcript
        return found
