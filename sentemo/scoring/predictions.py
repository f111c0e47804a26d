"""Predictions on disk: a table per side and target, keyed by utterance and fold.

Classes have the columns ``utterance  fold  speaker  label  predicted  p_<label> …``, separated by
tabs, with one ``p_`` column per label in the order of ``labels.txt``. Dimensions, on the corpus'
own scale, have ``utterance  fold  speaker  activation  valence  dominance  predicted_activation
predicted_valence  predicted_dominance``.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np

from sentemo.core.cells import text_cell, text_of_cell
from sentemo.core.errors import Problems, SentemoError
from sentemo.core.files import atomic_file, read_text
from sentemo.data.dimensions import DIMENSIONS
from sentemo.data.kaldi import UNKNOWN_SPEAKER

KEY_COLUMNS = ("utterance", "fold", "speaker")
FIXED_COLUMNS = (*KEY_COLUMNS, "label", "predicted")
PROBABILITY_PREFIX = "p_"
DIMENSION_COLUMNS = (*KEY_COLUMNS, *DIMENSIONS, *(f"predicted_{name}" for name in DIMENSIONS))
FILES = {"label": "predictions/{side}.tsv", "avd": "predictions/{side}_avd.tsv"}
REMEDY = "Run the decode stage again; do not edit predictions by hand."


@dataclass(frozen=True)
class Prediction:
    """Prediction of the model of one fold for one utterance's class.

    Attributes
    ----------
    utterance, speaker
        Ids as in the data directory.
    fold
        Number of the fold whose model made the prediction.
    label, predicted
        Reference label, and the label with the highest probability.
    probabilities
        Probability of each label, in label order.
    """

    utterance: str
    fold: int
    speaker: str
    label: str
    predicted: str
    probabilities: tuple[float, ...]


@dataclass(frozen=True)
class DimensionPrediction:
    """Prediction of the model of one fold for an utterance's activation, valence and dominance.

    Attributes
    ----------
    utterance, fold, speaker
        As in `Prediction`.
    target, predicted
        Reference and predicted values of the three, in this order, on the corpus' own scale.
    """

    utterance: str
    fold: int
    speaker: str
    target: tuple[float, ...]
    predicted: tuple[float, ...]


AnyPrediction = Prediction | DimensionPrediction
PredictionT = TypeVar("PredictionT", Prediction, DimensionPrediction)


def probabilities_and_references(
    labels: Sequence[str], predictions: Sequence[Prediction]
) -> tuple[np.ndarray, np.ndarray]:
    """Return probabilities, ``(utterances, labels)``, and numbers of the reference labels."""
    probabilities = np.array([p.probabilities for p in predictions])
    return probabilities, np.array([labels.index(p.label) for p in predictions])


def count_predictions(test: Sequence[AnyPrediction]) -> dict[str, int]:
    """Count the utterances, the known speakers and the folds of a test set."""
    return {
        "utterances": len(test),
        "speakers": len({p.speaker for p in test} - {UNKNOWN_SPEAKER}),
        "folds": len({p.fold for p in test}),
    }


def predictions_file(target: str, side: str) -> str:
    """Return the path of a target's table below an experiment's directory.

    The target is ``label`` or ``avd``.
    """
    return FILES[target].format(side=side)


def write_prediction_tables(
    exp: Path, side: str, labels: Sequence[str] | None, predictions: Sequence[AnyPrediction]
) -> None:
    """Write a table for each target that was predicted; see `predictions_file`."""
    classes = [p for p in predictions if isinstance(p, Prediction)]
    if classes:
        write_predictions(exp / predictions_file("label", side), labels or [], classes)
    dimensions = [p for p in predictions if isinstance(p, DimensionPrediction)]
    if dimensions:
        write_dimension_predictions(exp / predictions_file("avd", side), dimensions)


def write_predictions(path: Path, labels: Sequence[str], predictions: Iterable[Prediction]) -> None:
    """Write `predictions` sorted by utterance and fold, whole or not at all.

    Parameters
    ----------
    path
        For example ``exp/NAME/predictions/test.tsv``.
    labels
        Labels, in the order of each prediction's probabilities.
    predictions
        Predictions, at most one per utterance and fold.
    """
    header = [*FIXED_COLUMNS, *(PROBABILITY_PREFIX + label for label in labels)]

    def columns(p: Prediction) -> list[str]:
        # strict, as a probability that belongs to no label must not be lost silently
        scores = [f"{score:.6f}" for _, score in zip(labels, p.probabilities, strict=True)]
        return [text_cell(p.label), text_cell(p.predicted), *scores]

    _write(path, header, ((p, columns(p)) for p in predictions))


def write_dimension_predictions(path: Path, predictions: Iterable[DimensionPrediction]) -> None:
    """Write predicted dimensions in the same way as `write_predictions` does classes."""

    def columns(p: DimensionPrediction) -> list[str]:
        return [f"{value:.6f}" for value in (*p.target, *p.predicted)]

    _write(path, DIMENSION_COLUMNS, ((p, columns(p)) for p in predictions))


def _write(
    path: Path, header: Sequence[str], rows: Iterable[tuple[AnyPrediction, list[str]]]
) -> None:
    """Write predictions, each with its cells behind the key columns."""
    with atomic_file(path) as stream:
        stream.write("\t".join(header) + "\n")
        for prediction, cells in sorted(rows, key=lambda row: (row[0].utterance, row[0].fold)):
            stream.write("\t".join([*_key_columns(prediction), *cells]) + "\n")


def _key_columns(prediction: AnyPrediction) -> list[str]:
    return [text_cell(prediction.utterance), str(prediction.fold), text_cell(prediction.speaker)]


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
    lines = _lines(path)
    labels = _labels_of_header(path, lines[0])
    return labels, _read(path, lines, len(FIXED_COLUMNS) + len(labels), _prediction)


def read_dimension_predictions(path: Path) -> list[DimensionPrediction]:
    """Read a table of predicted dimensions in the order of the file.

    Raises
    ------
    SentemoError
        In the same cases as `read_predictions`.
    """
    lines = _lines(path)
    if tuple(lines[0].split("\t")) != DIMENSION_COLUMNS:
        _refuse_header(path, lines[0], DIMENSION_COLUMNS)
    return _read(path, lines, len(DIMENSION_COLUMNS), _dimension_prediction)


def _lines(path: Path) -> list[str]:
    if not path.is_file():
        raise SentemoError(f"{path}: there is no such file. Run the decode stage first.")
    try:
        return read_text(path).split("\n")
    except SentemoError as error:
        raise SentemoError(f"{error} {REMEDY}") from error


def _labels_of_header(path: Path, header: str) -> list[str]:
    columns = header.split("\t")
    fixed, scores = columns[: len(FIXED_COLUMNS)], columns[len(FIXED_COLUMNS) :]
    labels = [name.removeprefix(PROBABILITY_PREFIX) for name in scores]
    starts = all(name.startswith(PROBABILITY_PREFIX) for name in scores)
    if tuple(fixed) != FIXED_COLUMNS or not labels or not starts or len(set(labels)) < len(labels):
        _refuse_header(path, header, [*FIXED_COLUMNS, f"{PROBABILITY_PREFIX}<label>…"])
    return labels


def _refuse_header(path: Path, header: str, expected: Sequence[str]) -> None:
    wanted = "<tab>".join(expected)
    raise SentemoError(f"{path}:1: expected the header {wanted}, found {header!r}. {REMEDY}")


def _read(
    path: Path, lines: list[str], width: int, parse: Callable[[list[str]], PredictionT]
) -> list[PredictionT]:
    """Parse all lines but the header, each of which has `width` columns."""
    problems = Problems(str(path))
    if lines.pop() != "":
        # The writer ends every line with a line break, so this one was cut off.
        problems.add("cut off", f"{path}:{len(lines) + 1}", "the last line has no end")
    predictions = []
    seen = set()
    for number, line in enumerate(lines[1:], start=2):
        try:
            prediction = _parse_line(line, width, parse)
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
    return predictions


def _parse_line(line: str, width: int, parse: Callable[[list[str]], PredictionT]) -> PredictionT:
    columns = line.split("\t")
    if len(columns) != width:
        raise ValueError(f"{len(columns)} columns instead of {width}")
    if not columns[0]:
        raise ValueError("no utterance id")
    return parse(columns)


def _prediction(columns: list[str]) -> Prediction:
    fold, scores = columns[1], columns[len(FIXED_COLUMNS) :]
    utterance, _, speaker, label, predicted = map(text_of_cell, columns[: len(FIXED_COLUMNS)])
    probabilities = tuple(float(score) for score in scores)
    if not all(math.isfinite(score) for score in probabilities):
        raise ValueError("a probability is not finite")
    return Prediction(utterance, int(fold), speaker, label, predicted, probabilities)


def _dimension_prediction(columns: list[str]) -> DimensionPrediction:
    fold, numbers = columns[1], columns[3:]
    utterance, _, speaker = map(text_of_cell, columns[:3])
    values = tuple(float(number) for number in numbers)
    if not all(math.isfinite(value) for value in values):
        raise ValueError("a dimension is not finite")
    half = len(DIMENSIONS)
    return DimensionPrediction(utterance, int(fold), speaker, values[:half], values[half:])
