"""The layer that oneDNN computes is torch's linear layer."""

import torch

from sentemo.modules.linear import FrameLinear, by_onednn


def gradients(layer, x):
    """Return output and gradients of a layer."""
    x = x.clone().requires_grad_()
    y = layer(x)
    return y, *torch.autograd.grad(y.sin().sum(), [x, *layer.parameters()])


def test_it_learns_what_torchs_own_layer_learns():
    torch.manual_seed(0)
    layer, own = FrameLinear(40, 24), torch.nn.Linear(40, 24)
    own.load_state_dict(layer.state_dict())
    x = torch.randn(3, 17, 40)
    for found, expected in zip(gradients(layer, x), gradients(own, x), strict=True):
        torch.testing.assert_close(found, expected, atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(layer.eval()(x), own(x), atol=0, rtol=0)


def test_a_trained_network_computes_the_same_with_onednn():
    torch.manual_seed(0)
    network = torch.nn.Sequential(torch.nn.Linear(40, 24), torch.nn.GELU(), torch.nn.Linear(24, 8))
    network.eval()
    x, names = torch.randn(3, 17, 40), list(network.state_dict())
    expected = network(x)
    by_onednn(network)
    torch.testing.assert_close(network(x), expected, atol=1e-5, rtol=1e-5)
    assert list(network.state_dict()) == names


def test_mixed_precision_stays_mixed():
    with torch.autocast("cpu", torch.bfloat16):
        assert FrameLinear(4, 3)(torch.randn(2, 5, 4)).dtype == torch.bfloat16
