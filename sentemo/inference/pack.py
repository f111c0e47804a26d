"""An experiment as one zip of ESPnet's packer, with all that a prediction needs."""

import io
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch
from espnet2.main_funcs.pack_funcs import pack as pack_files
from espnet2.utils.yaml_no_alias_safe_dump import yaml_no_alias_safe_dump

from sentemo.core import checkpoint
from sentemo.core.errors import SentemoError
from sentemo.core.files import atomic_file, naming_full_disks
from sentemo.folds.job import FINAL
from sentemo.inference.adaptation import HEAD, ProbeHead
from sentemo.inference.card import model_card
from sentemo.inference.card_parts import name_of_licence
from sentemo.inference.checkpoint_files import (
    CONFIG_ROLE,
    FOLD_ROLE,
    MODEL_ROLE,
    RECOGNISER_ROLE,
    CheckpointFiles,
    files_of_experiment,
)
from sentemo.inference.description import DESCRIPTION, ONNX_MODEL, Description
from sentemo.inference.export import export_onnx
from sentemo.inference.recogniser import find_recogniser
from sentemo.inference.torch_backend import TorchBackend
from sentemo.models.ser import SpeechEmotionModel
from sentemo.scoring.answer_limits import answer_limits_of
from sentemo.scoring.scores_file import read_experiment, read_scores_file
from sentemo.upstreams import model_name
from sentemo.upstreams.weights import compact, read_weights

CONFIG, MODEL, RECOGNISER, LABELS, CARD, SCORES, EXPERIMENT = (
    "config.yaml",
    "model.pth",
    "recogniser.pth",
    "labels.txt",
    "README.md",
    "scores.json",
    "experiment.json",
)
# Endings of the configuration keys that describe the machine of the training.
OF_THE_TRAINING = ("_path_and_name_and_type", "_shape_file", "config", "asr_model")


@dataclass(frozen=True)
class PackedExperiment:
    """Content of an archive.

    Attributes
    ----------
    description
        Description of the model.
    folds
        Numbers of the folds whose models are in the archive.
    is_final
        Whether its only model is the final one of all data.
    difference
        Largest difference between torch and onnxruntime; None where there is no ONNX model.
    no_recogniser
        Reason why there is no recogniser in the archive; empty where there is one.
    """

    description: Description
    folds: tuple[int, ...]
    is_final: bool
    difference: float | None
    no_recogniser: str


def pack_experiment(
    exp: Path,
    dest: Path,
    fold: int | None = None,
    ensemble: bool = False,
    licence: str | None = None,
) -> PackedExperiment:
    """Write a trained experiment as a zip that the API and the command line can load.

    Parameters
    ----------
    dest
        Path of the zip, which is written whole or not at all.
    fold, ensemble
        Choice of models; see `files_of_experiment`.
    licence
        Licence of the corpus, for the model card.

    Raises
    ------
    SentemoError
        When the experiment is not trained, or its model cannot run without more than a recording.
    """
    files = files_of_experiment(exp, fold, ensemble)
    backend = TorchBackend(files, str(exp))
    recogniser = find_recogniser(backend.config, backend.ensemble)
    with TemporaryDirectory() as name, naming_full_disks(Path(name)):
        folder = Path(name)
        roles = _write_weights(folder, files)
        _write_config(folder, backend.config)
        tokens: Sequence[str] = ()
        if not isinstance(recogniser, str):
            backend.ensemble.recogniser, tokens = recogniser
            checkpoint.save(backend.ensemble.recogniser.state_dict(), folder / RECOGNISER)
            roles[RECOGNISER_ROLE] = RECOGNISER
        described, difference = _export(folder, backend, exp.resolve().name, tokens, licence)
        facts = read_experiment(exp) if (exp / EXPERIMENT).exists() else {}
        scores = read_scores_file(exp / SCORES) if (exp / SCORES).exists() else {}
        plugin = facts.get("plugin", {}).get("module", "")
        described = replace(described, plugin=plugin, limits=answer_limits_of(scores))
        described.write(folder / DESCRIPTION)
        if backend.ensemble.is_probe:
            _head_of(backend.ensemble.models[0]).write(folder / HEAD)
        if described.labels:
            text = "".join(f"{label}\n" for label in described.labels)
            (folder / LABELS).write_text(text, encoding="utf-8")
        if scores:
            shutil.copyfile(exp / SCORES, folder / SCORES)
        chosen = read_experiment(exp / FINAL)["epochs"] if files.is_final else ""
        card = model_card(described, files, facts, scores, licence, chosen)
        (folder / CARD).write_text(card, encoding="utf-8")
        _zip(folder, roles, dest)
    no_recogniser = recogniser if isinstance(recogniser, str) else ""
    return PackedExperiment(described, files.folds, files.is_final, difference, no_recogniser)


def _head_of(model: SpeechEmotionModel) -> ProbeHead:
    """Return the head of a probe and the statistics of its training, for `adaptation`."""
    state = {name: values.double().numpy() for name, values in model.decoder_state().items()}
    heads = {head.target: head for head in model.heads}
    return ProbeHead(
        mean=state["decoder.mean"],
        deviation=state["decoder.deviation"],
        weights={name: head.weight.detach().double().numpy() for name, head in heads.items()},
        biases={name: head.bias.detach().double().numpy() for name, head in heads.items()},
    )


def _write_weights(folder: Path, files: CheckpointFiles) -> dict[str, str]:
    """Write the first model whole, and the own weights of each other; return files by role."""
    merged: dict[str, torch.Tensor] = {}
    for file in files.members[0]:
        merged |= read_weights(file)
    checkpoint.save(compact(merged), folder / MODEL)
    roles = {MODEL_ROLE: MODEL}
    for fold, member in zip(files.folds[1:], files.members[1:], strict=True):
        name = f"fold_{fold:02d}.pth"
        shutil.copyfile(member[-1], folder / name)
        roles[FOLD_ROLE.format(fold)] = name
    return roles


def _write_config(folder: Path, config: dict[str, Any]) -> None:
    """Write the configuration without this machine's paths, and the files that it names."""
    kept = {k: v for k, v in config.items() if not k.endswith(OF_THE_TRAINING)}
    kept |= {"output_dir": ".", "asr_model": None}
    if kept.get("inherited_from"):
        kept["inherited_from"] = model_name(kept["inherited_from"])
    for part, key in (("normalize", "stats_file"), ("frontend", "model")):
        if (named := (config.get(f"{part}_conf") or {}).get(key)) is None:
            continue
        kept[f"{part}_conf"] = {**config[f"{part}_conf"], key: Path(named).name}
        copy = shutil.copytree if Path(named).is_dir() else shutil.copyfile
        copy(named, folder / Path(named).name)
    with open(folder / CONFIG, "w", encoding="utf-8") as stream:
        yaml_no_alias_safe_dump(kept, stream, indent=4, sort_keys=False)


def _export(
    folder: Path, backend: TorchBackend, name: str, tokens: Sequence[str], licence: str | None
) -> tuple[Description, float | None]:
    """Write the ONNX model; where that is impossible, the description gives the reason."""
    described = replace(
        backend.describe(name), tokens=tuple(tokens), licence=name_of_licence(licence or "")
    )
    path = folder / ONNX_MODEL
    try:
        exported = export_onnx(backend.ensemble, described.dim, path, described.shortest)
        return replace(described, weight_bits=exported.weight_bits), exported.difference
    except SentemoError as error:
        path.unlink(missing_ok=True)
        return replace(described, not_exported=str(error)), None


def _zip(folder: Path, roles: dict[str, str], dest: Path) -> None:
    named = {*roles.values(), CONFIG}
    others = sorted(path.name for path in folder.iterdir() if path.name not in named)
    archive = folder / "packed.zip"
    # The packer stores paths relative to the current folder, and prints messages.
    with _working_in(folder), redirect_stdout(io.StringIO()):
        pack_files(roles, {CONFIG_ROLE: CONFIG}, archive.name, others)
    with open(archive, "rb") as source, atomic_file(dest, "wb") as stream:
        shutil.copyfileobj(source, stream)


@contextmanager
def _working_in(folder: Path) -> Iterator[None]:
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)
