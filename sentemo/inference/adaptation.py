"""Adapting a probe to a folder's recordings, without labels.

Rooms, microphones, codecs and languages shift the mean of the embeddings. An adapted model brings
the embeddings of its recordings, feature by feature, to the mean and the deviation of those on
which its head was trained.
"""

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from sentemo.core.errors import SentemoError
from sentemo.core.files import copy_file
from sentemo.core.npz import read_npz
from sentemo.data.dimensions import DIMENSIONS, Scale
from sentemo.inference.answers import Outputs
from sentemo.inference.description import DESCRIPTION, Description
from sentemo.scoring.temperature import softmax

HEAD, ADAPTATION = "head.npz", "adaptation.npz"  # in a packed model
AGAIN = "Pack the model again."
FEWEST = 16  # recordings from which mean and deviation are estimated
LABEL, AVD = "label", "avd"  # targets, as the heads of a model name them


@dataclass(frozen=True)
class Adaptation:
    """Mean and deviation of the embeddings of some recordings, ``(features,)`` each.

    Attributes
    ----------
    recordings
        Number of recordings, or of parts of them.
    """

    mean: np.ndarray
    deviation: np.ndarray
    recordings: int

    @classmethod
    def of(cls, embeddings: Sequence[np.ndarray]) -> "Adaptation":
        """Return that of embeddings, ``(features,)`` each.

        Raises
        ------
        SentemoError
            When they are fewer than `FEWEST`.
        """
        if len(embeddings) < FEWEST:
            raise SentemoError(
                f"{len(embeddings)} recordings are too few to adapt to: give at least {FEWEST} of "
                "the same kind, in several emotions, or leave --adapt out"
            )
        values = np.stack(embeddings).astype(np.float64)
        return cls(values.mean(axis=0), values.std(axis=0), len(values))

    def write_into(self, model: Path, dest: Path) -> None:
        """Write the model of a folder as a zip, adapted."""
        with TemporaryDirectory() as name:
            folder = Path(name) / "model"
            shutil.copytree(model, folder)
            np.savez(
                folder / ADAPTATION,
                mean=self.mean,
                deviation=self.deviation,
                recordings=self.recordings,
            )
            copy_file(Path(shutil.make_archive(str(Path(name) / "packed"), "zip", folder)), dest)

    @classmethod
    def in_folder(cls, folder: Path | None) -> "Adaptation | None":
        """Read that of a packed model; None where the model is as it was trained.

        Raises
        ------
        SentemoError
            When the file is damaged, or its arrays do not fit each other.
        """
        if (found := _read(folder, ADAPTATION, ("mean", "deviation", "recordings"))) is None:
            return None
        mean, deviation, count = found["mean"], found["deviation"], found["recordings"]
        if mean.ndim != 1 or deviation.shape != mean.shape or count.size != 1 or count.min() < 1:
            raise _unfitting(folder, ADAPTATION)
        return cls(mean, deviation, int(count.item()))


@dataclass(frozen=True)
class ProbeHead:
    """The head of a probe, and what its inputs were like in training.

    Attributes
    ----------
    mean, deviation
        Of the embeddings of the training, ``(features,)`` each.
    weights, biases
        By target, ``(outputs, features)`` and ``(outputs,)``: logits as `LABEL`, dimensions of
        0 to 1 as `AVD`.
    """

    mean: np.ndarray
    deviation: np.ndarray
    weights: Mapping[str, np.ndarray]
    biases: Mapping[str, np.ndarray]

    def judge(self, output: Outputs, adaptation: Adaptation, scale: Scale | None) -> Outputs:
        """Return the outputs for an embedding, adapted.

        Parameters
        ----------
        output
            Outputs of a backend, with the embedding.
        scale
            Scale of the dimensions; None where these are not learnt.

        Raises
        ------
        SentemoError
            When the adaptation is of another model.
        """
        assert output.embedding is not None  # a model with a head has it
        if not len(adaptation.mean) == len(self.mean) == len(output.embedding):
            raise SentemoError("adapted to embeddings of another model: adapt it again")
        deviation = np.where(adaptation.deviation > 0, adaptation.deviation, np.inf)
        standardised = (output.embedding - adaptation.mean) / deviation
        embedding = standardised * self.deviation + self.mean
        said = {name: self.weights[name] @ embedding + self.biases[name] for name in self.weights}
        if LABEL in said:
            output = replace(output, probabilities=softmax(said[LABEL]))
        if AVD in said and scale is not None:
            output = replace(output, dimensions=scale.from_unit(said[AVD]))
        return output

    def write(self, path: Path) -> None:
        """Write it as npz."""
        arrays = {"mean": self.mean, "deviation": self.deviation}
        for name, weight in self.weights.items():
            arrays |= {f"{name}.weight": weight, f"{name}.bias": self.biases[name]}
        np.savez(path, **arrays)  # type: ignore[arg-type]

    @classmethod
    def in_folder(cls, folder: Path | None, described: Description) -> "ProbeHead | None":
        """Read that of a packed model; None where the model is no probe.

        Raises
        ------
        SentemoError
            When the file is damaged, or its arrays fit neither each other nor the description.
        """
        outputs = {LABEL: len(described.labels), AVD: len(DIMENSIONS) if described.scale else 0}
        named = {name: (f"{name}.weight", f"{name}.bias") for name in outputs if outputs[name]}
        wanted = ("mean", "deviation", *chain(*named.values()))
        if (found := _read(folder, HEAD, wanted)) is None:
            return None
        mean, deviation = found["mean"], found["deviation"]
        weights = {name: found[weight] for name, (weight, _) in named.items()}
        biases = {name: found[bias] for name, (_, bias) in named.items()}
        fits = mean.ndim == 1 and deviation.shape == mean.shape
        for name in named:
            shape = (outputs[name], len(mean)) if fits else ()
            fits = fits and weights[name].shape == shape and biases[name].shape == shape[:1]
        if not fits:
            raise _unfitting(folder, HEAD)
        return cls(mean, deviation, weights, biases)


def _read(folder: Path | None, name: str, wanted: Sequence[str]) -> dict[str, np.ndarray] | None:
    """Read the arrays of a file of a packed model; None where there is none."""
    if folder is None or not (folder / name).is_file():
        return None
    found = read_npz(folder / name, AGAIN)
    for key, values in found.items():
        if values.dtype.kind not in "fiu" or not np.isfinite(values).all():
            raise SentemoError(f"{folder / name}: {key} holds no finite numbers. {AGAIN}")
    if missing := [key for key in wanted if key not in found]:
        raise SentemoError(f"{folder / name}: no {', '.join(missing)} in it. {AGAIN}")
    return found


def _unfitting(folder: Path | None, name: str) -> SentemoError:
    return SentemoError(
        f"{folder}/{name}: its arrays fit neither each other nor {DESCRIPTION}. {AGAIN}"
    )
