"""An entry of a list describes one utterance; lists name sides and folds by several words."""

import re
from dataclasses import dataclass
from pathlib import Path

from sentemo.data.listing import OTHER_SIDES
from sentemo.data.splits import SIDES

# The words of Hugging Face's datasets too, of which `eval` and `evaluation` are the test side.
SIDE_OF_WORD = (
    {side: side for side in SIDES}
    | OTHER_SIDES
    | dict.fromkeys(("testing", "eval", "evaluation"), "test")
)
ONLY_FOLD = "1"  # name of the fold of lists that name none
_NUMBERED_FOLD = re.compile(r"(?<![a-z])(?:fold|session|split)[ _-]?0*(\d+)(?!\d)", re.IGNORECASE)


@dataclass(frozen=True)
class ListedUtterance:
    """One utterance on one side of one fold, as a list has it.

    Attributes
    ----------
    where
        List and line or key, for messages.
    file
        The recording as it is listed.
    side
        ``train``, ``valid`` or ``test``; "" while only a fold is known, see `rotated`.
    fold
        Name of the fold.
    label, speaker, text
        What the list says; None where it does not.
    audio
        The file on this machine; None where it is not found.
    digest
        Of the recording, where the list holds the recording itself.
    channel
        Channel of the recording, from 0; None for the only one, or the mean of several.
    start, end
        Seconds within the recording; both are None for a whole one.
    """

    where: str
    file: str
    side: str
    fold: str = ONLY_FOLD
    label: str | None = None
    speaker: str | None = None
    text: str | None = None
    audio: Path | None = None
    digest: str | None = None
    channel: int | None = None
    start: float | None = None
    end: float | None = None

    @property
    def part(self) -> tuple[int | None, float | None, float | None]:
        """Return channel, start and end, by which parts of one recording are told apart."""
        return self.channel, self.start, self.end


def side_of_word(word: str) -> str | None:
    """Return the side that a word names: ``valid`` for ``Development``, ``test`` for ``Test2``."""
    return SIDE_OF_WORD.get(re.sub(r"[\W_\d]+$", "", word.strip().lower()))


def side_in_name(name: str) -> str | None:
    """Return the side that a word in the name of a file or folder says: ``train_meta_data``.

    None where no word does, or where words name different sides.
    """
    words = re.findall(r"[^\W\d_]+", name.lower())
    sides = {SIDE_OF_WORD[word] for word in words if word in SIDE_OF_WORD}
    return sides.pop() if len(sides) == 1 else None


def fold_in_name(name: str) -> str | None:
    """Return the number of a fold in a name: 3 of ``emodb_test_fold_3`` and of ``Session3``."""
    found = _NUMBERED_FOLD.findall(name)
    return found[-1] if found else None
