"""Weights of an ONNX model that came from 8 bits are stored in 8 bits again, without any loss."""

from pathlib import Path

import numpy as np

LARGEST = 127
FEWEST = 8  # numbers of one output that are worth a scale of their own


def store_in_eight_bits(path: Path) -> bool:
    """Store the matrices whose numbers are whole multiples of a scale as whole numbers.

    ``DequantizeLinear`` makes the very same numbers of them again. Other matrices are kept.

    Returns
    -------
    bool
        Whether there are such matrices.
    """
    import onnx
    from onnx import helper, numpy_helper

    model = onnx.load(str(path))
    graph = model.graph
    nodes = []
    for tensor in list(graph.initializer):
        is_matrix = len(tensor.dims) > 1 and 0 not in tensor.dims
        if tensor.data_type != onnx.TensorProto.FLOAT or not is_matrix:
            continue
        found = quantised(numpy_helper.to_array(tensor))
        if found is None:
            continue
        whole, scales, axis = found
        stored = [f"{tensor.name}.int8", f"{tensor.name}.scale"]
        graph.initializer.remove(tensor)
        graph.initializer.extend(map(numpy_helper.from_array, (whole, scales), stored))
        nodes.append(helper.make_node("DequantizeLinear", stored, [tensor.name], axis=axis))
    for node in reversed(nodes):
        graph.node.insert(0, node)
    if nodes:
        onnx.save(model, str(path))
    return bool(nodes)


def quantised(values: np.ndarray) -> tuple[np.ndarray, np.ndarray, int] | None:
    """Return whole numbers, scales and their axis, if these give the values back, bit for bit.

    Parameters
    ----------
    values
        A matrix with its outputs on the first axis, or on the last one.
    """
    for axis in (0, values.ndim - 1):
        rows = np.moveaxis(values, axis, 0).reshape(values.shape[axis], -1)
        if rows.shape[1] < FEWEST or (found := _of_rows(rows)) is None:
            continue
        whole, scales = found
        moved = whole.reshape(np.moveaxis(values, axis, 0).shape)
        return np.ascontiguousarray(np.moveaxis(moved, 0, axis)), scales, axis
    return None


def _of_rows(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray] | None:
    """Return whole numbers and a scale for each row, or None.

    The largest number of a row was 127 scales, rounded to a float: the scale is known to its last
    bits, which the other numbers decide.
    """
    near = (np.abs(rows).max(axis=1) / LARGEST).astype(np.float32)
    near[near == 0] = 1.0  # a row of zeros
    whole = np.rint(rows / near[:, None])
    scales, is_exact = near, np.zeros(len(rows), dtype=bool)
    for candidate in (near, np.nextafter(near, 0), np.nextafter(near, np.float32(np.inf))):
        fits = (whole * candidate[:, None] == rows).all(axis=1)
        scales = np.where(fits & ~is_exact, candidate, scales)
        is_exact |= fits
    return (whole.astype(np.int8), scales) if is_exact.all() else None
