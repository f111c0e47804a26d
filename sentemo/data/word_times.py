"""Words with their times: ``words.ctm`` of a data directory, and alignments like it."""

import math
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from sentemo.data.preparation import Word
from sentemo.errors import Problems

WORD_TIMES = "words.ctm"


def read_words(data: Path) -> dict[str, list[Word]]:
    """Return the words of a data directory as `write_data_dir` takes them; none without times."""
    path = data / WORD_TIMES
    found = read_word_times(path) if path.is_file() else {}
    return {u: [Word(w.start, w.end - w.start, w.text) for w in ws] for u, ws in found.items()}


@dataclass(frozen=True)
class TimedWord:
    """A spoken word or sound such as ``[LAUGHTER]``, in seconds from its utterance's start."""

    text: str
    start: float
    end: float


def read_word_times(path: Path) -> dict[str, list[TimedWord]]:
    """Read ``<utterance> <channel> <start> <duration> <word>`` lines, each utterance's in order.

    Raises
    ------
    SentemoError
        Naming file and line of all that is no such line.
    """
    problems = Problems(str(path))
    found: dict[str, list[TimedWord]] = defaultdict(list)
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        try:
            utterance, _, start_text, length_text, word = line.split()
            start, length = float(start_text), float(length_text)
            if not (0 <= start < math.inf and 0 <= length < math.inf):
                raise ValueError
        except ValueError:
            problems.add("malformed line", f"{path}:{number}", repr(line))
            continue
        found[utterance].append(TimedWord(word, start, start + length))
    problems.raise_if_any(
        'A line is "<utterance> <channel> <start> <duration> <word>", in seconds. Run stage data '
        "again."
    )
    return {utterance: sorted(words, key=lambda w: w.start) for utterance, words in found.items()}
