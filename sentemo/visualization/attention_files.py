"""An experiment's attention on disk: by frame, by word, by class, and in pictures."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import kaldiio
import numpy as np

from sentemo.core.errors import Problems, SentemoError
from sentemo.core.file_names import file_name
from sentemo.core.files import atomic_dir, write_json
from sentemo.data.audio import read_headers
from sentemo.data.kaldi import Utterance, duration
from sentemo.data.word_times import TimedWords
from sentemo.scoring.predictions import Prediction, predictions_file, read_predictions
from sentemo.visualization.attention_picture import draw_attention
from sentemo.visualization.word_attention import (
    AttendedWord,
    attend_words,
    curve,
    most_attended,
)

LEAST, MOST = 3, 10  # a listed word occurs at least so often; a list has at most so many words
NO_CLASS = "all"  # where no class is learnt


@dataclass(frozen=True)
class AttentionMaps:
    """Attention of an experiment's models over the utterances that they were tested on.

    Attributes
    ----------
    utterances
        The test utterances.
    attention
        ``(frames, heads)`` of each utterance, each column of which sums to 1.
    folds
        Number of the fold whose model attends, by utterance.
    frame_shift
        Seconds from one frame to the next.
    timed
        Words of each utterance with their times.
    """

    utterances: Sequence[Utterance]
    attention: Mapping[str, np.ndarray]
    folds: Mapping[str, int]
    frame_shift: float
    timed: TimedWords

    def attended_words(self) -> dict[str, list[AttendedWord]]:
        """Return the attention to each word, by utterance."""
        return {
            utt: []
            if isinstance(words, str)
            else attend_words(self.attention[utt], self.frame_shift, words)
            for utt, words in self.timed.words.items()
        }


def write_attention(folder: Path, exp: Path, maps: AttentionMaps, pictures: int) -> None:
    """Write the folder that ``report.html`` reads, whole or not at all.

    Parameters
    ----------
    folder
        Folder that receives ``words.jsonl``, ``summary.json``, ``attention.ark`` and pictures.
    exp
        Experiment directory, with predictions.
    maps
        The attention.
    pictures
        Number of utterances to draw per class: the correct ones of highest confidence.

    Raises
    ------
    SentemoError
        Counting the utterances whose audio cannot be read.
    """
    seconds = _seconds(folder, maps.utterances)
    attended, reasons = maps.attended_words(), maps.timed.unaligned
    predictions = _predictions(exp)
    with atomic_dir(folder) as aside:
        ark = {utt: maps.attention[utt].astype(np.float32) for utt in sorted(maps.attention)}
        kaldiio.save_ark(str(aside / "attention.ark"), ark)
        with open(aside / "words.jsonl", "w", encoding="utf-8") as stream:
            for utt in maps.utterances:
                line = {
                    "utterance": utt.id,
                    "fold": maps.folds[utt.id],
                    "duration": round(seconds[utt.id], 3),
                    "words": [word.as_json() for word in attended[utt.id]],
                    "curve": curve(maps.attention[utt.id]),
                    "unaligned": reasons.get(utt.id),
                }
                stream.write(json.dumps(line, ensure_ascii=False) + "\n")
        write_json(aside / "summary.json", _summary(maps, attended, reasons))
        for utt in _most_confident(maps.utterances, predictions, pictures):
            draw_attention(
                aside / f"{file_name(f'{utt.label}_{utt.id}')}.png",
                utt,
                predictions[utt.id],
                maps.attention[utt.id],
                maps.frame_shift,
                attended[utt.id],
            )


def _seconds(folder: Path, utterances: Sequence[Utterance]) -> dict[str, float]:
    headers = read_headers(utt.audio for utt in utterances)
    problems = Problems(str(folder))
    seconds: dict[str, float] = {}
    for utt in utterances:
        header = headers[utt.audio]
        if isinstance(header, SentemoError):
            problems.add("audio", utt.id, str(header))
        else:
            seconds[utt.id] = duration(utt, header.duration)
    problems.raise_if_any("Repair these audio files, and run the same command again.")
    return seconds


def _predictions(exp: Path) -> dict[str, Prediction]:
    """Read the predictions of the test side; there are none where no class is learnt."""
    path = exp / predictions_file("label", "test")
    return {found.utterance: found for found in read_predictions(path)[1]} if path.exists() else {}


def _summary(
    maps: AttentionMaps,
    attended: Mapping[str, Sequence[AttendedWord]],
    reasons: Mapping[str, str],
) -> dict[str, Any]:
    labelled = ((utt.label or NO_CLASS, attended[utt.id]) for utt in maps.utterances)
    return {
        "text": maps.timed.source,
        "cer": maps.timed.cer,
        "utterances": len(maps.utterances),
        "unaligned": dict(Counter(reasons.values())),
        "least": LEAST,
        "classes": most_attended(labelled, LEAST, MOST),
    }


def _most_confident(
    utterances: Sequence[Utterance], predictions: Mapping[str, Prediction], number: int
) -> Iterator[Utterance]:
    """Yield the correct utterances of each class with the highest confidence."""
    right = [
        utt
        for utt in utterances
        if utt.id in predictions and predictions[utt.id].predicted == utt.label
    ]
    right.sort(key=lambda utt: -max(predictions[utt.id].probabilities))
    for label in sorted({utt.label for utt in right if utt.label is not None}):
        yield from [utt for utt in right if utt.label == label][:number]
