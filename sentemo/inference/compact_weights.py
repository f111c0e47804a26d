"""Weights of an ONNX model that came from 8 or 16 bits are stored so again, without any loss."""

from pathlib import Path
from typing import Any

import numpy as np

from sentemo.upstreams.quantised import whole_rows


def store_compactly(path: Path) -> int:
    """Store matrices in as few bits as they came from.

    Those whose numbers are whole multiples of a scale become whole numbers of 8 bits, those that
    half precision holds are stored in it; a node of the graph makes the very same numbers of them
    again. Other matrices are kept.

    Returns
    -------
    int
        The fewest bits of any matrix: 8, 16 or 32.
    """
    import onnx
    from onnx import numpy_helper

    model = onnx.load(str(path))
    graph = model.graph
    nodes: list[Any] = []
    fewest = 32
    for tensor in list(graph.initializer):
        is_matrix = len(tensor.dims) > 1 and 0 not in tensor.dims
        if tensor.data_type != onnx.TensorProto.FLOAT or not is_matrix:
            continue
        found = _compact(tensor.name, numpy_helper.to_array(tensor))
        if found is None:
            continue
        bits, node, values = found
        graph.initializer.remove(tensor)
        graph.initializer.extend(map(numpy_helper.from_array, values, node.input))
        nodes.append(node)
        fewest = min(fewest, bits)
    for node in reversed(nodes):
        graph.node.insert(0, node)
    if nodes:
        onnx.save(model, str(path))
    return fewest


def _compact(name: str, values: np.ndarray) -> tuple[int, Any, list[np.ndarray]] | None:
    """Return bits, the node that makes a matrix of what is stored, and that; None if it stays."""
    from onnx import TensorProto
    from onnx.helper import make_node

    if np.ptp(values) == 0:  # a constant, such as the zeros that an LSTM starts from
        return None
    if (found := quantised(values)) is not None:
        whole, scales, axis = found
        stored = [f"{name}.int8", f"{name}.scale"]
        return 8, make_node("DequantizeLinear", stored, [name], axis=axis), [whole, scales]
    with np.errstate(over="ignore"):
        half = values.astype(np.float16)
    if (half.astype(np.float32) != values).any():
        return None
    return 16, make_node("Cast", [f"{name}.half"], [name], to=TensorProto.FLOAT), [half]


def quantised(values: np.ndarray) -> tuple[np.ndarray, np.ndarray, int] | None:
    """Return whole numbers, scales and their axis, if these give the values back, bit for bit.

    Parameters
    ----------
    values
        A matrix with its outputs on the first axis, or on the last one.
    """
    for axis in (0, values.ndim - 1):
        rows = np.moveaxis(values, axis, 0).reshape(values.shape[axis], -1)
        if (found := whole_rows(rows)) is None:
            continue
        whole, scales = found
        moved = whole.reshape(np.moveaxis(values, axis, 0).shape)
        return np.ascontiguousarray(np.moveaxis(moved, 0, axis)), scales, axis
    return None
