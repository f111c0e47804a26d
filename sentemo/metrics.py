"""Scores over a whole set: pure functions of counts, never averages over batches.

The classification scores are functions of a confusion matrix, with any leading dimensions, so
that one call scores one set, every fold, or every draw of a bootstrap.
"""

from collections.abc import Callable, Hashable, Sequence

import numpy as np

BOOTSTRAP_DRAWS = 2000


def confusion_matrix(references: np.ndarray, predictions: np.ndarray, classes: int) -> np.ndarray:
    """Count each pair of reference and predicted class.

    Parameters
    ----------
    references, predictions
        Class indices from 0 to `classes` - 1, shape (utterances,).
    classes
        Number of classes.

    Returns
    -------
    np.ndarray
        Counts, shape (classes, classes): rows are references, columns are predictions.

    Raises
    ------
    ValueError
        The lengths differ, or an index is not a class.
    """
    references, predictions = np.asarray(references, int), np.asarray(predictions, int)
    if references.shape != predictions.shape:
        raise ValueError(f"{references.shape} references, {predictions.shape} predictions")
    # ravel_multi_index refuses what is no class, where plain indexing would let -1 through
    cells = np.ravel_multi_index((references, predictions), (classes, classes))
    return np.bincount(cells, minlength=classes**2).reshape(classes, classes)


def weighted_accuracy(confusion: np.ndarray) -> np.ndarray:
    """WA: the share of all utterances that are right (Schuller et al., Interspeech 2009).

    Takes counts of shape (..., classes, classes) and returns shape (...), nan for an empty set.
    """
    right = np.trace(confusion, axis1=-2, axis2=-1)
    return _ratio(right, confusion.sum(axis=(-2, -1)), otherwise=np.nan)


def class_recall(confusion: np.ndarray) -> np.ndarray:
    """Share of each class's utterances that are right.

    Takes counts of shape (..., classes, classes) and returns shape (..., classes), nan for a
    class without utterances.
    """
    right = np.diagonal(confusion, axis1=-2, axis2=-1)
    return _ratio(right, confusion.sum(axis=-1), otherwise=np.nan)


def unweighted_accuracy(confusion: np.ndarray) -> np.ndarray:
    """UA: the mean recall over the classes that occur (Schuller et al., Interspeech 2009).

    Also known as unweighted average recall or balanced accuracy. Takes counts of shape
    (..., classes, classes) and returns shape (...), nan for an empty set.
    """
    return _mean_where(class_recall(confusion), confusion.sum(axis=-1) > 0)


def macro_f1(confusion: np.ndarray) -> np.ndarray:
    """Mean over classes of F1, the harmonic mean of precision and recall.

    F1 is taken per class and then averaged, as scikit-learn does (Opitz and Burst, "Macro F1 and
    Macro F1", 2019, explain the other definition); classes count that occur as a reference or as
    a prediction. Takes counts of shape (..., classes, classes) and returns shape (...), nan for
    an empty set.
    """
    right = np.diagonal(confusion, axis1=-2, axis2=-1)
    occurrences = confusion.sum(axis=-1) + confusion.sum(axis=-2)
    return _mean_where(_ratio(2 * right, occurrences, otherwise=0.0), occurrences > 0)


def bootstrap_interval(
    confusion: np.ndarray,
    metric: Callable[[np.ndarray], np.ndarray],
    level: float = 0.95,
    draws: int = BOOTSTRAP_DRAWS,
    seed: int = 0,
) -> tuple[float, float]:
    """Percentile bootstrap interval of a metric over utterances (Efron and Tibshirani, 1993).

    Utterances in the same cell of the confusion matrix are interchangeable, so that drawing as
    many utterances again with replacement is one multinomial draw of the cells' counts. The
    interval is that of new utterances of the same speakers; new speakers vary more, which the
    standard deviation over folds shows.

    Parameters
    ----------
    confusion
        Counts, shape (classes, classes), not all zero.
    metric
        One of this module's scores of shape (..., classes, classes) -> (...).
    level
        Share of draws inside the interval.
    draws
        Number of bootstrap sets.
    seed
        Seed of the draws, so that the same counts give the same interval.
    """
    utterances = int(confusion.sum())
    if utterances == 0:
        raise ValueError("no utterances to draw from")
    cells = confusion.ravel() / utterances
    sets = np.random.default_rng(seed).multinomial(utterances, cells, size=draws)
    values = metric(sets.reshape(draws, *confusion.shape))
    low, high = np.quantile(values, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def mean_and_sd(values: Sequence[float]) -> tuple[float, float | None]:
    """Mean and sample standard deviation (n - 1) over folds; no deviation for one fold."""
    sd = float(np.std(values, ddof=1)) if len(values) > 1 else None
    return float(np.mean(values)), sd


def error_rate(
    references: Sequence[Sequence[Hashable]], hypotheses: Sequence[Sequence[Hashable]]
) -> tuple[int, int]:
    """Edit errors over a whole set, for CER and WER (Levenshtein, 1966).

    Parameters
    ----------
    references, hypotheses
        One sequence of units per utterance: a string is a sequence of characters, in which a
        space counts as one (CER); a list of words gives WER.

    Returns
    -------
    errors : int
        Substitutions, deletions and insertions of the cheapest alignments.
    units : int
        Units in all references. The rate of the set is ``errors / units``.
    """
    import editdistance

    pairs = zip(references, hypotheses, strict=True)
    errors = sum(editdistance.eval(reference, hypothesis) for reference, hypothesis in pairs)
    return errors, sum(len(reference) for reference in references)


def _ratio(part: np.ndarray, whole: np.ndarray, otherwise: float) -> np.ndarray:
    """Divide `part` by `whole`, giving `otherwise` where `whole` is 0."""
    filler = np.full(np.shape(whole), otherwise)
    return np.divide(part, whole, out=filler, where=np.asarray(whole) > 0)


def _mean_where(values: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Mean of `values` over the last dimension, of the entries where `counts` is true."""
    total = np.where(counts, values, 0.0).sum(axis=-1)
    return _ratio(total, counts.sum(axis=-1), otherwise=np.nan)
