"""Dimensions as targets of a model, alone and beside classes."""

import numpy as np
import pytest
import torch
from test_ser import build

from sentemo.core.errors import SentemoError
from sentemo.models.heads import ClassificationHead, DimensionHead
from sentemo.modules.decoders.emotion_regressor import EmotionRegressor


@pytest.fixture
def rated():
    """A batch with classes and dimensions."""
    torch.manual_seed(1)
    return {
        "speech": torch.randn(3, 30, 8),
        "speech_lengths": torch.tensor([30, 21, 5]),
        "label": torch.tensor([[0], [2], [1]]),
        "avd": torch.rand(3, 3),
        "utt_id": ["a", "b", "c"],
    }


def regressor(**changes):
    return build(
        freeze_encoder=False,
        labels=None,
        dimensions=True,
        specaug=None,
        **{"decoder": EmotionRegressor(10, units=8, heads=2), **changes},
    )


def lin(predicted, target):
    """Lin's coefficient by numpy's own moments, of one dimension."""
    (var_p, cov), (_, var_t) = np.cov(predicted, target, bias=True)
    return 2 * cov / (var_p + var_t + (predicted.mean() - target.mean()) ** 2)


def test_the_training_loss_is_that_of_the_batchs_concordance(rated):
    model = regressor(ccc_weights=[1, 2, 3]).eval()
    predicted = model.predict(rated["speech"], rated["speech_lengths"])[0]["avd"]
    found = [lin(predicted[:, d].detach().numpy(), rated["avd"][:, d].numpy()) for d in range(3)]
    loss, stats, _ = model(**rated)
    assert loss.item() == pytest.approx(1 - np.average(found, weights=[1, 2, 3]), abs=1e-5)
    assert "wa" not in stats


def test_metrics_of_dimensions_are_those_of_the_whole_set():
    """The mean of the halves' coefficients is another number."""
    model = regressor()
    draw = np.random.default_rng(0)
    target = draw.random((20, 3))
    predicted = 0.5 * target + 0.4 * draw.random((20, 3))
    records = {
        str(n): {"avd": t.tolist(), "predicted_avd": p.tolist()}
        for n, (t, p) in enumerate(zip(target, predicted, strict=True))
    }
    expected = [lin(predicted[:, d], target[:, d]) for d in range(3)]
    metrics = model.set_metrics(records)
    named = [metrics[f"ccc_{name}"] for name in ("activation", "valence", "dominance")]
    assert named == pytest.approx(expected)
    assert metrics["ccc"] == pytest.approx(np.mean(expected))
    assert metrics["loss"] == pytest.approx(1 - np.mean(expected))
    assert "ua" not in metrics


def test_dimensions_do_not_depend_on_the_neighbours(rated):
    """The whole model, down to an utterance that the decoder's strides would swallow."""
    model = regressor().eval()
    together = model.evaluate_batch(**rated)
    for row, frames in ((1, 21), (2, 5)):
        alone = {name: value[row : row + 1] for name, value in rated.items()}
        alone["speech"] = alone["speech"][:, :frames]
        (utt,) = alone["utt_id"]
        expected = model.evaluate_batch(**alone)[utt]
        assert together[utt]["predicted_avd"] == pytest.approx(expected["predicted_avd"], abs=1e-5)


def test_both_heads_learn_from_the_weighted_sum(rated):
    def loss(**options):
        model = build(freeze_encoder=False, specaug=None, dimensions=True, **options).eval()
        return model, model(**rated)[0]

    model, whole = loss(ccc_loss_weight=0.25)
    outputs, _ = model.predict(rated["speech"], rated["speech_lengths"])
    classes = model.classifier.loss(outputs["label"], rated["label"])
    dimensions = model.regressor.loss(outputs["avd"], rated["avd"])
    torch.testing.assert_close(whole[0], classes + 0.25 * dimensions)
    whole.sum().backward()
    for head in model.heads:
        assert head.weight.grad.any()
    records = model.evaluate_batch(**rated)
    assert {"probabilities", "predicted_avd"} < records["a"].keys()
    assert {"ua", "ccc", "loss"} < model.set_metrics(records).keys()


def test_a_batch_of_one_teaches_the_dimensions_nothing_and_breaks_nothing(rated):
    model = regressor().train()
    one = {name: value[:1] for name, value in rated.items()}
    loss, _, _ = model(**one)
    loss.sum().backward()
    assert loss.item() == pytest.approx(1)
    assert not model.regressor.weight.grad.any()


def test_a_checkpoint_of_a_classifier_has_the_names_it_always_had():
    names = {name for name in build(freeze_encoder=False).state_dict() if "class" in name}
    assert names == {"classifier.weight", "classifier.bias"}
    assert [name for name in regressor().state_dict() if "regressor" in name] == [
        "regressor.weight",
        "regressor.bias",
    ]


def test_a_model_without_anything_to_say_is_refused():
    with pytest.raises(SentemoError, match="nothing to learn: give labels, dimensions or both"):
        build(freeze_encoder=False, labels=None)


@pytest.mark.parametrize("head", [ClassificationHead(4, ["happy", "sad"]), DimensionHead(4)])
def test_every_metric_that_may_choose_epochs_is_measured(head):
    target = torch.tensor([[0], [1]]) if head.target == "label" else torch.rand(2, 3)
    records = head.records(head(torch.rand(2, 4)), target)
    assert tuple(head.set_metrics(records)) == head.metrics
