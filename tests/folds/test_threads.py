"""The number of threads changes nothing that folds draw and learn."""

import pytest
import torch

from sentemo.core.errors import SentemoError
from sentemo.folds.threads import FoldThreads, own_dropout, restart
from sentemo.modules.decoders.rnn_attention import RNNAttentionDecoder


@pytest.fixture
def with_threads():
    """Return a function that makes `FoldThreads`; torch gets its own number of threads back."""
    before = torch.get_num_threads()

    def make(count):
        torch.set_num_threads(count)
        return FoldThreads("cpu")

    yield make
    torch.set_num_threads(before)


def gradients(threads):
    """Return the gradients of decoders that differ only in the draws of their dropout."""
    work = []
    for fold in range(6):
        torch.manual_seed(0)
        decoder = RNNAttentionDecoder(40, units=16, num_layers=2, dropout=0.5).train()
        generator = torch.Generator()
        own_dropout(decoder, generator)
        restart(generator, 1, fold)
        work.append((decoder, torch.randn(8, 30, 40), torch.arange(23, 31)))
    threads.each(lambda one: one[0](*one[1:])[0].square().sum().backward(), work)
    return [[parameter.grad for parameter in decoder.parameters()] for decoder, *_ in work]


def test_folds_learn_the_same_with_any_number_of_threads(with_threads):
    alone, together = gradients(with_threads(1)), gradients(with_threads(3))
    for one, other in zip(alone, together, strict=True):
        assert all(torch.equal(a, b) for a, b in zip(one, other, strict=True))
    assert not torch.equal(alone[0][0], alone[1][0])  # each draws for itself


def test_torch_has_its_threads_again_also_after_an_error(with_threads):
    def fail(fold):
        raise SentemoError(f"fold {fold}")

    threads = with_threads(3)
    with pytest.raises(SentemoError, match="fold 2"):
        threads.each(fail, [2])
    assert torch.get_num_threads() == 3


def test_own_dropout_is_dropout():
    model, x = torch.nn.Sequential(torch.nn.Dropout(0.3)), torch.ones(10_003)
    own_dropout(model, torch.Generator().manual_seed(0))
    dropped = model.train()(x)
    assert sorted(dropped.unique().tolist()) == pytest.approx([0.0, 1 / 0.7], abs=1e-4)
    assert (dropped == 0).float().mean() == pytest.approx(0.3, abs=0.02)
    assert not torch.equal(dropped, model(x))
    assert torch.equal(model.eval()(x), x)
