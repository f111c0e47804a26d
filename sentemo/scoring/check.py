"""Checks of predictions: whether they belong to the data and to the folds."""

from collections.abc import Sequence

from sentemo.core.errors import Problems
from sentemo.data.dimensions import DIMENSIONS
from sentemo.data.kaldi import Utterance
from sentemo.data.splits import Fold, side_of_fold
from sentemo.scoring.predictions import AnyPrediction, Prediction

SUM_TOLERANCE = 1e-3  # probabilities may come from half-precision models
RATING_TOLERANCE = 1e-4  # tables of ratings and of predictions round that much


def check_predictions(
    where: str,
    side: str,
    predictions: Sequence[AnyPrediction],
    *,
    labels: Sequence[str] | None,
    utterances: Sequence[Utterance],
    folds: Sequence[Fold],
) -> None:
    """Compare predictions with the data and the folds, and refuse those that do not fit.

    Parameters
    ----------
    where
        File of the predictions, for the message.
    side
        "valid" or "test": the side of each fold that was predicted.
    predictions
        Predictions, at most one per utterance and fold.
    labels
        Labels in their order; None where no class was predicted.
    utterances
        Utterances of the data.
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


def _faults(
    p: AnyPrediction, labels: Sequence[str] | None, utt: Utterance
) -> list[tuple[str, str]]:
    """Return reason and detail of everything that is wrong within one prediction."""
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
