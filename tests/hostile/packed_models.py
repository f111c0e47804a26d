"""Models of others as zips and folders: descriptions, arrays and ONNX graphs that do not fit."""

import json
import shutil
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from hostile.audio_files import RATE, sound
from hostile.case import Case
from hostile.other_types import type_cases
from sentemo.inference import SpeechEmotion
from sentemo.inference.onnx_encoder import FACTS, OnnxEncoder
from sentemo.inference.shipped import FOLDER

SHIPPED = FOLDER / "open"
DESCRIPTION = json.loads((SHIPPED / "sentemo.json").read_text("utf-8"))
LABELS = len(DESCRIPTION["labels"])
NOISE = sound(RATE)[:, 0].astype(np.float32)


def judged(folder: Path, **files: bytes) -> Any:
    """Judge noise by a copy of the shipped model with other files, ``name_ending=content``."""
    model = Path(shutil.copytree(SHIPPED, folder / "model"))
    for name, content in files.items():
        (model / name.replace("_", ".")).write_bytes(content)
    return SpeechEmotion.from_pretrained(model)(NOISE, RATE).label in DESCRIPTION["labels"]


def descriptions() -> Iterator[Case]:
    """Yield descriptions with wrong types, and with values that fit neither type nor model."""

    def give(folder: Path, document: dict[str, Any]) -> Any:
        return judged(folder, sentemo_json=json.dumps(document).encode())

    documented = {**DESCRIPTION, "frame_shift": 0.02, "shortest": 0.01}
    yield from type_cases("sentemo.json", documented, give)
    for key, values, refusal in (
        ("format", (0, 2, None, "1"), "of format"),
        ("labels", ([], ["a"], ["a"] * 4, list("abcde"), None), "labels|probabilities|head.npz"),
        ("scale", ([5, 1], [1], [1, 1], "1,5", 7, [1, 5]), "scale|dimensions|avd.weight"),
        ("feature_type", ("fbank", "mfcc", "raw0", "raw999999999", "fbank81"), "feature type"),
        ("feature_type", ("fbank80", "raw99"), "wanted|feature type|sample rate"),
        ("frame_shift", (0, -1, 1e9), "frame_shift"),
        ("shortest", (0, -1, 1e9), "shortest"),
        ("members", (0, -1, 10**9), "members"),
        ("peak", (0, -1, 1e30), "peak"),
        ("weight_bits", (0, 7, -8), "weight_bits"),
        ("window", ("day",), "window"),
        ("tokens", (["a", "b"],), "token_scores"),
        ("unheard_of", (1,), "unheard_of: unknown"),
    ):
        for value in values:
            read = partial(_give, give, {**DESCRIPTION, key: value})
            yield Case(f"sentemo.json: {key} = {value!r}"[:60], read, refusal)


def _give(give: Callable[[Path, Any], Any], document: Any, folder: Path) -> Any:
    return give(folder, document)


def contents() -> Iterator[Case]:
    """Yield ``meta.yaml`` with wrong types, and heads whose arrays do not fit."""
    for name, text, refusal in (
        ("a list", "- a", "not a mapping"),
        ("no text as a name", "1: 2", "wanted text"),
        ("files that are a list", "files: [a]\nyaml_files: [b]", "names no"),
        ("a file of a number", "files: {ser_model_file: 5}", "names no"),
        ("a file outside", "files: {ser_model_file: ../../x}\nyaml_files: {}", "names no|outside"),
    ):
        yield Case(f"meta.yaml: {name}", partial(_of_torch, text), refusal)
    head = dict(np.load(SHIPPED / "head.npz"))
    size = len(head["mean"])
    for name, change in {
        "a shorter mean": {"mean": head["mean"][:-1]},
        "a mean of two dimensions": {"mean": np.zeros((size, 2))},
        "no deviation": {"deviation": None},
        "a deviation of text": {"deviation": np.array(["a"] * size)},
        "NaN in its weights": {"label.weight": head["label.weight"] * np.nan},
        "weights of fewer classes": {"label.weight": head["label.weight"][:-1]},
        "weights of fewer features": {"label.weight": head["label.weight"][:, :-1]},
        "biases of fewer classes": {"label.bias": head["label.bias"][:-1]},
        "no bias": {"label.bias": None},
        "no weights": {"label.weight": None},
        "weights that are one number": {"label.weight": np.float32(1)},
        "objects": {"mean": np.array([{}] * size, object)},
        "complex numbers": {"mean": head["mean"] * 1j},
    }.items():
        arrays = {"head": {**head, **change}}
        yield Case(f"head.npz: {name}", partial(_with_arrays, arrays), r"head\.npz")
    fitting = {"mean": np.zeros(size), "deviation": np.ones(size), "recordings": np.array(20)}
    for name, change in {
        "a shorter mean": {"mean": np.zeros(size - 1)},
        "one of another model": {"mean": np.zeros(5), "deviation": np.ones(5)},
        "a deviation of two dimensions": {"deviation": np.ones((size, 2))},
        "no count": {"recordings": None},
        "two counts": {"recordings": np.array([1, 2])},
        "infinite deviations": {"deviation": np.full(size, np.inf)},
    }.items():
        read = partial(_with_arrays, {"head": head, "adaptation": {**fitting, **change}})
        yield Case(f"adaptation.npz: {name}", read, r"adaptation\.npz|another model")


def _of_torch(text: str, folder: Path) -> Any:
    model = Path(shutil.copytree(SHIPPED, folder / "model"))
    (model / "meta.yaml").write_text(text)
    return SpeechEmotion.from_pretrained(model, backend="torch")


def _with_arrays(files: dict[str, dict[str, Any]], folder: Path) -> Any:
    """Judge noise by the shipped model with other files of arrays."""
    model = Path(shutil.copytree(SHIPPED, folder / "model"))
    for name, arrays in files.items():
        np.savez(model / name, **{k: v for k, v in arrays.items() if v is not None})
    return SpeechEmotion.from_pretrained(model)(NOISE, RATE)


def graph(
    name: str = "speech",
    kind: int = 1,
    rank: int = 2,
    outputs: tuple[str, ...] = ("probabilities",),
    shares: Any = (0.25,) * LABELS,
    metadata: dict[str, str] | None = None,
) -> bytes:
    """Return an ONNX model that says the same of all audio, whose signature may not fit."""
    from onnx import TensorProto, helper, numpy_helper

    values = numpy_helper.from_array(np.array(shares, np.float32), "shares")
    heard = helper.make_tensor_value_info(name, kind, [1, *["n"] * (rank - 1)])
    nodes = [helper.make_node("Unsqueeze", ["shares", "axis"], [one]) for one in outputs]
    axis = numpy_helper.from_array(np.array([0]), "axis")
    said = [
        helper.make_tensor_value_info(one, TensorProto.FLOAT, [1, *values.dims]) for one in outputs
    ]
    made = helper.make_graph(nodes, "g", [heard], said, [values, axis])
    model = helper.make_model(made, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    helper.set_model_props(model, metadata or {})
    return model.SerializeToString()


def graphs() -> Iterator[Case]:
    """Yield ONNX models whose signature, outputs or files do not fit."""
    fitting = {**DESCRIPTION, "shares_weights": False}

    def case(name: str, content: bytes, refusal: str, **changes: Any) -> Case:
        described = json.dumps({**fitting, **changes}).encode()

        def read(folder: Path) -> Any:
            (folder / "model").mkdir()
            (folder / "model" / "meta.yaml").write_text("files: {}")
            (folder / "model" / "model.onnx").write_bytes(content)
            (folder / "model" / "sentemo.json").write_bytes(described)
            return SpeechEmotion.from_pretrained(folder / "model")(NOISE, RATE).label

        return Case(f"model.onnx: {name}", read, refusal, answer=None if refusal else "angry")

    unfit = "model.onnx: takes|Pack"
    yield case("one that fits", graph(), "")
    yield case("another name of its input", graph("audio"), unfit)
    yield case("features, where audio is described", graph("features", rank=3), unfit)
    yield case("an input of three dimensions", graph(rank=3), unfit)
    for kind in (6, 7, 9, 10, 11, 8):
        yield case(f"an input of type {kind}", graph(kind=kind), f"{unfit}|not a readable")
    yield case("another name of its output", graph(outputs=("logits",)), unfit)
    yield case("an output more", graph(outputs=("probabilities", "x")), unfit)
    yield case("no probabilities", graph(outputs=("embedding",)), "0 outputs of probabilities")
    yield case("three classes, four labels", graph(shares=(0.5, 0.2, 0.3)), "has 3 outputs")
    yield case("no classes at all", graph(shares=()), "has 0 outputs")
    yield case("shares of two dimensions", graph(shares=[[0.25] * 4]), "outputs of prob")
    for name, value in (("NaN", np.nan), ("infinity", np.inf), ("3", 3.0), ("-1", -1.0)):
        shares = (value, 0.25, 0.25, 0.25)
        yield case(f"a probability of {name}", graph(shares=shares), "not finite|no probabilities")
    yield case("an attention of one dimension", graph(outputs=("probabilities", "attention")), "at")
    yield case("noise", np.random.default_rng(0).bytes(5000), "not a readable ONNX")
    yield case("nothing", b"", "not a readable ONNX")
    yield case("half of it", (SHIPPED / "model.onnx").read_bytes()[:400_000], "not a readable ONNX")
    yield case("weights in /etc/passwd", _outside("/etc/passwd"), "not a readable ONNX")
    yield case("weights in ../../x", _outside("../../../../etc/passwd"), "not a readable ONNX")
    yield case(
        "no shared weights, where they are described",
        graph(),
        "another sentemo",
        shares_weights=True,
    )
    yield from _encoders()


def _outside(place: str) -> bytes:
    """Return a model whose shares are the first bytes of a file of the system."""
    import onnx
    from onnx import TensorProto

    model = onnx.load_from_string(graph())
    (shares,) = [one for one in model.graph.initializer if one.name == "shares"]
    shares.ClearField("raw_data")
    shares.data_location = TensorProto.EXTERNAL
    for key, value in {"location": place, "offset": "0", "length": "16"}.items():
        shares.external_data.add(key=key, value=value)
    return model.SerializeToString()


def _encoders() -> Iterator[Case]:
    facts = {
        "layers": ["1", "2"],
        "output_size": 512,
        "window": "utterance",
        "cut_every": 30.0,
        "frame_shift": 0.02,
        "shortest": 0.01,
        "sampling_rate": 16000,
    }

    def give(folder: Path, document: dict[str, Any]) -> Any:
        return _opened(json.dumps(document), folder)

    yield from type_cases("encoder.onnx", facts, give)
    for text in ("", "[1]", "{", '{"layers": NaN}'):
        yield Case(
            f"encoder.onnx: described by {text!r}", partial(_opened, text), r"encoder\.onnx: "
        )


def _opened(text: str, folder: Path) -> tuple[str, ...]:
    from sentemo.core.files import fingerprint
    from sentemo.inference.shared_weights import LEFT_OUT
    from sentemo.upstreams.whisper import BUILT_IN_WEIGHTS

    metadata = {FACTS: text, LEFT_OUT: fingerprint(BUILT_IN_WEIGHTS)}
    (folder / "encoder.onnx").write_bytes(graph(outputs=("states",), metadata=metadata))
    return OnnxEncoder(folder / "encoder.onnx").layers
