"""The check of a split finds what crosses its sides, what is missing, and which labels disagree.

Class shift between a side and the training side is the total variation distance of their class
shares: half the sum of the absolute differences, which is the share of the side's utterances that
would have to be of another class for the shares to be equal. Beside it is the 95th percentile of
this distance when the utterances of both sides are divided at random.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from sentemo.data.split_lists.columns import ListReading
from sentemo.data.split_lists.content import content_digests
from sentemo.data.split_lists.reading import read_split
from sentemo.data.splits import SIDES
from sentemo.scoring.split_entries import Placed, Placement

DEALS = 1000  # of the utterances of two sides, for the distance by chance
CHANCE = 0.95  # of the deals stay below that distance
KINDS = {
    "speakers": "speakers on several sides",
    "unknown": "utterances of unknown speakers",
    "recordings": "recordings on several sides",
    "sentences": "sentences on several sides",
    "classes": "classes missing on a side",
    "sides": "sides missing",
    "labels": "recordings with several labels",
    "counts": "numbers of recordings that differ from the published ones",
}
"""Kinds of faults, by the word of ``--accept``."""
CROSSING = ("speakers", "speakers_by_name", "recordings", "sentences")
NEEDED = ("train", "test")  # a split may leave validation to its user


def check_split(
    sources: Sequence[Path],
    reading: ListReading,
    folds: Path | None = None,
    accepted: Collection[str] = (),
) -> dict[str, Any]:
    """Read a split and check it.

    Parameters
    ----------
    sources, reading, folds
        See `sentemo.data.split_lists.reading.read_split`.
    accepted
        Those of `KINDS` that are reported and do not count as wrong.

    Returns
    -------
    dict
        The report, as ``--json`` prints it: its `wrong` are the `KINDS` that were found and not
        accepted.

    Raises
    ------
    SentemoError
        When the split cannot be read.
    """
    split = read_split(sources, reading, folds)
    digests, unreadable = content_digests(split.utterances)
    placement = Placement(split.utterances, digests)
    placed = placement.placed()
    notes = [*split.notes, *placement.notes()]
    if unreadable:
        first = next(iter(unreadable.values()))
        notes.append(f"{len(unreadable)} recordings could not be read, such as {first}")
    report: dict[str, Any] = {
        "sources": [str(source) for source in sources],
        "layouts": split.layouts,
        "folds": check_folds(placed),
        "label_conflicts": label_conflicts(placed),
        "counts": placement.counts(),
        "notes": notes,
    }
    found = found_kinds(report)
    report["accepted"] = [kind for kind in found if kind in accepted]
    report["wrong"] = [kind for kind in found if kind not in accepted]
    return report


def check_folds(placed: Iterable[Placed]) -> list[dict[str, Any]]:
    """Check each fold of a split.

    Returns
    -------
    list
        For each fold: sizes and classes of its sides, what crosses them, and what is missing.
    """
    folds: dict[str, list[Placed]] = defaultdict(list)
    for utt in placed:
        folds[utt.fold].append(utt)
    return [_check_fold(name, folds[name]) for name in sorted(folds, key=_by_number)]


def label_conflicts(placed: Iterable[Placed]) -> dict[str, list[str]]:
    """Return the recordings that have several labels, anywhere in the split, with these."""
    labels: dict[str, set[str]] = defaultdict(set)
    for utt in placed:
        if utt.label is not None:
            labels[utt.recording].add(utt.label)
    return {name: sorted(found) for name, found in sorted(labels.items()) if len(found) > 1}


def found_kinds(report: Mapping[str, Any]) -> list[str]:
    """Return the `KINDS` of what is wrong in a report of `check_split`."""
    folds = report["folds"]
    crossing = {kind: any(fold[kind]["crossing"] for fold in folds) for kind in CROSSING}
    wrong = {
        **crossing,
        "speakers": crossing["speakers"] or crossing["speakers_by_name"],
        "unknown": any(fold["unknown_speakers"] for fold in folds),
        "classes": any(fold["missing_classes"] for fold in folds),
        "sides": any(not fold["sides"][side]["utterances"] for fold in folds for side in NEEDED),
        "labels": bool(report["label_conflicts"]),
        "counts": any(found["differing"] for found in report["counts"]),
    }
    return [kind for kind in KINDS if wrong[kind]]


def _check_fold(name: str, utterances: Sequence[Placed]) -> dict[str, Any]:
    of_side = {side: [utt for utt in utterances if utt.side == side] for side in SIDES}
    classes = {
        side: Counter(utt.label for utt in found if utt.label) for side, found in of_side.items()
    }
    everything = sorted(set().union(*classes.values()))
    return {
        "fold": name,
        "sides": {
            side: {
                "utterances": len(found),
                "speakers": len({utt.speaker for utt in found if utt.speaker}),
                "classes": dict(sorted(classes[side].items())),
            }
            for side, found in of_side.items()
        },
        "speakers": _crossing((utt.speaker, utt.side) for utt in utterances),
        "speakers_by_name": _crossing((utt.named_speaker, utt.side) for utt in utterances),
        "unknown_speakers": sum(utt.speaker is None for utt in utterances),
        "recordings": _crossing((u.overlapping or u.recording, u.side) for u in utterances),
        "sentences": _crossing((utt.sentence, utt.side) for utt in utterances),
        "missing_classes": {
            side: missing
            for side, found in classes.items()
            if found and (missing := [label for label in everything if label not in found])
        },
        "class_shift": {
            side: class_shift(classes["train"], classes[side])
            for side in SIDES[1:]
            if classes["train"] and classes[side]
        },
    }


def class_shift(train: Counter[str], side: Counter[str]) -> dict[str, float]:
    """Measure how far the class shares of a side are from those of the training side.

    Returns
    -------
    dict
        ``distance``, from 0 for equal shares to 1 for different classes, and ``by_chance``, the
        95 % quantile of the distance when the utterances of both sides are dealt out anew.
    """
    classes = sorted(train.keys() | side.keys())
    here, there = (np.array([counts[c] for c in classes]) for counts in (side, train))
    draws = np.random.default_rng(0).multivariate_hypergeometric(
        here + there, int(here.sum()), size=DEALS, method="marginals"
    )
    by_chance = _distance(draws, here + there - draws)
    return {
        "distance": round(float(_distance(here, there)), 4),
        "by_chance": round(float(np.quantile(by_chance, CHANCE)), 4),
    }


def _distance(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Return total variation distances of counts ``(..., classes)``."""
    shares = [counts / counts.sum(axis=-1, keepdims=True) for counts in (first, second)]
    return np.abs(shares[0] - shares[1]).sum(axis=-1) / 2


def _crossing(placed: Iterable[tuple[str | None, str]]) -> dict[str, Any]:
    """Count different names, and return those on several sides with these; None is no name."""
    sides: dict[str, set[str]] = defaultdict(set)
    for name, side in placed:
        if name is not None:
            sides[name].add(side)
    crossing = {
        name: [side for side in SIDES if side in found]
        for name, found in sorted(sides.items())
        if len(found) > 1
    }
    return {"of": len(sides), "crossing": crossing}


def _by_number(name: str) -> tuple[int, str]:
    return (int(name) if name.isdecimal() else 0, name)
