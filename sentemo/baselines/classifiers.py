"""Classical classifiers of one fold: a linear SVM on functionals, and the largest class."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from sentemo.data.kaldi import Utterance
from sentemo.data.labels import require_all_classes
from sentemo.data.splits import Fold, side_of_fold
from sentemo.scoring.classes import predictions_confusion
from sentemo.scoring.metrics import unweighted_accuracy
from sentemo.scoring.predictions import Prediction
from sentemo.scoring.temperature import softmax


@dataclass(frozen=True)
class ClassifiedFold:
    """Predictions of a classifier for a fold, and the complexity that was chosen."""

    valid: list[Prediction]
    test: list[Prediction]
    complexity: float | None = None


def largest_class(
    utterances: Sequence[Utterance], fold: Fold, labels: Sequence[str]
) -> ClassifiedFold:
    """Predict the training side's largest class for every utterance, which gives WA by chance."""
    counts = Counter(utt.label for utt in side_of_fold(utterances, fold, "train"))
    largest = max(labels, key=lambda label: counts[label])
    scores = np.array([float(label == largest) for label in labels])

    def predict(side: str) -> list[Prediction]:
        return [
            _prediction(utt, fold, labels, scores) for utt in side_of_fold(utterances, fold, side)
        ]

    return ClassifiedFold(predict("valid"), predict("test"))


def linear_svm(
    utterances: Sequence[Utterance],
    fold: Fold,
    labels: Sequence[str],
    functionals: Mapping[str, np.ndarray],
    complexities: Sequence[float],
) -> ClassifiedFold:
    """Train a linear SVM on the training side, with the complexity of the best validation UA.

    Functionals are standardised by the training side's mean and deviation, and classes have equal
    weight. The probabilities are a softmax of the SVM's decision values: their order has a meaning,
    their size has none.

    Parameters
    ----------
    functionals
        ``(functionals,)`` of each utterance id.
    complexities
        Candidates; of equally good ones, the smallest is taken.

    Raises
    ------
    SentemoError
        When the training side lacks a class.
    """
    from sklearn.svm import SVC

    sides = {name: side_of_fold(utterances, fold, name) for name in ("train", "valid", "test")}
    require_all_classes(sides["train"], labels, fold.number)
    targets = [labels.index(utt.label) for utt in sides["train"]]
    products = _inner_products(sides, functionals)

    def classify(svm: SVC, side: str) -> list[Prediction]:
        decisions = svm.decision_function(products[side])
        if len(labels) == 2:  # one value, for the second class
            decisions = np.stack([-decisions, decisions], axis=1)
        return [
            _prediction(utt, fold, labels, row)
            for utt, row in zip(sides[side], softmax(decisions), strict=True)
        ]

    best: tuple[float, ClassifiedFold] | None = None
    for complexity in sorted(complexities):
        svm = SVC(kernel="precomputed", C=complexity, class_weight="balanced")
        svm.fit(products["train"], targets)
        valid = classify(svm, "valid")
        accuracy = float(unweighted_accuracy(predictions_confusion(labels, valid)))
        if best is None or accuracy > best[0]:
            best = accuracy, ClassifiedFold(valid, classify(svm, "test"), complexity)
    if best is None:
        raise ValueError("no complexities to choose from")
    return best[1]


def _inner_products(
    sides: Mapping[str, Sequence[Utterance]], functionals: Mapping[str, np.ndarray]
) -> dict[str, np.ndarray]:
    """Return the linear kernel of each side's standardised functionals with the training side's."""
    values = {
        name: np.stack([functionals[utt.id] for utt in side]).astype(np.float64)
        for name, side in sides.items()
    }
    mean, deviation = values["train"].mean(axis=0), values["train"].std(axis=0)
    deviation[deviation == 0] = 1.0  # a constant functional becomes 0
    scaled = {name: (side - mean) / deviation for name, side in values.items()}
    return {name: side @ scaled["train"].T for name, side in scaled.items()}


def _prediction(
    utt: Utterance, fold: Fold, labels: Sequence[str], scores: np.ndarray
) -> Prediction:
    return Prediction(
        utterance=utt.id,
        fold=fold.number,
        speaker=utt.speaker,
        label=utt.label or "",
        predicted=labels[int(scores.argmax())],
        probabilities=tuple(scores.tolist()),
    )
