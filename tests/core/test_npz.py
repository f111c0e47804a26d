import io
import zipfile

import numpy as np
import pytest

from sentemo.core.errors import SentemoError
from sentemo.core.npz import read_npz


def bomb(path):
    """300 MB of zeros in 300 kB."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        header = io.BytesIO()
        np.lib.format.write_array_header_1_0(
            header, {"descr": "<f8", "fortran_order": False, "shape": (300 << 17,)}
        )
        with archive.open("mean.npy", "w", force_zip64=True) as member:
            member.write(header.getvalue())
            for _ in range(300):
                member.write(bytes(1 << 20))


def claims_too_much(path):
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        header, {"descr": "<f8", "fortran_order": False, "shape": (1 << 50,)}
    )
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mean.npy", header.getvalue())


def objects(path):
    np.savez(path, mean=np.array([{}], dtype=object))


def half(path):
    np.savez(path, mean=np.zeros(100))
    path.write_bytes(path.read_bytes()[:500])


def another_kind(path):
    path.write_text("<html>")


@pytest.mark.parametrize("make", [bomb, claims_too_much, objects, half, another_kind])
def test_what_is_damaged_or_hostile_is_refused(tmp_path, make):
    make(tmp_path / "head.npz")
    with pytest.raises(SentemoError, match=r"head\.npz: damaged \(.*Pack it again"):
        read_npz(tmp_path / "head.npz", "Pack it again.")


def test_arrays_are_read_by_name(tmp_path):
    np.savez(tmp_path / "head.npz", mean=np.arange(3), deviation=np.ones(3))
    found = read_npz(tmp_path / "head.npz", "Pack it again.")
    assert {name: values.tolist() for name, values in found.items()} == {
        "mean": [0, 1, 2],
        "deviation": [1, 1, 1],
    }
