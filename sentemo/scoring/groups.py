"""Results by group: UA and calibration of groups of utterances, and a test of the gap."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from sentemo.data.kaldi import UNKNOWN_SPEAKER
from sentemo.scoring.classes import confusions_of, predictions_confusion
from sentemo.scoring.groupings import SPEAKER, Grouping
from sentemo.scoring.intervals import Interval, bootstrap_interval
from sentemo.scoring.metrics import class_recall, unweighted_accuracy
from sentemo.scoring.predictions import Prediction
from sentemo.scoring.speakers import confusion_interval, holm

FEWEST_UTTERANCES = 20  # of a group that is scored
FEWEST_SPEAKERS = 3  # of an interval over them; of so few it is too narrow
DRAWS = 999  # of the test


def score_groups(
    labels: Sequence[str], test: Sequence[Prediction], groupings: Sequence[Grouping], seed: int = 0
) -> dict[str, Any]:
    """Score the groups of every grouping that has at least two.

    Parameters
    ----------
    labels
        Label order.
    test
        Calibrated test predictions.
    seed
        Seed of the test's draws.

    Returns
    -------
    dict
        By name of the grouping: ``groups`` by name, from the lowest UA to the highest, each with
        ``utterances``, ``speakers``, ``ua``, ``ci95`` over speakers (of a speaker over utterances),
        ``recall`` by class, and ``sure``, mean confidence minus the share that is right; ``gap``,
        the highest UA minus the lowest; ``p`` of no gap, and ``p_holm``, corrected for the number
        of groupings; ``left_out``, the number of utterances in groups of fewer than twenty.
    """
    found = {}
    for grouping in groupings:
        by_group: dict[str, list[Prediction]] = {}
        for p in test:
            if p.utterance in grouping.groups:
                by_group.setdefault(grouping.groups[p.utterance], []).append(p)
        large = {name: of for name, of in by_group.items() if len(of) >= FEWEST_UTTERANCES}
        if len(large) < 2:
            continue
        scored = {name: _score(labels, of, grouping) for name, of in sorted(large.items())}
        ordered = dict(sorted(scored.items(), key=lambda item: item[1]["ua"]))
        uas = [group["ua"] for group in ordered.values()]
        found[grouping.name] = {
            "groups": ordered,
            "gap": uas[-1] - uas[0],
            "p": gap_p(labels, large, grouping, seed),
            "left_out": sum(len(of) for name, of in by_group.items() if name not in large),
        }
    corrected = holm({name: of["p"] for name, of in found.items()})
    return {name: {**of, "p_holm": corrected[name]} for name, of in found.items()}


def _score(
    labels: Sequence[str], theirs: Sequence[Prediction], grouping: Grouping
) -> dict[str, Any]:
    confusion = predictions_confusion(labels, theirs)
    recalls = (None if np.isnan(r) else float(r) for r in class_recall(confusion))
    right = [p.label == p.predicted for p in theirs]
    sure = np.mean([max(p.probabilities) for p in theirs]) - np.mean(right)
    return {
        "utterances": len(theirs),
        "speakers": len({p.speaker for p in theirs} - {UNKNOWN_SPEAKER}),
        "ua": float(unweighted_accuracy(confusion)),
        "ci95": _interval(labels, theirs, confusion, grouping),
        "recall": dict(zip(labels, recalls, strict=True)),
        "sure": float(sure),
    }


def _interval(
    labels: Sequence[str], theirs: Sequence[Prediction], confusion: np.ndarray, grouping: Grouping
) -> Interval | None:
    if grouping.name == SPEAKER:
        return bootstrap_interval(confusion, unweighted_accuracy)
    speakers = np.unique([p.speaker for p in theirs], return_inverse=True)[1]
    if speakers.max() + 1 < FEWEST_SPEAKERS:
        return None
    return confusion_interval(confusions_of(labels, theirs, speakers), unweighted_accuracy)


def gap_p(
    labels: Sequence[str], by_group: dict[str, list[Prediction]], grouping: Grouping, seed: int = 0
) -> float:
    """Return the p value of a permutation test: the gap of UA is no larger than by chance.

    Under the null hypothesis it does not matter who is in which group. Where groups are of
    speakers, speakers are exchanged with all that they said; the speakers themselves exchange
    utterances of one class; other groups exchange utterances of one speaker and class.
    """
    pairs = [(number, p) for number, of in enumerate(by_group.values()) for p in of]
    groups = np.array([number for number, _ in pairs])
    classes = np.array([labels.index(p.label) for _, p in pairs])
    right = np.array([p.label == p.predicted for _, p in pairs])
    speakers = np.unique([p.speaker for _, p in pairs], return_inverse=True)[1]
    rng = np.random.default_rng(seed)
    if grouping.name == SPEAKER:
        draw = _within(groups, classes, rng)
    elif grouping.of_speakers:
        draw = _among_speakers(groups, speakers, rng)
    else:
        draw = _within(groups, speakers * len(labels) + classes, rng)
    found = _gap(groups, classes, right, len(labels))
    beyond = sum(_gap(draw(), classes, right, len(labels)) >= found - 1e-12 for _ in range(DRAWS))
    return (1 + beyond) / (1 + DRAWS)


def _gap(groups: np.ndarray, classes: np.ndarray, right: np.ndarray, count: int) -> float:
    """Return the highest UA of a group minus the lowest."""
    cells, size = groups * count + classes, (int(groups.max()) + 1) * count
    totals = np.bincount(cells, minlength=size).reshape(-1, count)
    hits = np.bincount(cells, weights=right, minlength=size).reshape(-1, count)
    recalls = np.divide(hits, totals, out=np.full(totals.shape, np.nan), where=totals > 0)
    uas = np.nanmean(recalls, axis=1)
    return float(uas.max() - uas.min())


def _within(
    groups: np.ndarray, strata: np.ndarray, rng: np.random.Generator
) -> Callable[[], np.ndarray]:
    """Return what draws groups anew among the utterances of each stratum."""
    places = np.argsort(strata, kind="stable")

    def draw() -> np.ndarray:
        found = np.empty_like(groups)
        found[places] = groups[np.lexsort((rng.random(len(groups)), strata))]
        return found

    return draw


def _among_speakers(
    groups: np.ndarray, speakers: np.ndarray, rng: np.random.Generator
) -> Callable[[], np.ndarray]:
    """Return what draws the groups of speakers anew."""
    of_speaker = groups[np.unique(speakers, return_index=True)[1]]
    return lambda: rng.permutation(of_speaker)[speakers]
