"""An experiment's attention on disk: by frame, by word, by class, and in pictures."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import kaldiio
import numpy as np

from sentemo.core.errors import Problems, SentemoError
from sentemo.core.files import atomic_dir, write_json
from sentemo.data.audio import read_headers
from sentemo.data.kaldi import Utterance, duration
from sentemo.data.word_times import Word
from sentemo.scoring.predictions import Prediction, predictions_file, read_predictions
from sentemo.visualization.attention_picture import draw_attention
from sentemo.visualization.word_attention import (
    AttendedWord,
    attend_words,
    curve,
    most_attended,
)

LEAST, MOST = 3, 10  # of the list of words: times said, and words
NO_CLASS = "all"  # where no class is learnt


def write_attention(
    folder: Path,
    exp: Path,
    utterances: Sequence[Utterance],
    attention: Mapping[str, np.ndarray],
    folds: Mapping[str, int],
    frame_shift: float,
    words: Mapping[str, list[Word] | str],
    source: str,
    pictures: int,
) -> None:
    """Write the folder that ``report.html`` reads, whole or not at all.

    Parameters
    ----------
    folder
        Receives ``words.jsonl``, ``summary.json``, ``attention.ark`` and pictures.
    exp
        The experiment, with its predictions.
    attention
        By utterance ``(frames, heads)``, each column sums to 1.
    folds
        Whose model attends, by utterance.
    words
        With their times, or why an utterance has none.
    source
        What the words are, for people.
    pictures
        Utterances to draw of each class: those that are recognised with most confidence.

    Raises
    ------
    SentemoError
        Counting the utterances whose audio cannot be read.
    """
    seconds = _seconds(folder, utterances)
    attended = {
        utt: [] if isinstance(timed, str) else attend_words(attention[utt], frame_shift, timed)
        for utt, timed in words.items()
    }
    reasons = {utt: timed for utt, timed in words.items() if isinstance(timed, str)}
    predictions = _predictions(exp)
    with atomic_dir(folder) as aside:
        ark = {utt: attention[utt].astype(np.float32) for utt in sorted(attention)}
        kaldiio.save_ark(str(aside / "attention.ark"), ark)
        with open(aside / "words.jsonl", "w", encoding="utf-8") as stream:
            for utt in utterances:
                line = {
                    "utterance": utt.id,
                    "fold": folds[utt.id],
                    "duration": round(seconds[utt.id], 3),
                    "words": [word.as_json() for word in attended[utt.id]],
                    "curve": curve(attention[utt.id]),
                    "unaligned": reasons.get(utt.id),
                }
                stream.write(json.dumps(line, ensure_ascii=False) + "\n")
        write_json(aside / "summary.json", _summary(source, utterances, attended, reasons))
        for utt in _most_confident(utterances, predictions, pictures):
            draw_attention(
                aside / f"{utt.label}_{utt.id.replace('/', '_')}.png",
                utt,
                predictions[utt.id],
                attention[utt.id],
                frame_shift,
                attended[utt.id],
            )


def _seconds(folder: Path, utterances: Sequence[Utterance]) -> dict[str, float]:
    headers = read_headers(utt.audio for utt in utterances)
    problems = Problems(str(folder))
    for utt in utterances:
        if isinstance(headers[utt.audio], SentemoError):
            problems.add("audio", utt.id, str(headers[utt.audio]))
    problems.raise_if_any("Repair these audio files, and run the same command again.")
    return {utt.id: duration(utt, headers[utt.audio].duration) for utt in utterances}


def _predictions(exp: Path) -> dict[str, Prediction]:
    """Read the test side's predictions; none where no class is learnt."""
    path = exp / predictions_file("label", "test")
    return {found.utterance: found for found in read_predictions(path)[1]} if path.exists() else {}


def _summary(
    source: str,
    utterances: Sequence[Utterance],
    attended: Mapping[str, Sequence[AttendedWord]],
    reasons: Mapping[str, str],
) -> dict[str, Any]:
    labelled = ((utt.label or NO_CLASS, attended[utt.id]) for utt in utterances)
    return {
        "text": source,
        "utterances": len(utterances),
        "unaligned": dict(Counter(reasons.values())),
        "least": LEAST,
        "classes": most_attended(labelled, LEAST, MOST),
    }


def _most_confident(
    utterances: Sequence[Utterance], predictions: Mapping[str, Prediction], number: int
) -> Iterator[Utterance]:
    """Choose utterances of each class, those that are rightly recognised with most confidence."""
    right = [
        utt
        for utt in utterances
        if utt.id in predictions and predictions[utt.id].predicted == utt.label
    ]
    right.sort(key=lambda utt: -max(predictions[utt.id].probabilities))
    for label in sorted({utt.label for utt in right}):
        yield from [utt for utt in right if utt.label == label][:number]
