import logging

import pytest
import torch

from sentemo.core.errors import SentemoError
from sentemo.training.batches import TOLERATED_IN_A_ROW, BatchWatch

NAN = float("nan")


class Model(torch.nn.Module):
    """Its loss is given, or the mean of the features."""

    loss: float | None = None

    def forward(self, speech, speech_lengths, utt_id):
        loss = speech.mean() if self.loss is None else torch.tensor(self.loss)
        return loss, {}, None


@pytest.fixture
def watched(caplog):
    caplog.set_level(logging.INFO)
    model = Model()
    watch = BatchWatch(model)
    watch.start_epoch(7)
    return model, watch


def show(model, lengths=(4, 4), bad=None):
    speech = torch.ones(len(lengths), max(lengths), 3)
    if bad is not None:
        speech[bad, 0, 0] = NAN
    names = [f"utt-{number}" for number in range(len(lengths))]
    model(speech=speech, speech_lengths=torch.tensor(lengths), utt_id=names)


def test_padding_is_the_share_of_all_frames_of_the_epoch(watched):
    model, watch = watched
    show(model, (10, 8))
    show(model, (4, 4, 1))
    assert watch.padding == pytest.approx(5 / 32)
    watch.start_epoch(8)
    show(model, (4, 2))
    assert watch.padding == pytest.approx(2 / 8)


@pytest.mark.parametrize("loss", [NAN, float("inf")])
def test_a_loss_that_is_not_finite_is_named_with_epoch_batch_and_utterances(watched, caplog, loss):
    model, _ = watched
    show(model)
    model.loss = loss
    show(model)
    (record,) = caplog.records
    assert record.getMessage() == (
        f"epoch 7, batch 2: skipped, its loss is {loss}: utterances utt-0, utt-1"
    )


def test_of_a_batch_the_utterance_with_broken_features_is_named_alone(watched, caplog):
    model, _ = watched
    show(model, (4, 4, 4), bad=1)
    assert "features that are not finite in utt-1" in caplog.text
    assert "utt-0" not in caplog.text


def test_many_in_a_row_end_the_training(watched):
    model, _ = watched
    model.loss = NAN
    for _ in range(TOLERATED_IN_A_ROW - 1):
        show(model)
    model.loss = 1.0
    show(model)  # not in a row any more
    model.loss = NAN
    for _ in range(TOLERATED_IN_A_ROW - 1):
        show(model)
    with pytest.raises(SentemoError, match=r"epoch 7, batch 20: .* diverged"):
        show(model)
