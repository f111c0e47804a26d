"""Content of a report: an experiment's scores, curves, predictions and attention."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Any

from sentemo.core.config import read_config
from sentemo.core.errors import Problems, SentemoError
from sentemo.core.files import read_text
from sentemo.core.structured import parse_json, read_json
from sentemo.data.dimensions import DIMENSIONS
from sentemo.data.kaldi import UNKNOWN_SPEAKER, Utterance, read_data_dir
from sentemo.folds.history import fold_histories
from sentemo.report.baselines import baseline_files, best_baseline
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
ATTENTION_WORDS, ATTENTION_SUMMARY = "attention/words.jsonl", "attention/summary.json"
HIGHEST_CER = 0.3  # of a recogniser whose words are shown
SHOWN = ("word", "start", "end", "attention", "bin")  # fields of a word that the page shows
REMEDY = "Run decode and score again with this data, then the report."

Entry = dict[str, Any]  # an utterance, as the page's script reads it


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
        dimensions ``target``, ``estimate``, and the mean absolute ``error``; ``attention`` as the
        attention command writes it, where it was run.
    utterances
        The same utterances of the data directory, in the same order.
    histories
        Losses and metrics of each fold's training.
    attention
        Summary of all attention, or None.
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
    names = ["scores.json", ATTENTION_WORDS, ATTENTION_SUMMARY]
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
    summary = _add_attention(exp, entries)
    for utterance, entry in entries.items():
        entry["text"] = by_id[utterance].text
    ordered = sorted(entries)
    return ReportContent(
        scores,
        [entries[utterance] for utterance in ordered],
        [by_id[utterance] for utterance in ordered],
        fold_histories(exp),
        summary,
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


def _add_attention(exp: Path, entries: Mapping[str, Entry]) -> dict[str, Any] | None:
    """Add the attention of its fold's model to each entry, and return the summary of all."""
    words, summary = exp / ATTENTION_WORDS, exp / ATTENTION_SUMMARY
    if not words.exists():
        return None
    problems = Problems(str(words))
    summarised = read_json(summary, dict[str, Any])
    timed = not is_high(summarised.get("cer"))
    for number, line in enumerate(read_text(words).splitlines(), start=1):
        found = parse_json(line, f"{words}:{number}")
        entry = entries.get(found["utterance"])
        if entry is None or entry["fold"] != found["fold"]:
            missing = f"{found['utterance']} of fold {found['fold']}"
            problems.add("no such prediction", f"line {number}", missing)
            continue
        entry["attention"] = {
            "words": [{key: word[key] for key in SHOWN} for word in found["words"] if timed],
            **{key: found[key] for key in ("curve", "duration", "unaligned")},
        }
    problems.raise_if_any(
        f"The attention belongs to an earlier training. Delete {words.parent} and make it again."
    )
    return summarised if timed else {**summarised, "classes": {}}


def is_high(cer: float | None) -> bool:
    """Tell whether a recogniser errs so often that its words' times mean nothing."""
    return cer is not None and cer > HIGHEST_CER


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
