"""Adapting a probe to a folder's recordings, without labels.

Rooms, microphones, codecs and languages sit in the mean of the embeddings. An adapted model brings
the embeddings of its recordings, feature by feature, to the mean and the deviation of those that
its head learnt from.
"""

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from sentemo.core.errors import SentemoError
from sentemo.core.files import copy_file
from sentemo.core.npz import read_npz
from sentemo.data.dimensions import Scale
from sentemo.inference.answers import Outputs

HEAD, ADAPTATION = "head.npz", "adaptation.npz"  # in a packed model
FEWEST = 16  # recordings that give a mean and a deviation worth having
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
            When the file is damaged.
        """
        if (found := _read(folder, ADAPTATION)) is None:
            return None
        try:
            return cls(found["mean"], found["deviation"], int(found["recordings"]))
        except (KeyError, TypeError) as error:
            raise SentemoError(f"{folder}/{ADAPTATION}: no adaptation ({error})") from error


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
            powers = np.exp(said[LABEL] - said[LABEL].max())
            output = replace(output, probabilities=powers / powers.sum())
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
    def in_folder(cls, folder: Path | None) -> "ProbeHead | None":
        """Read that of a packed model; None where the model is no probe.

        Raises
        ------
        SentemoError
            When the file is damaged.
        """
        if (found := _read(folder, HEAD)) is None:
            return None
        names = [name for name in (LABEL, AVD) if f"{name}.weight" in found]
        try:
            return cls(
                found["mean"],
                found["deviation"],
                {name: found[f"{name}.weight"] for name in names},
                {name: found[f"{name}.bias"] for name in names},
            )
        except KeyError as error:
            raise SentemoError(f"{folder}/{HEAD}: no head of a probe ({error})") from error


def _read(folder: Path | None, name: str) -> dict[str, np.ndarray] | None:
    if folder is None or not (folder / name).is_file():
        return None
    found = read_npz(folder / name, "Pack the model again.")
    for key, values in found.items():
        if values.dtype.kind not in "fiu" or not np.isfinite(values).all():
            raise SentemoError(f"{folder / name}: {key} holds no finite numbers. Pack it again.")
    return found
