"""Weights in 8 bits are those that were written, to half a step of each row's scale."""

import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from safetensors import safe_open

from sentemo.upstreams.quantised import read_quantised, write_quantised
from sentemo.upstreams.weights import compact, restored

MATRICES = arrays(
    np.float32,
    array_shapes(min_dims=2, max_dims=3, max_side=5),
    elements=st.floats(-100, 100, width=32),
)


@given(MATRICES)
def test_each_row_is_off_by_half_a_step_of_its_own_scale_at_most(tmp_path_factory, matrix):
    path = tmp_path_factory.mktemp("weights") / "weights.safetensors"
    write_quantised(path, {"matrix": matrix}, {})
    found = read_quantised(path)["matrix"]
    assert found.shape == matrix.shape
    for row, kept in zip(matrix, found, strict=True):
        step = np.abs(row).max() / 127
        smallest = np.finfo(np.float32).tiny  # below it, numbers lose their digits
        assert np.abs(row - kept).max() <= 0.501 * step + smallest


def test_vectors_keep_16_bits_and_facts_can_be_read(tmp_path):
    path = tmp_path / "weights.safetensors"
    bias = np.array([0.5, -3.0, 1e-3], dtype=np.float32)
    write_quantised(path, {"bias": bias}, {"licence": "MIT"})
    np.testing.assert_allclose(read_quantised(path)["bias"], bias, rtol=1e-3)
    with safe_open(path, "numpy") as file:
        assert file.metadata() == {"licence": "MIT"}


def test_weights_that_came_from_8_bits_are_stored_so_and_nothing_is_lost(tmp_path):
    path = tmp_path / "weights.safetensors"
    draw = np.random.default_rng(0)
    write_quantised(path, {"conv": draw.normal(size=(3, 4, 5)).astype(np.float32)}, {})
    weights = {name: torch.from_numpy(of) for name, of in read_quantised(path).items()}
    weights |= {"learnt": torch.randn(3, 9), "bias": torch.ones(3), "index": torch.tensor(2)}
    stored = compact(weights)
    assert stored["conv"].dtype == torch.int8
    assert torch.equal(stored["learnt"], weights["learnt"])
    found = restored(stored)
    assert found.keys() == weights.keys()
    assert all(torch.equal(found[name], of) for name, of in weights.items())
