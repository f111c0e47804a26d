"""The sentiment of every transcript, scored once per distinct text and resumable (SA2SR, 3.2)."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from sentemo.core.errors import SentemoError
from sentemo.core.files import atomic_file
from sentemo.launch.workers import InThisProcess, Workers

TEXTS_PER_PART = 1000  # what a killed run may lose
HERE = InThisProcess()


class Score(NamedTuple):
    """Probabilities of the sentiments, and whether only the beginning of the text was read."""

    negative: float
    neutral: float
    positive: float
    truncated: bool = False


class Backend(Protocol):
    """What tells the sentiment of texts; it may travel to whoever scores them.

    Attributes
    ----------
    description
        JSON-able: all that the scores depend on.
    """

    description: dict[str, Any]

    def score(self, texts: Sequence[str]) -> list[Score]:
        """Score texts, of which neighbours are of about the same length."""


def label_texts(
    texts: Mapping[str, str], backend: Backend, kept: Path, workers: Workers = HERE
) -> dict[str, Score]:
    """Score every transcript that has words, by utterance.

    Parameters
    ----------
    texts
        By utterance; speed copies and repeated sentences are scored once.
    kept
        File that keeps what is scored so far, for a run that was killed; the caller removes it.
    workers
        Who scores; it does not change the result.

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
    state = json.dumps({**backend.description, "texts": digest}, sort_keys=True)
    scores = _score(parts, backend, kept, state, workers)
    by_text = dict(zip(distinct, scores, strict=True))
    return {utt: by_text[text] for utt, text in read.items()}


def in_small_letters(text: str) -> str:
    """Return a text all in capitals, as LibriSpeech's are, in small letters.

    Sentiment models take single words in capitals for emphasis, and were trained on few texts of
    nothing else.
    """
    return text.lower() if text.isupper() else text


def _score(
    parts: Sequence[Sequence[str]], backend: Backend, kept: Path, state: str, workers: Workers
) -> list[Score]:
    from tqdm import tqdm

    scored = _resume(kept, state)
    # Characters take about the same time each; sentences do not.
    sizes = [sum(map(len, part)) for part in parts]
    left = [_Part(number, part) for number, part in enumerate(parts) if number not in scored]
    with (
        open(kept, "a", encoding="utf-8") as stream,
        tqdm(
            desc="sentiment",
            total=sum(sizes),
            initial=sum(sizes[number] for number in scored),
            unit="char",
            unit_scale=True,
        ) as bar,
    ):
        for part, scores in workers.run(partial(_score_part, backend), left):
            scored[part.number] = scores
            stream.write(f"{json.dumps([part.number, scores])}\n")
            stream.flush()
            bar.update(sizes[part.number])
    return [score for number in range(len(parts)) for score in scored[number]]


class _Part(NamedTuple):
    """Some texts; it travels to whoever scores them."""

    number: int
    texts: Sequence[str]


def _score_part(backend: Backend, part: _Part) -> list[Score]:
    return backend.score(part.texts)


def _resume(kept: Path, state: str) -> dict[int, list[Score]]:
    """Return the parts that were scored in this very state before, and keep only these."""
    content = kept.read_text(encoding="utf-8") if kept.is_file() else ""
    first, *lines = content.split("\n")[:-1] or [""]  # a killed run may leave half a line
    if first != state:
        lines = []
    with atomic_file(kept) as stream:
        stream.writelines(f"{line}\n" for line in (state, *lines))
    return {number: [Score(*one) for one in scores] for number, scores in map(json.loads, lines)}
