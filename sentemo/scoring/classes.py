"""From predictions or transcripts to `scores.json`, the source of every table."""

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import numpy as np

from sentemo.core.errors import Problems, SentemoError
from sentemo.core.files import write_json
from sentemo.core.provenance import provenance
from sentemo.data.dimensions import DIMENSIONS
from sentemo.data.kaldi import UNKNOWN_SPEAKER, Utterance
from sentemo.data.splits import Fold, side_of_fold
from sentemo.scoring.dimensions import MEAN, ccc_by_name
from sentemo.scoring.metrics import (
    bootstrap_interval,
    class_recall,
    confusion_matrix,
    macro_f1,
    mean_and_sd,
    unweighted_accuracy,
    weighted_accuracy,
)
from sentemo.scoring.predictions import Answer, DimensionPrediction, Prediction
from sentemo.scoring.transcripts import Transcripts, error_counts

METRICS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "wa": weighted_accuracy,
    "ua": unweighted_accuracy,
    "macro_f1": macro_f1,
}
DESCRIBED = (
    "corpus",
    "title",
    "protocol",
    "seed",
    "config",
    "asr_model",
    "epochs",
    "notes",
    "command",
)
SUM_TOLERANCE = 1e-3  # probabilities may come from half-precision models
RATING_TOLERANCE = 1e-4  # what tables of ratings and of predictions round off


def check_predictions(
    where: str,
    side: str,
    predictions: Sequence[Answer],
    *,
    labels: Sequence[str] | None,
    utterances: Sequence[Utterance],
    folds: Sequence[Fold],
) -> None:
    """Join predictions by id with the data and the folds, and refuse what does not agree.

    Parameters
    ----------
    where
        The predictions' file, for the message.
    side
        "valid" or "test": the side of each fold that was predicted.
    predictions
        At most one per utterance and fold.
    labels
        Label order; None where no class was predicted.
    utterances
        Of the data.
    folds
        The folds that were trained.

    Raises
    ------
    SentemoError
        Counting every utterance that is missing, unknown, of another fold's side, or whose
        label, dimensions, speaker or probabilities are wrong.
    """
    problems = Problems(where)
    by_id = {utt.id: utt for utt in utterances}
    expected = {
        (utt.id, fold.number) for fold in folds for utt in side_of_fold(utterances, fold, side)
    }
    for p in predictions:
        if p.utterance not in by_id:
            problems.add("unknown utterance", p.utterance, "it is not in the data")
            continue
        utt = by_id[p.utterance]
        if (p.utterance, p.fold) not in expected:
            detail = f"fold {p.fold} does not have it (speaker {utt.speaker}) on its {side} side"
            problems.add(f"not on the {side} side", p.utterance, detail)
        for reason, detail in _faults(p, labels, utt):
            problems.add(reason, p.utterance, detail)
    for utterance, fold in sorted(expected - {(p.utterance, p.fold) for p in predictions}):
        problems.add("missing prediction", utterance, f"fold {fold} did not predict it")
    problems.raise_if_any(
        "The predictions do not belong to this data and these folds: run train and decode again."
    )


def _faults(p: Answer, labels: Sequence[str] | None, utt: Utterance) -> list[tuple[str, str]]:
    """Reason and detail of everything that is wrong within one prediction."""
    faults = []
    if p.speaker != utt.speaker:
        faults.append(("other speaker", f"{p.speaker} here, {utt.speaker} in utt2spk"))
    if isinstance(p, Prediction):
        return faults + _class_faults(p, labels or [], utt)
    if utt.avd is None:
        return [*faults, ("no dimensions", "not in utt2avd")]
    for name, here, there in zip(DIMENSIONS, p.target, utt.avd, strict=True):
        if abs(here - there) > RATING_TOLERANCE:
            faults.append((f"other {name}", f"{here:g} here, {there:g} in utt2avd"))
    return faults


def _class_faults(p: Prediction, labels: Sequence[str], utt: Utterance) -> list[tuple[str, str]]:
    faults = []
    if p.label != utt.label:
        faults.append(("other label", f"{p.label} here, {utt.label} in utt2label"))
    for label in sorted({p.label, p.predicted} - set(labels)):
        faults.append(("unknown label", f"{label} is not in the labels file"))
    total = sum(p.probabilities)
    if min(p.probabilities) < 0 or abs(total - 1) > SUM_TOLERANCE:
        detail = f"they sum to {total:.4f}, the least is {min(p.probabilities):.4f}"
        faults.append(("not probabilities", detail))
    elif p.predicted in labels:
        given = p.probabilities[labels.index(p.predicted)]
        if given < max(p.probabilities):
            faults.append(("not the most probable", f"{p.predicted} has {given:.3f} only"))
    return faults


def score_predictions(
    labels: Sequence[str], valid: Sequence[Prediction], test: Sequence[Prediction]
) -> dict[str, Any]:
    """Score checked predictions; every number is a fraction, None where a class is absent.

    Parameters
    ----------
    labels
        Label order, of the recalls and of the confusion matrix (rows are references).
    valid, test
        Predictions of all folds; the test side has each utterance once.
    """
    confusion = predictions_confusion(labels, test)
    numbers = sorted({p.fold for p in test})
    by_fold = np.stack(
        [predictions_confusion(labels, [p for p in test if p.fold == n]) for n in numbers]
    )
    scores: dict[str, Any] = {}
    for name, metric in METRICS.items():
        mean, sd = mean_and_sd(metric(by_fold))
        scores[name] = {
            "pooled": float(metric(confusion)),
            "ci95": bootstrap_interval(confusion, metric),
            "fold_mean": mean,
            "fold_sd": sd,
        }
    recalls = (None if np.isnan(r) else float(r) for r in class_recall(confusion))
    validation = predictions_confusion(labels, valid)
    classes = Counter(p.label for p in test)
    return {
        "labels": list(labels),
        "counts": {**counts(test), "classes": {label: classes[label] for label in labels}},
        "test": {
            **scores,
            "recall": dict(zip(labels, recalls, strict=True)),
            "confusion": confusion.tolist(),
        },
        "speakers": _by_speaker(labels, test),
        "valid": {name: float(metric(validation)) for name, metric in METRICS.items()},
    }


def counts(test: Sequence[Answer]) -> dict[str, int]:
    """Count what was tested: utterances, known speakers, folds."""
    return {
        "utterances": len(test),
        "speakers": len({p.speaker for p in test} - {UNKNOWN_SPEAKER}),
        "folds": len({p.fold for p in test}),
    }


def in_short(labels: Sequence[str] | None, answers: Sequence[Answer]) -> str:
    """Say how good answers are in the measures by which models are chosen: UA, mean CCC."""
    found = []
    if classes := [p for p in answers if isinstance(p, Prediction)]:
        found.append(f"UA {unweighted_accuracy(predictions_confusion(labels or [], classes)):.4f}")
    if dimensions := [p for p in answers if isinstance(p, DimensionPrediction)]:
        found.append(f"CCC {ccc_by_name(dimensions)[MEAN]:.4f}")
    return ", ".join(found)


def _by_speaker(
    labels: Sequence[str], predictions: Sequence[Prediction]
) -> dict[str, dict[str, float]]:
    """Utterances, WA and UA of each known speaker; UA over the classes that the speaker has."""
    of_speaker: dict[str, list[Prediction]] = defaultdict(list)
    for p in predictions:
        of_speaker[p.speaker].append(p)
    of_speaker.pop(UNKNOWN_SPEAKER, None)
    found = {}
    for speaker, theirs in sorted(of_speaker.items()):
        confusion = predictions_confusion(labels, theirs)
        found[speaker] = {
            "utterances": len(theirs),
            "wa": float(weighted_accuracy(confusion)),
            "ua": float(unweighted_accuracy(confusion)),
        }
    return found


def predictions_confusion(labels: Sequence[str], predictions: Sequence[Prediction]) -> np.ndarray:
    """Return the confusion matrix of `predictions`, ``(labels, labels)``, rows are references."""
    index = {label: number for number, label in enumerate(labels)}
    references = [index[p.label] for p in predictions]
    return confusion_matrix(references, [index[p.predicted] for p in predictions], len(labels))


def score_transcripts(transcripts: Transcripts) -> dict[str, Any]:
    """CER (a space is a character) and WER over a whole set, with the counts they come from.

    Raises
    ------
    SentemoError
        When all references are empty, so that there is no rate.
    """
    utterances = sorted(transcripts.references)
    references = [transcripts.references[u] for u in utterances]
    hypotheses = [transcripts.hypotheses[u] for u in utterances]
    counted = error_counts(references, hypotheses)
    if counted["wer"][1] == 0:
        raise SentemoError(f"all {len(utterances)} references are empty: nothing to score")
    return {
        "decoding": transcripts.decoding,
        "counts": {"utterances": len(utterances), "hours": transcripts.hours},
        "test": {
            name: {"pooled": errors / units, "errors": errors, "units": units}
            for name, (errors, units) in counted.items()
        },
    }


def write_scores(exp: Path, kind: str, scores: dict[str, Any]) -> dict[str, Any]:
    """Write ``exp/scores.json``: what was run, with what, on what, and how well. Return it all.

    Parameters
    ----------
    exp
        Experiment directory, whose ``experiment.json`` the training wrote. What that says of
        commit and versions goes before those of the scoring.
    kind
        One of those that `sentemo.report.tables` shows.
    scores
        Such as those of `score_predictions` or `score_transcripts`.

    Raises
    ------
    SentemoError
        When ``experiment.json`` is missing or lacks a key.
    """
    described = exp / "experiment.json"
    if not described.is_file():
        raise SentemoError(f"{described}: there is no such file. Run the train stage first.")
    experiment = json.loads(described.read_text(encoding="utf-8"))
    if missing := [key for key in DESCRIBED if key not in experiment]:
        raise SentemoError(f"{described}: no {', '.join(missing)}. Run the train stage again.")
    now = datetime.now(timezone.utc).isoformat(timespec="seconds")
    named = {"kind": kind, "experiment": exp.resolve().name}
    found = {**named, **provenance(), **experiment, **scores, "finished": now}
    write_json(exp / "scores.json", found)
    return found
