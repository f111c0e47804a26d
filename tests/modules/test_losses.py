import numpy as np
import pytest
import torch

from sentemo.core.errors import SentemoError
from sentemo.modules.losses import CCCLoss, distribution_loss, gather_batch
from sentemo.scoring.metrics import ccc


@pytest.fixture
def batch():
    torch.manual_seed(0)
    target = torch.rand(8, 3, dtype=torch.double)
    return (0.5 * target + 0.3 * torch.rand_like(target)).requires_grad_(), target


def test_the_loss_is_one_minus_the_metric(batch):
    predicted, target = batch
    expected = 1 - ccc(predicted.detach().numpy(), target.numpy())
    assert CCCLoss()(predicted, target).item() == pytest.approx(expected.mean())
    weighted = CCCLoss(weights=(1, 2, 0.5))(predicted, target).item()
    assert weighted == pytest.approx(np.average(expected, weights=(1, 2, 0.5)))


def test_the_gradient_is_that_of_the_loss(batch):
    predicted, target = batch
    assert torch.autograd.gradcheck(lambda p: CCCLoss((1, 2, 3))(p, target), predicted)


def test_a_perfect_prediction_costs_nothing_and_its_mirror_image_two(batch):
    _, target = batch
    assert CCCLoss()(target, target).item() == pytest.approx(0, abs=1e-9)
    mirrored = 2 * target.mean(dim=0) - target
    assert CCCLoss()(mirrored, target).item() == pytest.approx(2)


def test_descent_leads_from_a_constant_to_the_targets(batch):
    _, target = batch
    predicted = torch.full_like(target, 0.5, requires_grad=True)
    optimizer = torch.optim.Adam([predicted], 0.02)
    for _ in range(200):
        optimizer.zero_grad()
        CCCLoss()(predicted, target).backward()
        optimizer.step()
    torch.testing.assert_close(predicted.detach(), target, atol=0.02, rtol=0)


@pytest.mark.parametrize("size", [1, 7])
@pytest.mark.parametrize("level", [0.1, 0.1 + 1e-6, 1e-20, 5.3])
def test_constant_targets_cost_one_and_teach_nothing(size, level):
    """0.1 is no binary fraction: the mean of seven is another number."""
    predicted = torch.full((size, 3), level, requires_grad=True)
    for constant in (0.0, 0.1, 5.3):
        predicted.grad = None
        loss = CCCLoss()(predicted, torch.full((size, 3), constant))
        loss.backward()
        assert loss.item() == pytest.approx(1)
        assert not predicted.grad.any()


def test_constant_predictions_cost_one_and_learn():
    target = torch.tensor([[1.0, 2, 3], [3, 2, 1], [2, 5, 2]])
    predicted = torch.full((3, 3), 2.0, requires_grad=True)
    loss = CCCLoss()(predicted, target)
    loss.backward()
    assert loss.item() == pytest.approx(1)
    assert predicted.grad.isfinite().all() and predicted.grad.any()


def test_predictions_in_half_precision_are_scored_in_full():
    target = torch.tensor([[100.0, 2, 3], [101, 2.5, 1], [103, 5, 2]])
    loss = CCCLoss()(target.half(), target)
    assert loss.dtype == torch.float32
    assert loss.item() == pytest.approx(0, abs=1e-4)


def test_it_has_no_weights_to_save():
    """A checkpoint of another loss loads, whatever the weights."""
    assert not CCCLoss((1, 2, 3)).state_dict()


@pytest.mark.parametrize(
    ("predicted", "target", "message"),
    [
        (torch.ones(4, 3), torch.ones(3, 3), r"\(4, 3\) predictions, \(3, 3\) targets"),
        (torch.ones(4, 2), torch.ones(4, 2), r"as \(batch, 3\)"),
        (torch.ones(3), torch.ones(3), r"as \(batch, 3\)"),
        (torch.ones(0, 3), torch.ones(0, 3), r"as \(batch, 3\)"),
        (torch.ones(4, 3), torch.ones(4, 3) > 0, "torch.bool; give real numbers"),
        (torch.ones(2, 3), torch.tensor([[1, 2, 3], [1, torch.nan, 3]]), "of 1 of 2 .* masks none"),
    ],
)
def test_what_it_cannot_score_is_refused(predicted, target, message):
    with pytest.raises(ValueError, match=message):
        CCCLoss()(predicted, target)


@pytest.mark.parametrize("weights", [(1, 1), (0, 0, 0), (1, -1, 1), (1, float("nan"), 1)])
def test_weights_that_weigh_nothing_are_refused(weights):
    with pytest.raises(SentemoError, match=r"weights of the CCC loss: .*give three"):
        CCCLoss(weights)


def learn_in_process(rank, folder, sizes):
    """One process of a training: its own rows, the same linear model, one gradient."""
    torch.distributed.init_process_group(
        "gloo", init_method=f"file://{folder}/store", rank=rank, world_size=len(sizes)
    )
    rows = slice(sum(sizes[:rank]), sum(sizes[: rank + 1]))
    inputs, target, layer = problem(sum(sizes))
    layer = torch.nn.parallel.DistributedDataParallel(layer)
    CCCLoss((1, 2, 3))(*map(gather_batch, (layer(inputs[rows]), target[rows]))).backward()
    torch.save(layer.module.weight.grad, f"{folder}/{rank}.pt")
    del layer  # which outliving the group may wait for it forever; see SharedWork.run
    torch.distributed.destroy_process_group()


def problem(rows):
    torch.manual_seed(0)
    return torch.rand(rows, 4), torch.rand(rows, 3), torch.nn.Linear(4, 3)


def test_processes_with_batches_of_other_sizes_learn_from_the_batch_of_all(tmp_path):
    sizes = [5, 2]
    torch.multiprocessing.spawn(learn_in_process, (tmp_path, sizes), nprocs=len(sizes))
    inputs, target, layer = problem(sum(sizes))
    CCCLoss((1, 2, 3))(layer(inputs), target).backward()
    for rank in range(len(sizes)):
        found = torch.load(tmp_path / f"{rank}.pt", weights_only=True)
        torch.testing.assert_close(found, layer.weight.grad)
    own = problem(sum(sizes))
    CCCLoss((1, 2, 3))(own[2](own[0][:5]), own[1][:5]).backward()
    assert not torch.allclose(own[2].weight.grad, layer.weight.grad, atol=1e-3)


def test_shares_of_annotators_cost_their_divergence():
    torch.manual_seed(0)
    logits = torch.randn(5, 3, dtype=torch.double, requires_grad=True)
    shares = torch.rand(5, 3, dtype=torch.double).softmax(dim=1)
    shares[0] = torch.tensor([0.0, 1.0, 0.0])
    reference = torch.nn.functional.kl_div(logits.log_softmax(dim=1), shares, reduction="batchmean")
    assert distribution_loss(logits, shares).item() == pytest.approx(reference.item())
    assert distribution_loss(shares[1:].log(), shares[1:]).item() == pytest.approx(0, abs=1e-12)
    soft = torch.nn.functional.cross_entropy(
        logits, shares, torch.tensor([1.0, 2.0, 0.5]).double(), label_smoothing=0.1
    )
    weighted = distribution_loss(logits, shares, torch.tensor([1.0, 2.0, 0.5]).double(), 0.1)
    gradients = [torch.autograd.grad(loss, logits)[0] for loss in (soft, weighted)]
    torch.testing.assert_close(*gradients)


def test_shares_that_are_all_of_one_class_cost_its_cross_entropy():
    logits = torch.randn(4, 3)
    label = torch.tensor([0, 2, 1, 1])
    ones = torch.nn.functional.one_hot(label, 3).float()
    torch.testing.assert_close(
        distribution_loss(logits, ones), torch.nn.functional.cross_entropy(logits, label)
    )
