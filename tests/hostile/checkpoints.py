"""Checkpoints of others: configurations, weights and statistics that no encoder can be made of."""

import os
import pickle
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
import yaml

from hostile.case import Case
from sentemo.states.encoder import FrozenEncoder
from sentemo.upstreams import Upstream

CONFIG = {
    "feature_type": "fbank80",
    "input_size": 80,
    "normalize": "global_mvn",
    "normalize_conf": {"stats_file": "feats_stats.npz"},
    "encoder": "blstm",
    "encoder_conf": {"num_layers": 1, "units": 4},
    "best_model_criterion": [["valid", "loss", "min"]],
}
SUMS = {"count": np.array(10), "sum": np.zeros(80), "sum_square": np.ones(80)}
ESPNET = {"frontend": "default", "input_size": None, "feature_type": None, "normalize": None}
Weights = dict[str, Any]


FIRST = "encoder.blstm.forward_layers.0.weight_ih_l0"


def good_weights() -> Weights:
    """Return the weights of an encoder as `CONFIG` describes it."""
    shapes = {"weight_ih": (16, 80), "weight_hh": (16, 4), "bias_ih": (16,), "bias_hh": (16,)}
    mean_and_deviation = {f"normalize.{name}": torch.ones(80) for name in ("mean", "std")}
    return mean_and_deviation | {
        f"encoder.blstm.{side}_layers.0.{name}_l0": torch.rand(shape)
        for side in ("forward", "backward")
        for name, shape in shapes.items()
    }


def opened(
    folder: Path, changes: dict[str, Any], content: Any = None, sums: dict[str, Any] | None = None
) -> Any:
    """Open the encoder of a checkpoint with a changed configuration, weights and statistics.

    `content` is weights by name, or the bytes of their file.
    """
    exp = folder / "recipe" / "exp" / "asr"
    exp.mkdir(parents=True)
    np.savez(exp / "feats_stats.npz", **(SUMS if sums is None else sums))
    (exp / "config.yaml").write_text(yaml.safe_dump({**CONFIG, **changes}))
    path = exp / "valid.loss.best.pth"
    if isinstance(content, bytes):
        path.write_bytes(content)
    else:
        torch.save(good_weights() if content is None else content, path)
    return FrozenEncoder(Upstream(path)).output_size


def configurations() -> Iterator[Case]:
    """Yield configurations of wrong types, of unknown or impossible parts, and of huge sizes."""
    yield Case("config.yaml as it is written", partial(opened, changes={}), answer=8)
    for number, (changes, refusal) in enumerate(
        (
            ({"encoder": ["blstm"]}, "encoder: found a list of 1, wanted text"),
            ({"encoder": None}, "names no encoder"),
            ({"encoder": "unheard_of"}, "unheard_of is none of"),
            ({"encoder": "__import__"}, "__import__ is none of"),
            ({"encoder_conf": [1]}, "encoder_conf: found a list of 1, wanted a mapping"),
            ({"encoder_conf": {"num_layers": 10**7}}, "num_layers: 10000000, and at most 1000"),
            ({"encoder_conf": {"num_layers": 900, "units": 10**5}}, "parameters|allocate"),
            ({"encoder_conf": {"units": 10**9}}, "units: 1000000000, and at most"),
            ({"encoder_conf": {"units": [[10**9]]}}, "units: 1000000000, and at most"),
            ({"encoder_conf": {"units": -4}}, "cannot build"),
            ({"encoder_conf": {"units": 0}}, "cannot build"),
            ({"encoder_conf": {"units": 1.5}}, "cannot build"),
            ({"encoder_conf": {"units": "4"}}, "cannot build"),
            ({"encoder_conf": {"units": 5}}, "does not fit its own config"),
            ({"encoder_conf": {"num_layers": 2, "units": 4}}, "missing: encoder"),
            ({"encoder_conf": {"num_layers": 0}}, "cannot build|does not fit"),
            ({"encoder_conf": {"unheard_of": 1}}, "cannot build"),
            ({"input_size": 10**9}, "input_size: found 1000000000"),
            ({"input_size": "80"}, "input_size: found '80'"),
            ({"input_size": 0}, "input_size: found 0"),
            ({"input_size": 40}, "does not fit|statistics"),
            ({"normalize_conf": "stats"}, "normalize_conf: found 'stats', wanted a mapping"),
            ({"normalize_conf": {"stats_file": 5}}, "stats_file|statistics"),
            ({"normalize_conf": {"stats_file": ["a"]}}, "stats_file|statistics"),
            ({"normalize_conf": {"stats_file": "../../../../shadow"}}, "are not there"),
            ({"normalize_conf": {"stats_file": "/etc/passwd"}}, "are not there"),
            ({"normalize": "unheard_of"}, "unheard_of is none of"),
            ({"token_list": "abc"}, "token_list: found 'abc', wanted a list"),
            ({"labels": "angry"}, "labels: found 'angry', wanted a list"),
            ({"labels": ["sad", "sad"]}, "labels: .*without repeats"),
            ({"avd_scale": [1]}, "avd_scale: .*wanted a list of 2 values"),
            ({"best_model_criterion": "loss"}, "best_model_criterion: found 'loss'"),
            ({"best_model_criterion": [[5]]}, "best_model_criterion"),
            ({"feature_type": 80}, "feature_type: found 80, wanted text"),
            ({"feature_type": None}, "does not say how they were extracted"),
            ({"conditioning_tokens": -1}, "conditioning_tokens: found -1"),
            ({"speech_volume_normalize": "loud"}, "speech_volume_normalize: found 'loud'"),
            ({"frontend": "s3prl", "input_size": None}, "s3prl does not import"),
            ({**ESPNET, "frontend_conf": {"fs": "fast"}}, "cannot build|no sampling rate"),
            ({**ESPNET, "frontend_conf": {"fs": -8000}}, "cannot build|rate|does not fit"),
            ({**ESPNET, "frontend_conf": {"n_mels": 10**8}}, "n_mels: 100000000, and at most"),
            ({**ESPNET, "frontend_conf": {"n_fft": 10**8}}, "n_fft: 100000000, and at most"),
            ({"preencoder": "frame_stacking", "preencoder_conf": {"stack": 10**9}}, "stack"),
            ({"preencoder": "frame_stacking", "preencoder_conf": {"stack": 0}}, "cannot build|fit"),
        ),
        start=1,
    ):
        yield Case(
            f"config.yaml {number}: {changes}"[:60], partial(opened, changes=changes), refusal
        )


def changed_weights() -> Iterator[Case]:
    """Yield weights with other keys, shapes, types and values, and files that are none."""
    yield Case("weights as they are written", partial(opened, changes={}), answer=8)
    halves = {name: value.half() for name, value in good_weights().items()}
    yield Case("weights of 16 bits", partial(opened, changes={}, content=halves), answer=8)
    name = FIRST
    good = good_weights()
    value = good[name]
    for what, change, refusal in (
        ("one missing", {name: None}, "missing: encoder"),
        ("one more", {"encoder.extra": value}, "unexpected: encoder"),
        ("another shape", {name: value[:, :40]}, "shape: encoder"),
        ("a number in place of a matrix", {name: value.sum()}, "shape: encoder"),
        ("an empty matrix", {name: value[:0]}, "shape: encoder"),
        ("whole numbers", {name: value.to(torch.int32)}, "type: encoder.*int32"),
        ("8 bits without a scale", {name: value.to(torch.int8)}, "type: encoder.*int8"),
        ("truth values", {name: value > 0}, "type: encoder.*bool"),
        ("complex numbers", {name: value + 1j}, "type: encoder.*complex64"),
        ("a sparse matrix", {name: value.to_sparse()}, "type: encoder.*dense"),
        ("NaN in them", {name: value * torch.nan}, "value: encoder.*NaN"),
        ("infinity in them", {name: value * torch.inf}, "value: encoder.*NaN or infinite"),
        ("64 bits beyond 32", {name: value.double() * 1e300}, "value|not taken over"),
        ("a scale that does not fit", {f"{name}.scale": torch.ones(3)}, "does not fit|unexpected"),
        ("a list in place of a matrix", {name: [1.0]}, "not a model's weights by name"),
        ("a name that is a number", {5: value}, "not a model's weights by name"),
        ("everything below module.", None, "names? no encoder"),
    ):
        content: Weights = {f"module.{key}": one for key, one in good.items()}
        if change is not None:
            content = {k: v for k, v in {**good, **change}.items() if v is not None}
        read = partial(opened, changes={}, content=content)
        yield Case(f"weights: {what}", read, refusal)
    for what, content_of_file, refusal in (
        ("nothing", b"", "not a readable weights file"),
        ("noise", np.random.default_rng(0).bytes(5000), "weights"),
        ("a pickle that runs a command", pickle.dumps(_Command()), "weights|pickled"),
        ("an old pickle", pickle.dumps({"encoder": 1}, protocol=0), "weights"),
        ("a zip of something else", b"PK\3\4" + bytes(100), "weights"),
    ):
        read = partial(opened, changes={}, content=content_of_file)
        yield Case(f"weights: {what}", read, refusal)
    for what, content_of_torch in (
        ("a list", [value]),
        ("a tensor", value),
        ("a training state", {"model": good, "epoch": 3}),
        ("nothing by name", {}),
    ):
        read = partial(opened, changes={}, content=content_of_torch)
        yield Case(f"weights: {what}", read, "not a model's weights|names? no encoder")
    read = partial(opened, changes={}, content={"encoder": _Command()})
    yield Case("weights: a command among them", read, "pickled Python objects")


class _Command:
    """Leaves a file behind where it is unpickled."""

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[str]]:
        return os.system, ("touch was_run; kill $PPID",)


def statistics() -> Iterator[Case]:
    """Yield statistics of a normalisation that do not fit the features."""
    for what, change in (
        ("one missing", {"sum": None}),
        ("fewer values", {"sum": np.zeros(3), "sum_square": np.ones(3)}),
        ("other shapes", {"sum": np.zeros(3)}),
        ("NaN", {"sum": np.full(80, np.nan)}),
        ("infinity", {"sum_square": np.full(80, np.inf)}),
        ("text", {"sum": np.array(["a"] * 80)}),
        ("objects", {"sum": np.array([{}] * 80, object)}),
        ("complex numbers", {"sum": np.zeros(80) * 1j}),
        ("several counts", {"count": np.arange(80)}),
        ("no recording", {"count": np.array(0)}),
        ("a negative count", {"count": np.array(-3)}),
        ("two dimensions", {"sum": np.zeros((2, 80)), "sum_square": np.ones((2, 80))}),
    ):
        sums = {k: v for k, v in {**SUMS, **change}.items() if v is not None}
        read = partial(opened, changes={}, sums=sums)
        yield Case(f"feats_stats.npz: {what}", read, "no sums and squares|damaged|cannot build|fit")
