"""ONNX models without the weights that this package ships: those of the built-in upstream.

Such a file says, in ONNX's form of external data, where in ``whisper_base.safetensors`` a matrix
lies; `sentemo.inference.onnx_backend.open_session` lets onnxruntime read it there. What remains is
the graph, the vectors and whatever stands upon the upstream.
"""

import json
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from sentemo.core.errors import SentemoError
from sentemo.core.files import fingerprint
from sentemo.upstreams.quantised import SCALE
from sentemo.upstreams.whisper import BUILT_IN_WEIGHTS

LEFT_OUT = "sentemo_left_out"  # a model's metadata: the digest of the file that its weights are in
LENGTH = struct.Struct("<Q")  # of the header that a safetensors file begins with
ONNX_TYPES = {"I8": "INT8", "F32": "FLOAT"}  # by their names in safetensors


@dataclass(frozen=True)
class _Shared:
    """A matrix of the upstream's file that is in an ONNX model too, as it is or transposed."""

    name: str
    is_transposed: bool


def share_weights(path: Path) -> int:
    """Leave out of an ONNX model, in its place, the matrices that the built-in upstream has.

    Parameters
    ----------
    path
        A model that `sentemo.inference.export.export_onnx` wrote.

    Returns
    -------
    int
        The number of matrices that were left out.

    Raises
    ------
    SentemoError
        When it has none of them: it stands upon another upstream, or one that was trained on.
    """
    import onnx
    from onnx import numpy_helper

    model = onnx.load(str(path))
    graph = model.graph
    stored = {tensor.name: tensor for tensor in graph.initializer}
    known, places = _known_matrices(), _places()
    names: list[str] = []
    nodes: list[Any] = []
    for node in graph.node:
        is_stored = node.op_type == "DequantizeLinear" and set(node.input) <= stored.keys()
        values = [numpy_helper.to_array(stored[name]) for name in node.input if is_stored]
        shared = known.get(_digest(values[0])) if values else None
        if shared is None:
            nodes.append(node)
            continue
        for name in node.input:
            graph.initializer.remove(stored[name])
        nodes += _read_from_upstream(shared, node.output[0])
        names += [name for name in (shared.name, shared.name + SCALE) if name not in names]
    if not names:
        raise SentemoError(f"{path}: no weights in it are those of the built-in upstream")
    del graph.node[:]
    graph.node.extend(nodes)
    graph.initializer.extend(_external(name, *places[name]) for name in names)
    model.metadata_props.add(key=LEFT_OUT, value=fingerprint(BUILT_IN_WEIGHTS))
    onnx.save(model, str(path))
    return len(names) // 2


def require_same_weights(session: Any, path: Path) -> None:
    """Insist that the weights which an opened model left out are those of this package.

    Raises
    ------
    SentemoError
        When a release with another upstream wrote it.
    """
    left_out = session.get_modelmeta().custom_metadata_map.get(LEFT_OUT)
    if left_out != fingerprint(BUILT_IN_WEIGHTS):
        raise SentemoError(
            f"{path}: it was made upon the built-in upstream of another sentemo. Install the "
            "sentemo that made it, or make it again."
        )


def _known_matrices() -> dict[str, _Shared]:
    """Return the 8-bit matrices of the upstream, and their transposes, by digest."""
    from safetensors.numpy import load_file

    known = {}
    for name, values in load_file(BUILT_IN_WEIGHTS).items():
        if values.dtype != np.int8:
            continue
        known[_digest(values)] = _Shared(name, is_transposed=False)
        if values.ndim == 2:  # linear layers, which ONNX multiplies from the right
            known.setdefault(_digest(values.T), _Shared(name, is_transposed=True))
    return known


def _digest(values: np.ndarray) -> str:
    import hashlib

    digest = hashlib.sha256(str((values.shape, values.dtype)).encode())
    digest.update(np.ascontiguousarray(values).tobytes())
    return digest.hexdigest()


def _places() -> dict[str, tuple[str, list[int], int, int]]:
    """Return type, shape, first byte and number of bytes of everything in the upstream's file."""
    with open(BUILT_IN_WEIGHTS, "rb") as stream:
        (size,) = LENGTH.unpack(stream.read(LENGTH.size))
        header = json.loads(stream.read(size))
    before = LENGTH.size + size
    places = {}
    for name, described in header.items():
        if name != "__metadata__":
            first, last = described["data_offsets"]
            places[name] = described["dtype"], described["shape"], before + first, last - first
    return places


def _external(name: str, kind: str, shape: list[int], first: int, size: int) -> Any:
    """Return an initializer whose values lie in the upstream's file."""
    from onnx import TensorProto

    tensor = TensorProto(name=name, dims=shape, data_location=TensorProto.EXTERNAL)
    tensor.data_type = TensorProto.DataType.Value(ONNX_TYPES[kind])
    where = {"location": BUILT_IN_WEIGHTS.name, "offset": str(first), "length": str(size)}
    for key, value in where.items():
        tensor.external_data.add(key=key, value=value)
    return tensor


def _read_from_upstream(shared: _Shared, output: str) -> Iterator[Any]:
    """Yield the nodes that make a matrix of the graph out of what the upstream's file has."""
    from onnx.helper import make_node

    inputs = [shared.name, shared.name + SCALE]
    if not shared.is_transposed:
        yield make_node("DequantizeLinear", inputs, [output], axis=0)
        return
    yield make_node("DequantizeLinear", inputs, [f"{output}.of_upstream"], axis=0)
    yield make_node("Transpose", [f"{output}.of_upstream"], [output], perm=[1, 0])
