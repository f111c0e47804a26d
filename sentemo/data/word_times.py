"""Words with their times: ``words.ctm`` of a data directory, and alignments in its format."""

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sentemo.core.errors import Problems
from sentemo.core.files import atomic_file, read_text

WORD_TIMES = "words.ctm"


@dataclass(frozen=True)
class Word:
    """A spoken word, or a sound such as ``[LAUGHTER]``.

    Attributes
    ----------
    start, duration
        Seconds; the start counts from the start of the utterance.
    text
        The word as it is written.
    """

    start: float
    duration: float
    text: str

    @property
    def end(self) -> float:
        """Return the end of the word, in seconds from the start of the utterance."""
        return self.start + self.duration


@dataclass(frozen=True)
class TimedWords:
    """Words of utterances with their times, and where they are from.

    Attributes
    ----------
    words
        Words of each utterance with their times, or the reason why there are none.
    source
        Description of the origin of the words.
    cer
        CER of the recogniser that times the words; None where none does or it is not known.
    """

    words: Mapping[str, list[Word] | str]
    source: str
    cer: float | None = None

    @property
    def unaligned(self) -> dict[str, str]:
        """Reasons why utterances have no words with times."""
        return {utt: found for utt, found in self.words.items() if isinstance(found, str)}


def read_words(data: Path) -> dict[str, list[Word]]:
    """Return the words of a data directory; an empty dict if it has no word times."""
    path = data / WORD_TIMES
    return read_word_times(path) if path.exists() else {}


def read_word_times(path: Path) -> dict[str, list[Word]]:
    """Read ``<utterance> <channel> <start> <duration> <word>`` lines, each utterance's in order.

    Raises
    ------
    SentemoError
        Naming file and number of each malformed line.
    """
    problems = Problems(str(path))
    found: dict[str, list[Word]] = defaultdict(list)
    for number, line in enumerate(read_text(path).splitlines(), start=1):
        try:
            utterance, _, start_text, length_text, word = line.split()
            start, length = float(start_text), float(length_text)
            if not (0 <= start < math.inf and 0 <= length < math.inf):
                raise ValueError
        except ValueError:
            problems.add("malformed line", f"{path}:{number}", repr(line))
            continue
        found[utterance].append(Word(start, length, word))
    problems.raise_if_any(
        'A line is "<utterance> <channel> <start> <duration> <word>", in seconds. Run stage data '
        "again."
    )
    return {utterance: sorted(words, key=lambda w: w.start) for utterance, words in found.items()}


def write_word_times(path: Path, words: Mapping[str, Sequence[Word]]) -> None:
    """Write what `read_word_times` reads, each utterance's words in their order."""
    with atomic_file(path) as stream:
        for utt in sorted(words):
            for word in sorted(words[utt], key=lambda w: w.start):
                stream.write(f"{utt} 1 {word.start:.3f} {word.duration:.3f} {word.text}\n")
