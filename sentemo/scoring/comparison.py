"""Comparison of two results: paired tests over the same test utterances."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sentemo.core.errors import Problems
from sentemo.scoring.classes import predictions_confusion
from sentemo.scoring.dimensions import ccc_by_name, mean_ccc_difference
from sentemo.scoring.metrics import unweighted_accuracy, weighted_accuracy
from sentemo.scoring.predictions import DimensionPrediction, Prediction, PredictionT
from sentemo.scoring.row_difference import Difference, mean_ua_difference


@dataclass(frozen=True)
class Comparison:
    """Two experiments A and B on the same utterances; every rate is a fraction.

    Attributes
    ----------
    utterances
        Number of utterances.
    only_a, only_b
        Utterances that only A, or only B, has right.
    wa, ua
        WA and UA of A and of B.
    mcnemar_p
        Two-sided p value of the exact McNemar test on `only_a` and `only_b`.
    ua_difference
        UA of A minus UA of B.
    """

    utterances: int
    only_a: int
    only_b: int
    wa: tuple[float, float]
    ua: tuple[float, float]
    mcnemar_p: float
    ua_difference: Difference


@dataclass(frozen=True)
class DimensionComparison:
    """Two experiments A and B that predict dimensions of the same utterances.

    Each mapping has the keys of `sentemo.scoring.dimensions.NAMES`.

    Attributes
    ----------
    utterances
        Number of utterances.
    a, b
        CCC of A and of B.
    difference
        CCC of A minus CCC of B.
    """

    utterances: int
    a: Mapping[str, float]
    b: Mapping[str, float]
    difference: Mapping[str, Difference]


def compare(labels: Sequence[str], a: Sequence[Prediction], b: Sequence[Prediction]) -> Comparison:
    """Compare two experiments' predictions of one set.

    McNemar's test takes utterances as independent, which those of one speaker are not quite.

    Parameters
    ----------
    labels
        Label order.
    a, b
        One prediction per utterance, the same utterances with the same labels in both.

    Raises
    ------
    SentemoError
        Naming utterances that one of them lacks, has twice, or has with another label.
    """
    pairs = _paired(a, b)
    of_a, of_b = (predictions_confusion(labels, predictions) for predictions in (a, b))
    only_a = sum(p.label == p.predicted != q.predicted for p, q in pairs)
    only_b = sum(p.label == q.predicted != p.predicted for p, q in pairs)
    return Comparison(
        utterances=len(pairs),
        only_a=only_a,
        only_b=only_b,
        wa=(float(weighted_accuracy(of_a)), float(weighted_accuracy(of_b))),
        ua=(float(unweighted_accuracy(of_a)), float(unweighted_accuracy(of_b))),
        mcnemar_p=mcnemar(only_a, only_b),
        ua_difference=mean_ua_difference(labels, [a], [b]),
    )


def compare_dimensions(
    a: Sequence[DimensionPrediction], b: Sequence[DimensionPrediction]
) -> DimensionComparison:
    """Compare two experiments' predictions of one set; see `compare`.

    Raises
    ------
    SentemoError
        Naming utterances that one of them lacks, has twice, or has with other reference values.
    """
    pairs = _paired(a, b)
    return DimensionComparison(
        utterances=len(pairs),
        a=ccc_by_name(a),
        b=ccc_by_name(b),
        difference=mean_ccc_difference([a], [b]),
    )


def mcnemar(only_a: int, only_b: int) -> float:
    """Return the exact two-sided p value of McNemar's test (1947).

    Of the utterances that only one has right, under the null hypothesis each is as likely A's as
    B's.
    """
    from scipy.stats import binomtest

    if only_a + only_b == 0:
        return 1.0
    return float(binomtest(only_a, only_a + only_b).pvalue)


def _paired(
    a: Sequence[PredictionT], b: Sequence[PredictionT]
) -> list[tuple[PredictionT, PredictionT]]:
    problems = Problems("the two sets of predictions")
    by_experiment: list[dict[str, PredictionT]] = []
    for name, predictions in (("A", a), ("B", b)):
        by_id: dict[str, PredictionT] = {}
        for p in predictions:
            if p.utterance in by_id:
                problems.add(f"twice in {name}", p.utterance, f"in fold {p.fold} too")
            by_id[p.utterance] = p
        by_experiment.append(by_id)
    of_a, of_b = by_experiment
    for name, mine, other in (("A", of_a, of_b), ("B", of_b, of_a)):
        for missing in sorted(other.keys() - mine.keys()):
            problems.add(f"missing in {name}", missing, "the other has it")
    pairs = [(of_a[utt], of_b[utt]) for utt in sorted(of_a.keys() & of_b.keys())]
    for p, q in pairs:
        if (of_p := _reference(p)) != (of_q := _reference(q)):
            problems.add("other label", p.utterance, f"{of_p} in A, {of_q} in B")
    problems.raise_if_any("Compare experiments on the same test utterances and labels.")
    return pairs


def _reference(prediction: Prediction | DimensionPrediction) -> str:
    """Return what the utterance was labelled with, as people write it."""
    if isinstance(prediction, Prediction):
        return prediction.label
    return " ".join(f"{value:g}" for value in prediction.target)
