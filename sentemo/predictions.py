"""Predictions on disk: one table per set, keyed by utterance and fold.

The columns are ``utterance  fold  speaker  label  predicted  p_<label> …``, separated by
tabs, with one ``p_`` column per label in the order of ``labels.txt``.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from sentemo.errors import Problems, SentemoError
from sentemo.stages import atomic_file

FIXED_COLUMNS = ("utterance", "fold", "speaker", "label", "predicted")
PROBABILITY_PREFIX = "p_"
REMEDY = "Run the decode stage again; do not edit predictions by hand."


@dataclass(frozen=True)
class Prediction:
    """What the model of one fold says about one utterance.

    Attributes
    ----------
    utterance, speaker
        Ids as in the data directory.
    fold
        Number of the fold whose model predicted.
    label, predicted
        Reference label, and the label with the highest probability.
    probabilities
        One per label, in label order.
    """

    utterance: str
    fold: int
    speaker: str
    label: str
    predicted: str
    probabilities: tuple[float, ...]


def write_predictions(path: Path, labels: Sequence[str], predictions: Iterable[Prediction]) -> None:
    """Write `predictions` sorted by utterance and fold, whole or not at all.

    Parameters
    ----------
    path
        For example ``exp/NAME/predictions/test.tsv``.
    labels
        Label order, which is the order of each prediction's probabilities.
    predictions
        At most one per utterance and fold.
    """
    header = [*FIXED_COLUMNS, *(PROBABILITY_PREFIX + label for label in labels)]
    with atomic_file(path) as stream:
        stream.write("\t".join(header) + "\n")
        for p in sorted(predictions, key=lambda p: (p.utterance, p.fold)):
            fixed = [p.utterance, str(p.fold), p.speaker, p.label, p.predicted]
            # strict: a probability that belongs to no label must not be lost silently
            scores = [f"{score:.6f}" for _, score in zip(labels, p.probabilities, strict=True)]
            stream.write("\t".join(fixed + scores) + "\n")


def read_predictions(path: Path) -> tuple[list[str], list[Prediction]]:
    """Read a table of predictions.

    Returns
    -------
    labels : list of str
        Label order, from the header.
    predictions : list of Prediction
        In the order of the file.

    Raises
    ------
    SentemoError
        The file is missing, empty or not UTF-8, its header is another one, or lines (all are
        counted) have a wrong number of columns, a fold or probability that is no number, or
        an utterance that the same fold predicted before.
    """
    path = Path(path)
    if not path.is_file():
        raise SentemoError(f"{path}: there is no such file. Run the decode stage first.")
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except UnicodeDecodeError as error:
        raise SentemoError(f"{path}: not UTF-8 (byte {error.start}). {REMEDY}") from error
    labels = _labels_of_header(path, lines[0])
    problems = Problems(str(path))
    if lines.pop() != "":
        # The writer ends every line, so this one was cut off.
        problems.add("cut off", f"{path}:{len(lines) + 1}", "the last line has no end")
    predictions = []
    seen = set()
    for number, line in enumerate(lines[1:], start=2):
        try:
            prediction = _parse_line(line, len(labels))
        except ValueError as error:
            problems.add("malformed line", f"{path}:{number}", str(error))
            continue
        key = (prediction.utterance, prediction.fold)
        if key in seen:
            where = f"fold {prediction.fold} predicted it before"
            problems.add("duplicate utterance", f"{path}:{number}", f"{key[0]}: {where}")
        seen.add(key)
        predictions.append(prediction)
    problems.raise_if_any(REMEDY)
    if not predictions:
        raise SentemoError(f"{path}: no predictions. {REMEDY}")
    return labels, predictions


def _labels_of_header(path: Path, header: str) -> list[str]:
    columns = header.split("\t")
    fixed, scores = columns[: len(FIXED_COLUMNS)], columns[len(FIXED_COLUMNS) :]
    labels = [name.removeprefix(PROBABILITY_PREFIX) for name in scores]
    starts = all(name.startswith(PROBABILITY_PREFIX) for name in scores)
    if tuple(fixed) != FIXED_COLUMNS or not labels or not starts or len(set(labels)) < len(labels):
        expected = "<tab>".join([*FIXED_COLUMNS, f"{PROBABILITY_PREFIX}<label>…"])
        raise SentemoError(f"{path}:1: expected the header {expected}, found {header!r}. {REMEDY}")
    return labels


def _parse_line(line: str, n_labels: int) -> Prediction:
    columns = line.split("\t")
    expected = len(FIXED_COLUMNS) + n_labels
    if len(columns) != expected:
        raise ValueError(f"{len(columns)} columns instead of {expected}")
    utterance, fold, speaker, label, predicted = columns[: len(FIXED_COLUMNS)]
    if not utterance:
        raise ValueError("no utterance id")
    probabilities = tuple(float(score) for score in columns[len(FIXED_COLUMNS) :])
    if not all(math.isfinite(score) for score in probabilities):
        raise ValueError("a probability is not finite")
    return Prediction(utterance, int(fold), speaker, label, predicted, probabilities)
