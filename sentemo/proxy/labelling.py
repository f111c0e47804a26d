"""The sentiment of every transcript, scored once per distinct text and resumable (SA2SR, 3.2)."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from sentemo.errors import SentemoError
from sentemo.stages import atomic_file

TEXTS_PER_PART = 1000  # what a killed run may lose


class Score(NamedTuple):
    """Probabilities of the sentiments, and whether only the beginning of the text was read."""

    negative: float
    neutral: float
    positive: float
    truncated: bool = False


class Backend(Protocol):
    """What tells the sentiment of texts.

    Attributes
    ----------
    description
        JSON-able: all that the scores depend on.
    """

    description: dict[str, Any]

    def score(self, texts: Sequence[str]) -> list[Score]:
        """Score texts, of which neighbours are of about the same length."""


def label_texts(texts: Mapping[str, str], backend: Backend, partial: Path) -> dict[str, Score]:
    """Score every transcript that has words, by utterance.

    Parameters
    ----------
    texts
        By utterance; speed copies and repeated sentences are scored once.
    partial
        File that keeps what is scored so far, for a run that was killed; the caller removes it.

    Raises
    ------
    SentemoError
        When no transcript has words.
    """
    read = {utt: in_small_letters(text) for utt, text in texts.items() if text}
    if not read:
        raise SentemoError(f"{len(texts)} transcripts, and none has a word; give another --text")
    # The longest first: what is too long for the memory fails at once, not after hours.
    distinct = sorted(set(read.values()), key=lambda text: (-len(text), text))
    parts = [distinct[n : n + TEXTS_PER_PART] for n in range(0, len(distinct), TEXTS_PER_PART)]
    digest = hashlib.sha256("\n".join(distinct).encode()).hexdigest()
    scores = _score(parts, backend, partial, {**backend.description, "texts": digest})
    by_text = dict(zip(distinct, scores, strict=True))
    return {utt: by_text[text] for utt, text in read.items()}


def in_small_letters(text: str) -> str:
    """Return a text all in capitals, as LibriSpeech's are, in small letters.

    Sentiment models take single words in capitals for emphasis, and were trained on few texts of
    nothing else.
    """
    return text.lower() if text.isupper() else text


def _score(
    parts: Sequence[Sequence[str]], backend: Backend, partial: Path, state: Mapping[str, Any]
) -> list[Score]:
    from tqdm import tqdm

    scored = _resume(partial, json.dumps(state, sort_keys=True))
    # Characters take about the same time each; sentences do not.
    sizes = [sum(map(len, part)) for part in parts]
    with (
        open(partial, "a", encoding="utf-8") as stream,
        tqdm(
            desc="sentiment",
            total=sum(sizes),
            initial=sum(sizes[: len(scored)]),
            unit="char",
            unit_scale=True,
        ) as bar,
    ):
        for number in range(len(scored), len(parts)):
            scored.append(backend.score(parts[number]))
            stream.write(f"{json.dumps(scored[-1])}\n")
            stream.flush()
            bar.update(sizes[number])
    return [score for part in scored for score in part]


def _resume(partial: Path, state: str) -> list[list[Score]]:
    """Return the parts that were scored in this very state before, and keep only these."""
    content = partial.read_text(encoding="utf-8") if partial.is_file() else ""
    first, *lines = content.split("\n")[:-1] or [""]  # a killed run may leave half a line
    if first != state:
        lines = []
    with atomic_file(partial) as stream:
        stream.writelines(f"{line}\n" for line in (state, *lines))
    return [[Score(*values) for values in json.loads(line)] for line in lines]
