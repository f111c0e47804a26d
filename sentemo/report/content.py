"""Content of a report: an experiment's scores, curves, predictions, attention and occlusion."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Any

from sentemo.core.config import read_config
from sentemo.core.errors import Problems, SentemoError
from sentemo.data.dimensions import DIMENSIONS
from sentemo.data.kaldi import UNKNOWN_SPEAKER, Utterance, read_data_dir
from sentemo.folds.history import fold_histories
from sentemo.report.baselines import baseline_files, best_baseline
from sentemo.report.explanations import EXPLANATIONS, Entry, add_attention, add_occlusion
from sentemo.report.tables import read_scores
from sentemo.scoring.predictions import (
    DimensionPrediction,
    Prediction,
    predictions_file,
    read_dimension_predictions,
    read_predictions,
)
from sentemo.training.history import History

CONFIG = "config.yaml"
REMEDY = "Run decode and score again with this data, then the report."


@dataclass(frozen=True)
class ReportContent:
    """All that the page of an experiment shows.

    Attributes
    ----------
    scores
        Content of ``scores.json``.
    entries
        One entry per test utterance, sorted by id: ``id``, ``speaker``, ``fold``, ``text``; for
        classes ``label``, ``predicted``, ``probabilities`` in label order, ``confidence``; for
        dimensions ``target``, ``estimate``, and the mean absolute ``error``; ``attention`` and
        ``occlusion`` as their commands write them, where these were run.
    utterances
        The same utterances of the data directory, in the same order.
    histories
        Losses and metrics of each fold's training.
    attention, occlusion
        Summaries of all attention and of all occlusion, or None.
    baseline
        Scores of the best baseline on the same data, or None.
    decoder
        Name of the decoder, as in the configuration; None where there is no configuration.
    """

    scores: dict[str, Any]
    entries: list[Entry]
    utterances: list[Utterance]
    histories: dict[int, History]
    attention: dict[str, Any] | None
    occlusion: dict[str, Any] | None
    baseline: dict[str, Any] | None
    decoder: str | None

    @property
    def labels(self) -> list[str]:
        """Class labels in their order; none where dimensions alone are learnt."""
        return self.scores.get("labels", [])

    @property
    def has_dimensions(self) -> bool:
        """Tell whether activation, valence and dominance are learnt."""
        return "dimensions" in self.scores


def source_files(exp: Path) -> list[Path]:
    """Return the files that a report is made from, as far as they exist."""
    names = ["scores.json", *EXPLANATIONS]
    names += [predictions_file(target, "test") for target in ("label", "avd")]
    return [*(exp / name for name in names if (exp / name).exists()), *baseline_files(exp)]


def read_report_content(exp: Path, data: Path) -> ReportContent:
    """Read a scored experiment and join it with its data by utterance id.

    Parameters
    ----------
    exp
        Experiment directory.
    data
        Data directory of the experiment.

    Raises
    ------
    SentemoError
        When the experiment is not scored or is a study, or its files disagree about the utterances.
    """
    path = exp / "scores.json"
    if not path.is_file():
        raise SentemoError(f"{path} is missing. Run the score stage first.")
    (scores,) = read_scores([path])
    if scores["kind"] != "ser":
        raise SentemoError(f"{exp}: is of kind {scores['kind']}, not an emotion recogniser.")
    entries = _entries(exp, scores)
    by_id = {utt.id: utt for utt in read_data_dir(data)}
    problems = Problems(str(exp))
    for utterance in sorted(entries.keys() - by_id.keys()):
        problems.add("not in the data", utterance, str(data))
    if len(entries) != scores["counts"]["utterances"]:
        counted = f"{len(entries)} predictions, {scores['counts']['utterances']} in scores.json"
        problems.add("scored before", str(exp), counted)
    problems.raise_if_any(REMEDY)
    attention, occlusion = add_attention(exp, entries), add_occlusion(exp, entries)
    for utterance, entry in entries.items():
        entry["text"] = by_id[utterance].text
    ordered = sorted(entries)
    return ReportContent(
        scores,
        [entries[utterance] for utterance in ordered],
        [by_id[utterance] for utterance in ordered],
        fold_histories(exp),
        attention,
        occlusion,
        best_baseline(exp, scores),
        read_config(exp / CONFIG).get("decoder") if (exp / CONFIG).is_file() else None,
    )


def _entries(exp: Path, scores: Mapping[str, Any]) -> dict[str, Entry]:
    """Return an entry with the predictions of each test utterance, by its id."""
    entries: dict[str, Entry] = defaultdict(dict)
    if "labels" in scores:
        for p in read_predictions(exp / predictions_file("label", "test"))[1]:
            entries[p.utterance] |= _class_entry(p)
    if "dimensions" in scores:
        for d in read_dimension_predictions(exp / predictions_file("avd", "test")):
            entries[d.utterance] |= _dimension_entry(d)
    return dict(entries)


def _class_entry(p: Prediction) -> Entry:
    return {
        **_key(p),
        "label": p.label,
        "predicted": p.predicted,
        "probabilities": p.probabilities,
        "confidence": max(p.probabilities),
    }


def _dimension_entry(p: DimensionPrediction) -> Entry:
    error = fmean(abs(a - b) for a, b in zip(p.target, p.predicted, strict=True))
    return {**_key(p), "target": p.target, "estimate": p.predicted, "error": error}


def _key(p: Prediction | DimensionPrediction) -> Entry:
    return {"id": p.utterance, "speaker": p.speaker, "fold": p.fold}


def by_speaker(entries: Iterable[Entry]) -> dict[str, dict[str, float]]:
    """Return each known speaker's number of utterances and mean absolute error by dimension."""
    of_speaker: dict[str, list[Sequence[float]]] = defaultdict(list)
    for entry in entries:
        errors = [abs(a - b) for a, b in zip(entry["target"], entry["estimate"], strict=True)]
        of_speaker[entry["speaker"]].append(errors)
    of_speaker.pop(UNKNOWN_SPEAKER, None)
    return {
        speaker: {
            "utterances": len(errors),
            **dict(zip(DIMENSIONS, map(fmean, zip(*errors, strict=True)), strict=True)),
        }
        for speaker, errors in of_speaker.items()
    }
