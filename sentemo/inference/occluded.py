"""A word or a moment of a recording that was silenced, and what that cost the answer."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Occluded:
    """A piece of a recording that was silenced.

    Attributes
    ----------
    start, end
        Seconds within the recording.
    lost
        Probability of the answer less what is left of it; below 0 where the piece spoke against
        the answer.
    word
        What is said in it; None where the piece is a moment, whatever is said.
    attention
        Mean attention within it, as a multiple of even attention; None where the decoder does not
        attend.
    """

    start: float
    end: float
    lost: float
    word: str | None = None
    attention: float | None = None

    def as_json(self) -> dict[str, Any]:
        """Return it for JSON, with rounded numbers."""
        found: dict[str, Any] = {} if self.word is None else {"word": self.word}
        found |= {"start": round(self.start, 3), "end": round(self.end, 3)}
        found["lost"] = round(self.lost, 4)
        if self.attention is not None:
            found["attention"] = round(self.attention, 4)
        return found
