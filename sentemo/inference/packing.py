"""The stage `pack`: an experiment's model.zip, packed again only when what it holds changed."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sentemo.core.config import read_config
from sentemo.core.errors import SentemoError
from sentemo.core.markers import Marker
from sentemo.core.version import __version__
from sentemo.folds.job import FINAL
from sentemo.inference.checkpoint_files import CheckpointFiles, files_of_experiment
from sentemo.upstreams import Upstream

if TYPE_CHECKING:  # it imports torch, which takes seconds
    from sentemo.inference.pack import PackedExperiment


@dataclass(frozen=True)
class Packing:
    """An experiment to pack.

    Attributes
    ----------
    exp
        Experiment directory.
    dest
        The zip to write; ``model.zip`` in `exp` where it is None.
    readme
        README of the recipe, which says the licence.
    fold
        Fold whose model is packed.
    ensemble
        Whether the models of all folds are packed, to be averaged. With neither, it is the final
        model of all data, or all models where there is none; see `sentemo.experiment.final_model`.
    """

    exp: Path
    dest: Path | None = None
    readme: Path | None = None
    fold: int | None = None
    ensemble: bool = False

    def run(self) -> None:
        """Write the zip, unless it is that of these very weights and scores; print one line.

        Raises
        ------
        SentemoError
            When there is no trained model, or one that cannot be packed.
        """
        dest = self.dest or self.exp / "model.zip"
        marker = self._marker(dest)
        if marker.is_current():
            print(f"{dest}: up to date")
            return
        from sentemo.inference.card import licence_in
        from sentemo.inference.pack import pack_experiment

        licence = licence_in(self.readme) if self.readme else None
        packed = pack_experiment(self.exp, dest, self.fold, self.ensemble, licence)
        marker.write()
        print(f"{dest}: {_summary(packed)}; {dest.stat().st_size / 1e6:.1f} MB")

    def _marker(self, dest: Path) -> Marker:
        files = files_of_experiment(self.exp, self.fold, self.ensemble)
        options = {
            "folds": FINAL if files.is_final else files.folds,
            "recogniser": _recogniser(files.config_file),
            "sentemo": __version__,
        }
        return Marker(dest.with_name(f".done.{dest.name}.json"), self._inputs(files), options, dest)

    def _inputs(self, files: CheckpointFiles) -> list[Path]:
        described = [self.exp / name for name in ("experiment.json", "scores.json")]
        inputs = {files.config_file, *(file for member in files.members for file in member)}
        inputs |= {path for path in [*described, self.readme] if path and path.exists()}
        return sorted(inputs)


def _recogniser(config_file: Path) -> str:
    """Return the digest of the checkpoint that the encoder comes from; "" where there is none."""
    named = read_config(config_file).get("inherited_from")
    try:
        return Upstream(named).fingerprint if named else ""
    except SentemoError:
        return ""


def _summary(packed: "PackedExperiment") -> str:
    bits = packed.description.weight_bits
    exported = (
        f"ONNX model{f' with weights of {bits} bits' * (bits < 32)} within "
        f"{packed.difference:.1g} of torch"
        if packed.difference is not None
        else f"no ONNX model: {packed.description.not_exported}"
    )
    folds = ", ".join(map(str, packed.folds))
    models = f"models of folds {folds}" if len(packed.folds) > 1 else f"model of fold {folds}"
    if packed.is_final:
        models = "final model of all data"
    reason = packed.no_recogniser
    recogniser = f"no transcripts: {reason}" if reason else "with its recogniser"
    plugin = packed.description.plugin
    needs = f"; torch needs its own module: --plugin {plugin}" if plugin else ""
    return f"the {models}; {exported}; {recogniser}{needs}"
