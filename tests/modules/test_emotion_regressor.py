"""The regressor of SA2SR: its sizes, its parts, and what padding must not change."""

import copy

import pytest
import torch

from sentemo.modules.decoders.emotion_regressor import EmotionRegressor, normalize_utterances

FRAMES = [50, 1, 2, 7, 13, 48]


@pytest.fixture
def regressor():
    torch.manual_seed(0)
    return EmotionRegressor(6)


@pytest.fixture
def states():
    torch.manual_seed(1)
    return torch.randn(len(FRAMES), max(FRAMES), 6), torch.tensor(FRAMES)


def test_the_defaults_are_the_papers(regressor):
    """Section 4.1."""
    layers = [part.convolution for part in regressor.convolutions]
    assert [layer.kernel_size + layer.stride for layer in layers] == [(6, 3), (3, 2)]
    assert regressor.block.self_attn.h == 4
    assert regressor.block.feed_forward.w_1.out_features == 64
    assert regressor.output_size() == 128


@pytest.mark.parametrize("hostile", [1e4, float("nan")])
def test_neither_padding_nor_other_utterances_change_an_embedding(regressor, states, hostile):
    h, lengths = states
    alone = [regressor(h[i : i + 1, :n], lengths[i : i + 1])[0][0] for i, n in enumerate(FRAMES)]
    for i, n in enumerate(FRAMES):
        h[i, n:] = hostile
    together, attention = regressor(h, lengths)
    assert together.shape == (len(FRAMES), 128)
    assert attention is None
    torch.testing.assert_close(together, torch.stack(alone), atol=1e-5, rtol=1e-5)


def test_padding_changes_no_gradient(regressor, states):
    h, lengths = states
    gradients = []
    for padding in (0.0, float("nan")):
        for i, n in enumerate(FRAMES):
            h[i, n:] = padding
        regressor.zero_grad()
        regressor(h, lengths)[0].square().sum().backward()
        gradients.append([p.grad.clone() for p in regressor.parameters()])
    torch.testing.assert_close(*gradients)


def test_every_valid_frame_has_an_influence_and_no_other(regressor):
    h = torch.randn(2, 50, 6, requires_grad=True)
    embedding, _ = regressor(h, torch.tensor([40, 41]))
    (embedding * torch.randn_like(embedding)).sum().backward()
    influence = h.grad.abs().sum(dim=2)
    assert (influence[0, :40] > 0).all() and (influence[1, :41] > 0).all()
    assert not influence[0, 40:].any() and not influence[1, 41:].any()


@pytest.mark.parametrize("frames", [*range(1, 14), 100])
def test_the_valid_states_are_those_of_the_utterance_alone(regressor, frames):
    x, lengths = torch.randn(1, frames, 6), torch.tensor([frames])
    for convolution in regressor.convolutions:
        x, lengths = convolution(x, lengths)
        assert lengths.item() == x.size(1)
    assert x.size(1) == frames // 6 + 1


def test_embeddings_are_mean_and_variance_of_the_blocks_states(regressor, states):
    h, lengths = states
    x, valid = h[:1], lengths[:1]
    for convolution in regressor.convolutions:
        x, valid = convolution(x, valid)
    x = torch.nn.functional.group_norm(x.transpose(1, 2), 1, eps=1e-6).transpose(1, 2)
    x, _ = regressor.block(torch.where(x > 0, x, 0.5 * x), None)
    expected = torch.cat([x[0].mean(dim=0), x[0].var(dim=0, correction=0)])
    torch.testing.assert_close(regressor(h, lengths)[0][0], expected, atol=1e-5, rtol=1e-5)


def test_normalisation_keeps_what_one_frame_says():
    x = torch.tensor([[[1.0, 3.0], [9.0, 9.0]]])
    normalized = normalize_utterances(x, torch.tensor([1]))
    torch.testing.assert_close(normalized[0, 0], torch.tensor([-1.0, 1.0]))


@pytest.mark.parametrize("value", [0.0, 0.3])
@pytest.mark.parametrize("frames", [1, 30])
def test_constant_input_has_finite_gradients(regressor, value, frames):
    for layer in regressor.convolutions:
        torch.nn.init.zeros_(layer.convolution.bias)  # as ESPnet's `init: xavier_uniform` does
    h = torch.full((2, frames, 6), value, requires_grad=True)
    regressor(h, torch.tensor([frames, 1]))[0].sum().backward()
    assert h.grad.isfinite().all()
    assert all(p.grad.isfinite().all() for p in regressor.parameters())


def test_a_trained_regressor_can_be_copied(regressor, states):
    """A model gets a decoder per fold by deep copies."""
    embedding, _ = regressor(*states)
    copied, _ = copy.deepcopy(regressor)(*states)
    torch.testing.assert_close(copied, embedding)
