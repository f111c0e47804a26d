"""Half precision on a CPU: what is multiplied in it, and what keeps 32 bits."""

import logging
from types import SimpleNamespace

import pytest
import torch

from sentemo.training import precision


class Model(torch.nn.Module):
    """It keeps the type of what its matrix gives."""

    def __init__(self):
        super().__init__()
        self.layer = torch.nn.Linear(4, 3)
        self.seen = None

    def forward(self, speech):
        output = self.layer(speech)
        self.seen = output.dtype
        return torch.nn.functional.mse_loss(output.float(), torch.ones(2, 3))


def options(**changed):
    return SimpleNamespace(**{"use_amp": True, "ngpu": 0, **changed})


def trained_type(model, given):
    precision.in_precision(model, given)(speech=torch.randn(2, 4)).backward()
    return model.seen


@pytest.fixture
def processor(monkeypatch):
    def has_bfloat16(answer):
        monkeypatch.setattr(precision, "_has_bfloat16", lambda: answer)

    return has_bfloat16


def test_matrices_are_multiplied_in_bfloat16_and_gradients_keep_32_bits(processor):
    processor(True)
    model = Model()
    assert trained_type(model, options()) == torch.bfloat16
    assert model.layer.weight.grad.dtype == torch.float32


def test_a_step_changes_what_the_next_one_multiplies_with(processor):
    processor(True)
    model = Model()
    trained, batch = precision.in_precision(model, options()), torch.randn(2, 4)
    before = trained(speech=batch)
    with torch.no_grad():
        model.layer.bias += 100
        model.layer.weight += 1
    assert trained(speech=batch) > 1000 * before


def test_without_use_amp_nothing_changes():
    assert trained_type(Model(), options(use_amp=False)) == torch.float32
    assert precision.gradient_scaler(options(use_amp=False)) is None


def test_a_processor_without_bfloat16_computes_with_32_bits_and_says_so(processor, caplog):
    processor(False)
    caplog.set_level(logging.WARNING)
    assert trained_type(Model(), options()) == torch.float32
    assert "no bfloat16" in caplog.text


def test_on_a_cpu_losses_are_not_scaled():
    loss = torch.tensor(3.0)
    assert precision.gradient_scaler(options()).scale(loss) is loss
