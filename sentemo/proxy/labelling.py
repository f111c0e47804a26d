"""Sentiment of every transcript, scored once per distinct text, resumable (SA2SR, 3.2)."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from sentemo.core.errors import SentemoError
from sentemo.core.files import atomic_file
from sentemo.launch.workers import InThisProcess, Workers

TEXTS_PER_PART = 1000  # a killed run loses as many at most
IN_THIS_PROCESS = InThisProcess()


class Score(NamedTuple):
    """Probabilities of the sentiments; `truncated` if only the text's beginning was read."""

    negative: float
    neutral: float
    positive: float
    truncated: bool = False


class Backend(Protocol):
    """A model of the sentiment of texts; it may travel to another process.

    Attributes
    ----------
    description
        Everything that the scores depend on, in types of JSON.
    """

    description: dict[str, Any]

    def score(self, texts: Sequence[str]) -> list[Score]:
        """Score texts; neighbours have about the same length."""


def label_texts(
    texts: Mapping[str, str], backend: Backend, kept: Path, workers: Workers = IN_THIS_PROCESS
) -> dict[str, Score]:
    """Score every transcript that has words, by utterance.

    Parameters
    ----------
    texts
        Transcripts by utterance; copies at other speeds and repeated sentences are scored once.
    kept
        File that keeps the scores so far, for a run that is killed; the caller removes it.
    workers
        Workers that score; they do not change the result.

    Raises
    ------
    SentemoError
        When no transcript has words.
    """
    read = {utt: in_small_letters(text) for utt, text in texts.items() if text}
    if not read:
        raise SentemoError(f"{len(texts)} transcripts, and none has a word; give another --text")
    # The longest come first: a text too long for the memory fails at once, not after hours.
    distinct = sorted(set(read.values()), key=lambda text: (-len(text), text))
    parts = [distinct[n : n + TEXTS_PER_PART] for n in range(0, len(distinct), TEXTS_PER_PART)]
    digest = hashlib.sha256("\n".join(distinct).encode()).hexdigest()
    state = json.dumps({**backend.description, "texts": digest}, sort_keys=True)
    scores = _score(parts, backend, kept, state, workers)
    by_text = dict(zip(distinct, scores, strict=True))
    return {utt: by_text[text] for utt, text in read.items()}


def in_small_letters(text: str) -> str:
    """Return a text that is all in capitals, as in LibriSpeech, in small letters.

    Sentiment models take single words in capitals for emphasis, and were trained on few texts that
    are all in capitals.
    """
    return text.lower() if text.isupper() else text


def _score(
    parts: Sequence[Sequence[str]], backend: Backend, kept: Path, state: str, workers: Workers
) -> list[Score]:
    from tqdm import tqdm

    scored = _resume(kept, state)
    # Each character takes about the same time; sentences do not.
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
    """Some texts, which may travel to another process."""

    number: int
    texts: Sequence[str]


def _score_part(backend: Backend, part: _Part) -> list[Score]:
    return backend.score(part.texts)


def _resume(kept: Path, state: str) -> dict[int, list[Score]]:
    """Return the parts that were scored before with the same state, and keep only these."""
    content = kept.read_text(encoding="utf-8") if kept.is_file() else ""
    first, *lines = content.split("\n")[:-1] or [""]  # a killed run may leave half a line
    if first != state:
        lines = []
    with atomic_file(kept) as stream:
        stream.writelines(f"{line}\n" for line in (state, *lines))
    return {number: [Score(*one) for one in scores] for number, scores in map(json.loads, lines)}
