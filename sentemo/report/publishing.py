"""Results as a recipe's folder publishes them: the scores, and the predictions behind them.

Anybody can compute every score again. An experiment's table is its ``predictions/test.tsv``. That
of a study has a line per utterance, and a column per row and seed with the predicted class,
``<candidate>_seed<number>``.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sentemo.core.cells import text_cell, text_of_cell
from sentemo.core.errors import SentemoError
from sentemo.core.files import atomic_file, copy_file, read_text
from sentemo.scoring.predictions import (
    FIXED_COLUMNS,
    Prediction,
    predictions_file,
    read_predictions,
)
from sentemo.scoring.scores_file import read_scores_file

KEYS = FIXED_COLUMNS[:-1]
STUDY = "study"
SUFFIXES = {"label": ".tsv", "avd": "_avd.tsv"}


def publish(exp: Path, dest: Path) -> list[Path]:
    """Copy what a scored experiment or study says of its test sides, and return the files.

    Parameters
    ----------
    exp
        Directory of the experiment or study.
    dest
        Name of the result without an ending, such as ``egs/emodb/results/probe_built_in``.

    Raises
    ------
    SentemoError
        When it is not scored, or predictions are missing.
    """
    if not (exp / "scores.json").is_file():
        raise SentemoError(f"{exp}: no scores.json. Run the score stage first.")
    scores = read_scores_file(exp / "scores.json")
    files = [dest.with_name(dest.name + ".json")]
    copy_file(exp / "scores.json", files[0])
    if scores["kind"] == STUDY:
        if scores.get("task", "label") != "dimensional":
            files.append(dest.with_name(dest.name + SUFFIXES["label"]))
            _write_study(files[-1], runs_of_study(exp, scores))
        return files
    for target, suffix in SUFFIXES.items():
        predicted = exp / predictions_file(target, "test")
        if predicted.is_file():
            files.append(dest.with_name(dest.name + suffix))
            copy_file(predicted, files[-1])
    return files


def runs_of_study(exp: Path, scores: dict[str, Any]) -> dict[str, list[Prediction]]:
    """Return the test predictions of every row's candidate and seed, by ``<candidate>_seed<n>``.

    Raises
    ------
    SentemoError
        When a row has no predictions.
    """
    found = {}
    for row in scores["test"]:
        if "candidate" not in row:
            continue
        directories = sorted(
            exp.glob(f"{row['candidate']}_seed*/"), key=lambda d: int(d.name.rpartition("seed")[2])
        )
        if not directories:
            raise SentemoError(f"{exp}: no {row['candidate']}_seed*. Run the train stage again.")
        for directory in directories:
            path = directory / predictions_file("label", "test")
            found[directory.name] = read_predictions(path)[1]
    return found


def _write_study(path: Path, runs: dict[str, list[Prediction]]) -> None:
    by_run = [{p.utterance: p.predicted for p in predictions} for predictions in runs.values()]
    with atomic_file(path) as stream:
        stream.write("\t".join([*KEYS, *runs]) + "\n")
        for p in sorted(next(iter(runs.values())), key=lambda p: p.utterance):
            cells = [p.utterance, str(p.fold), p.speaker, p.label]
            cells += [predicted[p.utterance] for predicted in by_run]
            stream.write("\t".join(map(text_cell, cells)) + "\n")


def read_published_study(path: Path) -> dict[str, list[Prediction]]:
    """Read a study's table; the predictions have no probabilities.

    Raises
    ------
    SentemoError
        Naming a line that has another number of columns than the header.
    """
    header, *lines = [line.split("\t") for line in read_text(path).splitlines()]
    runs: dict[str, list[Prediction]] = {name: [] for name in header[len(KEYS) :]}
    for number, line in enumerate(lines, start=2):
        if len(line) != len(header) or not line[1].isdecimal():
            raise SentemoError(f"{path}:{number}: no line of this table. Publish the study again.")
        _add_line(runs, list(map(text_of_cell, line)))
    return runs


def _add_line(runs: dict[str, list[Prediction]], cells: Sequence[str]) -> None:
    utterance, fold, speaker, label, *predicted = cells
    for predictions, found in zip(runs.values(), predicted, strict=True):
        predictions.append(Prediction(utterance, int(fold), speaker, label, found, ()))
