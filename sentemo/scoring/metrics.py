"""Scores over a whole set: pure functions, never averages over batches.

The scores of decisions are functions of a confusion matrix, with any leading dimensions, so that
one call scores one set, every fold, or every draw of a bootstrap. AUC and CCC are functions of the
model's output for each utterance.
"""

from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING, TypeVar

import numpy as np

if TYPE_CHECKING:
    import torch

SMALLEST_SPREAD = 1e-12  # far below that of any ratings: 0 / 0 becomes 0
Array = TypeVar("Array", np.ndarray, "torch.Tensor")


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
    # ravel_multi_index refuses an index that is no class; plain indexing would accept -1
    cells = np.ravel_multi_index((references, predictions), (classes, classes))
    return np.bincount(cells, minlength=classes**2).reshape(classes, classes)


def weighted_accuracy(confusion: np.ndarray) -> np.ndarray:
    """WA: the share of all utterances that are right (Schuller et al., Interspeech 2009).

    Also known as weighted recall, the classes' recalls weighted by their utterances. Takes counts
    of shape (..., classes, classes) and returns shape (...), nan for an empty set.
    """
    right = np.trace(confusion, axis1=-2, axis2=-1)
    return _ratio(right, confusion.sum(axis=(-2, -1)), otherwise=np.nan)


def class_recall(confusion: np.ndarray) -> np.ndarray:
    """Recall: the share of each class's utterances that are right.

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


def roc_auc(references: np.ndarray, probabilities: np.ndarray) -> float:
    """Macro AUC: mean over classes of the area under the ROC curve of one class against the rest.

    It is the probability that an utterance of the class gets more of the class's probability than
    one of the rest, with ties as half (Hanley and McNeil, 1982). Classes count that occur, as in
    `unweighted_accuracy`.

    Parameters
    ----------
    references
        Class indices, shape (utterances,).
    probabilities
        Shape (utterances, classes); any score that orders utterances will do.

    Returns
    -------
    float
        From 0 to 1; nan where fewer than two classes occur.

    Raises
    ------
    ValueError
        The shapes do not fit, an index is not a class, or a probability is not a number.
    """
    from sklearn.metrics import roc_auc_score

    references, probabilities = np.asarray(references, int), np.asarray(probabilities, float)
    if probabilities.ndim != 2 or len(probabilities) != len(references):
        raise ValueError(f"{references.shape} references, {probabilities.shape} probabilities")
    occurring = np.unique(references)
    if not np.isin(occurring, np.arange(probabilities.shape[1])).all():
        raise ValueError(f"classes {occurring}, probabilities of {probabilities.shape[1]}")
    if len(occurring) < 2:
        return float("nan")
    areas = [roc_auc_score(references == c, probabilities[:, c]) for c in occurring]
    return float(np.mean(areas))


def ccc(predicted: np.ndarray, target: np.ndarray) -> np.ndarray:
    """CCC: concordance correlation coefficient of each dimension over a whole set (Lin, 1989).

    See `concordance` for its definition and for constant values.

    Parameters
    ----------
    predicted, target
        Shape (utterances, dimensions), in the same order and on the same scale.

    Returns
    -------
    np.ndarray
        From -1 to 1, shape (dimensions,).

    Raises
    ------
    ValueError
        The shapes differ, there is no utterance, or a value is not finite.
    """
    predicted, target = np.asarray(predicted, float), np.asarray(target, float)
    if predicted.shape != target.shape or target.ndim != 2 or len(target) == 0:
        raise ValueError(
            f"{predicted.shape} predictions, {target.shape} targets; give both as "
            "(utterances, dimensions), with at least one utterance"
        )
    for name, values in (("predictions", predicted), ("targets", target)):
        if wrong := np.count_nonzero(~np.isfinite(values).all(axis=1)):
            raise ValueError(f"{name}: {wrong} of {len(values)} utterances have nan or infinity")
    return concordance(predicted, target)


def concordance(predicted: Array, target: Array) -> Array:
    """Lin's concordance correlation coefficient of arrays or of tensors (Biometrics, 1989).

    2 cov / (var + var + (difference of means)²), with the moments divided by n, as Lin estimates
    it; torchmetrics divides by n - 1, so that the difference of means weighs a little less. Where
    the targets or the predictions are constant, as one utterance is, the covariance is 0 and so is
    the coefficient, also where both are the same constant.

    Parameters
    ----------
    predicted, target
        Shape (utterances, dimensions), at least one utterance, no nan.

    Returns
    -------
    np.ndarray or torch.Tensor
        Shape (dimensions,).
    """
    # relative to the first target, constant values have no rounding errors to correlate
    predicted, target = predicted - target[0], target - target[0]
    means = predicted.mean(0), target.mean(0)
    p, t = predicted - means[0], target - means[1]
    spread = (p**2).mean(0) + (t**2).mean(0) + (means[0] - means[1]) ** 2
    return 2 * (p * t).mean(0) / (spread + SMALLEST_SPREAD)


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
    """Return the mean over the last dimension of those `values` where `counts` is true."""
    total = np.where(counts, values, 0.0).sum(axis=-1)
    return _ratio(total, counts.sum(axis=-1), otherwise=np.nan)
