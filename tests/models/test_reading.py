"""States are read standardised, layer by layer, and a model learns from mixed embeddings."""

import numpy as np
import pytest
import torch

from sentemo.core.errors import SentemoError
from sentemo.models.encoding import EncoderParts
from sentemo.models.reading import StatesReader, merged_size
from sentemo.models.ser import SpeechEmotionModel
from sentemo.modules.decoders.mlp_pooling import MLPPoolingDecoder
from sentemo.modules.encoders.blstm import BLSTMEncoder


def build(size=10, **settings):
    torch.manual_seed(0)
    encoder = BLSTMEncoder(8, num_layers=3, units=5)
    decoder = MLPPoolingDecoder(size, units=[4])
    return SpeechEmotionModel(EncoderParts(encoder), decoder, labels=["a", "b"], **settings)


@pytest.fixture
def speech():
    torch.manual_seed(1)
    return torch.randn(2, 20, 8), torch.tensor([20, 11])


@pytest.mark.parametrize(
    ("setting", "layers", "size"),
    [("last", 0, 7), (2, 1, 7), ([2], 1, 7), ([1, 3], 2, 14), ("all", 3, 21), ("weighted", 3, 7)],
)
def test_the_size_is_that_of_what_is_read(setting, layers, size):
    assert merged_size(setting, layers, 7) == size
    shape = (2, 5, layers, 7) if layers > 1 or setting == "all" else (2, 5, 7)
    read = StatesReader(setting, layers, 7)(torch.randn(shape), torch.tensor([5, 3]))
    assert read.shape == (2, 5, size)


def test_all_layers_lie_side_by_side(speech):
    model = build(size=30, encoder_layer="all").eval()
    layers, _ = model.encoder.forward_layers(*speech)
    states, lengths = model.encode(*speech)
    assert torch.equal(model.reader(states, lengths), torch.cat(layers, dim=2))


def test_standardised_states_have_no_mean_and_unit_deviation():
    torch.manual_seed(0)
    states = 100 * torch.randn(4, 50, 2, 6) + torch.arange(6)
    states[..., 3] = 7.0  # a feature that never changes
    reader = StatesReader([1, 2], 2, 6, standardise=True)
    flat = states.flatten(0, 1).numpy()
    reader.norm.set_statistics(flat.mean(axis=0), flat.std(axis=0))
    found = reader.norm(states).flatten(0, 1).numpy()
    np.testing.assert_allclose(found.mean(axis=0), 0.0, atol=1e-5)
    deviation = found.std(axis=0)
    np.testing.assert_allclose(deviation[:, [0, 1, 2, 4, 5]], 1.0, atol=1e-4)
    assert not deviation[:, 3].any()


def test_the_best_layer_is_a_part_of_the_weights(speech):
    model = build(encoder_layer="best", best_layers=[1, 3]).eval()
    model.reader.merge.index.fill_(1)
    other = build(encoder_layer="best", best_layers=[1, 3]).eval()
    other.load_state_dict(model.state_dict())
    layers, _ = other.encoder.forward_layers(*speech)
    states, lengths = other.encode(*speech)
    assert torch.equal(other.reader(states, lengths), layers[2])
    assert {name.split(".")[0] for name in other.decoder_state()} >= {"reader"}


def test_the_best_layer_is_unknown_without_folds_that_choose():
    with pytest.raises(SentemoError, match=r"chosen for every fold by a probe"):
        build(encoder_layer="best")


def test_mixup_changes_the_loss_in_training_alone_and_draws_from_its_generator(speech):
    label = torch.tensor([[0], [1]])

    def loss(model, seed=1):
        model.generator = torch.Generator().manual_seed(seed)
        return model(*speech, label=label, utt_id=["x", "y"])[0].item()

    plain, mixed = build(encoder_layer=2), build(encoder_layer=2, mixup=0.5)
    assert loss(mixed.eval()) == loss(plain.eval())
    losses = [loss(mixed.train(), seed) for seed in (1, 1, 2, 3, 4)]
    assert losses[0] == losses[1]
    assert len(set(losses)) > 1


def test_states_are_augmented_in_training_alone(speech):
    settings = {"states_augmentation": {"noise": 0.5}}
    model = build(encoder_layer=2, **settings)
    label = torch.tensor([[0], [1]])

    def loss():
        model.generator = torch.Generator().manual_seed(1)
        return model(*speech, label=label, utt_id=["x", "y"])[0].item()

    model.eval()
    clean = loss()
    model.train()
    assert loss() != clean
    assert loss() == loss()
