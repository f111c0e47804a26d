"""One line about predictions, in the measures by which models are chosen."""

from collections.abc import Sequence

from sentemo.scoring.classes import predictions_confusion
from sentemo.scoring.dimensions import MEAN, ccc_by_name
from sentemo.scoring.metrics import unweighted_accuracy
from sentemo.scoring.predictions import AnyPrediction, DimensionPrediction, Prediction


def summary(labels: Sequence[str] | None, predictions: Sequence[AnyPrediction]) -> str:
    """Describe predictions by UA and mean CCC, as far as classes and dimensions were predicted."""
    found = []
    if classes := [p for p in predictions if isinstance(p, Prediction)]:
        found.append(f"UA {unweighted_accuracy(predictions_confusion(labels or [], classes)):.4f}")
    if dimensions := [p for p in predictions if isinstance(p, DimensionPrediction)]:
        found.append(f"CCC {ccc_by_name(dimensions)[MEAN]:.4f}")
    return ", ".join(found)
