"""Finding a model by the name that a user gives, and the backend that runs it."""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from sentemo.core.errors import SentemoError
from sentemo.core.extras import require_training
from sentemo.core.hub import fetch_packed
from sentemo.core.packed import PackedModel, existing
from sentemo.inference.answers import Outputs
from sentemo.inference.checkpoint_files import (
    MODEL_ROLE,
    files_of_experiment,
    files_of_packed,
    is_experiment,
    is_packed,
)
from sentemo.inference.description import DESCRIPTION, Description
from sentemo.inference.onnx_backend import OnnxBackend, is_exported
from sentemo.inference.shipped import shipped_folder
from sentemo.scoring.answer_limits import answer_limits_of
from sentemo.scoring.scores_file import read_scores_file

BACKENDS = ("auto", "onnx", "torch")

Backend = Callable[[Sequence[np.ndarray]], list[Outputs]]


@dataclass(frozen=True)
class LoadedModel:
    """A model that can be called.

    Attributes
    ----------
    backend
        Function from utterances, ``(samples,)`` each, to their outputs.
    folder
        Folder of the unpacked model, or the experiment directory.
    """

    description: Description
    backend: Backend
    folder: Path


def is_model(name: str) -> bool:
    """Tell whether a name is one of a model, not of a recording."""
    path = Path(name)
    if os.path.isdir(name):  # unlike that of Path, it takes any name
        return is_experiment(path) or is_packed(path)
    if path.suffix.lower() == ".zip" or shipped_folder(name):
        return True
    # A name on the Hub; a path of a recording that is missing has an ending.
    is_like_one = name.count("/") == 1 and not path.suffix and name[0] not in "./~"
    return is_like_one and not os.path.exists(name)


def load(model: str | Path, device: str = "cpu", backend: str = "auto") -> LoadedModel:
    """Load a model; parameters and errors are those of `SpeechEmotion.from_pretrained`."""
    if backend not in BACKENDS:
        raise SentemoError(f"backend {backend!r}: choose {', '.join(BACKENDS)}.")
    where = str(model)
    path = shipped_folder(where) or Path(model)
    if not path.exists():
        path = fetch_packed(where)
    if path.is_dir() and is_experiment(path):
        return _of_experiment(path, where, device, backend)
    if path.is_dir() and is_packed(path):
        packed = PackedModel(path, where)
    elif path.suffix.lower() == ".zip":
        packed = PackedModel.of_archive(path, where)
    else:
        raise SentemoError(
            f"{where}: no model. Give a model.zip of stage pack, or the directory of a trained "
            "emotion recogniser, like exp/ser_scratch."
        )
    return _of_packed(packed, where, device, backend)


def _of_experiment(exp: Path, where: str, device: str, backend: str) -> LoadedModel:
    if backend == "onnx":
        raise SentemoError(f"{where}: an experiment has no ONNX model; pack it (stage pack).")
    require_training(f"{where}, an experiment,")
    from sentemo.inference.torch_backend import TorchBackend

    torch_backend = TorchBackend(files_of_experiment(exp), where, device)
    scores = exp / "scores.json"
    found = read_scores_file(scores) if scores.is_file() else {}
    described = torch_backend.describe(exp.resolve().name)
    return LoadedModel(replace(described, limits=answer_limits_of(found)), torch_backend, exp)


def _of_packed(packed: PackedModel, where: str, device: str, backend: str) -> LoadedModel:
    description = Description.read(existing(packed.folder / DESCRIPTION, where))
    if backend == "auto":
        exported = device == "cpu" and is_exported(packed.folder, description)
        backend = "onnx" if exported else "torch"
    if backend == "onnx":
        if device != "cpu":
            raise SentemoError(f"device {device}: backend onnx runs on the CPU; use torch.")
        onnx = OnnxBackend(packed.folder, description)
        return LoadedModel(description, onnx, packed.folder)
    if packed.leaves_out(MODEL_ROLE) and is_exported(packed.folder, description):
        raise SentemoError(
            f"{where}: only its ONNX model is here, which runs on the CPU; device {device} and "
            "backend torch need weights of torch, which it leaves out. Leave these options out, or "
            "give a model.zip of stage pack or an experiment directory, which have them."
        )
    require_training(f"{where} on backend torch")
    from sentemo.inference.torch_backend import TorchBackend

    torch_backend = TorchBackend(files_of_packed(packed), where, device, description.tokens)
    return LoadedModel(description, torch_backend, packed.folder)
