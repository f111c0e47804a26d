import numpy as np

from sentemo.core.npz import read_npz


def test_arrays_are_read_by_name(tmp_path):
    np.savez(tmp_path / "head.npz", mean=np.arange(3), deviation=np.ones(3))
    found = read_npz(tmp_path / "head.npz", "Pack it again.")
    assert {name: values.tolist() for name, values in found.items()} == {
        "mean": [0, 1, 2],
        "deviation": [1, 1, 1],
    }
