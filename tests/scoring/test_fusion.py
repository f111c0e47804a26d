"""Late fusion of experiments on the same folds."""

from dataclasses import replace

import numpy as np
import pytest

from sentemo.core.errors import SentemoError
from sentemo.core.files import write_json
from sentemo.scoring.fusion import fuse, fuse_dimensions, fuse_experiments, is_fused
from sentemo.scoring.predictions import (
    DimensionPrediction,
    Prediction,
    read_dimension_predictions,
    read_predictions,
    write_dimension_predictions,
    write_predictions,
)

LABELS = ["happy", "sad"]


def predictions(*happy, fold=1, labels=None):
    """One utterance for each given probability of happy; happy itself, unless labels say else."""
    return [
        Prediction(f"u{n}", fold, "a", label, LABELS[p < 0.5], (p, 1 - p))
        for n, (p, label) in enumerate(zip(happy, labels or ["happy"] * len(happy), strict=True))
    ]


VALID = predictions(0.9, 0.8, 0.3, 0.2, labels=["happy", "happy", "sad", "happy"])


def test_a_model_alone_keeps_its_decisions():
    wanted = predictions(0.7, 0.4, 0.99)
    fused = fuse(LABELS, [VALID], [wanted])
    assert [p.predicted for p in fused] == [p.predicted for p in wanted]
    assert [p.utterance for p in fused] == ["u0", "u1", "u2"]
    assert all(sum(p.probabilities) == pytest.approx(1) for p in fused)


def test_the_surer_of_two_calibrated_models_decides():
    (fused,) = fuse(LABELS, [VALID, VALID], [predictions(0.9), predictions(0.4)])
    assert fused.predicted == "happy"


def test_a_model_that_is_sure_without_reason_is_cooled_down():
    """Both are right half of the time, so that the one's certainty of 0.999 means nothing."""
    labels = ["happy", "sad"] * 4
    boaster, honest = predictions(*[0.999] * 8, labels=labels), VALID
    (fused,) = fuse(LABELS, [boaster, honest], [predictions(0.999), predictions(0.1)])
    assert fused.predicted == "sad"


def test_each_fold_has_its_own_temperature():
    boaster = [
        *predictions(*[0.999] * 4, labels=["happy", "sad"] * 2),
        *predictions(*[0.999] * 4, fold=2),
    ]
    honest = [*VALID, *(replace(p, fold=2) for p in VALID)]
    wanted = [
        [*predictions(0.999), *predictions(0.999, fold=2)],
        [*predictions(0.1), *predictions(0.1, fold=2)],
    ]
    assert [p.predicted for p in fuse(LABELS, [boaster, honest], wanted)] == ["sad", "happy"]


def test_a_short_validation_side_that_is_all_right_makes_no_model_sure():
    """Thirty of thirty right at 0.5 each is no proof that 0.36 is as good as certain."""
    timid = predictions(*[0.51] * 30)
    (fused,) = fuse(LABELS, [timid, VALID], [predictions(0.52), predictions(0.02)])
    assert fused.predicted == "sad"


def test_an_utterance_that_a_model_lacks_is_named():
    with pytest.raises(SentemoError, match=r"(?s)missing prediction: 1.*u1: of model 2, in fold 1"):
        fuse(LABELS, [VALID, VALID], [predictions(0.9, 0.2), predictions(0.9)])


def test_no_probability_is_nothing():
    (fused,) = fuse(LABELS, [VALID, VALID], [predictions(0.0), predictions(1.0)])
    assert np.isfinite(fused.probabilities).all()


def dimensions(*valence):
    """One utterance for each given valence."""
    return [
        DimensionPrediction(f"u{n}", 1, "a", (1.0, 2.0, 3.0), (1.0, value, 5.0))
        for n, value in enumerate(valence)
    ]


def test_dimensions_are_averaged():
    fused = fuse_dimensions([dimensions(2.0, 3.0), dimensions(4.0, 3.5)[::-1]])
    assert [p.utterance for p in fused] == ["u0", "u1"]
    assert [p.predicted for p in fused] == [(1.0, 3.0, 5.0), (1.0, 3.25, 5.0)]
    with pytest.raises(SentemoError, match=r"u1: of model 2, in fold 1"):
        fuse_dimensions([dimensions(2.0, 3.0), dimensions(2.0)])


@pytest.mark.parametrize("task", ["label", "dimensional", "both"])
def test_experiments_are_fused_in_what_they_learnt(tmp_path, task):
    members = [tmp_path / name for name in ("one", "two")]
    for member, valence in zip(members, (2.0, 4.0), strict=True):
        write_json(member / "experiment.json", {"task": task, "title": "x", "corpus": "noise"})
        for side in ("valid", "test"):
            if task != "dimensional":
                write_predictions(member / "predictions" / f"{side}.tsv", LABELS, VALID)
            if task != "label":
                table = member / "predictions" / f"{side}_avd.tsv"
                write_dimension_predictions(table, dimensions(valence))
    exp = tmp_path / "fused"
    assert not is_fused(members, exp, "test")
    fuse_experiments(members, exp, "test")
    assert is_fused(members, exp, "test")
    if task != "dimensional":
        labels, found = read_predictions(exp / "predictions" / "test.tsv")
        assert labels == LABELS and len(found) == len(VALID)
    if task != "label":
        table = exp / "predictions" / "test_avd.tsv"
        assert [p.predicted[1] for p in read_dimension_predictions(table)] == [3.0]
        table.unlink()
        assert not is_fused(members, exp, "test")
