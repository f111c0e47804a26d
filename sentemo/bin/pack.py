"""Pack a trained emotion recogniser as one zip, with an ONNX model and a model card.

Usage:
  python -m sentemo.bin.pack --exp exp/ser_scratch --readme ../emodb/README.md
  python -m sentemo.bin.pack --exp exp/ser_scratch --fold 3        # that fold's model
  python -m sentemo.bin.pack --exp exp/ser_scratch --ensemble true # the mean of all folds' models
"""

import argparse
from pathlib import Path

import sentemo
from sentemo.bin.options import positive_int, true_or_false
from sentemo.core.config import read_config
from sentemo.core.errors import SentemoError, run_command
from sentemo.core.markers import Marker
from sentemo.inference.checkpoint_files import files_of_experiment
from sentemo.inference.onnx_backend import EXPORTERS, missing_packages
from sentemo.upstreams import Upstream


def main(argv: list[str] | None = None) -> None:
    """Write `model.zip`, unless it is that of these very weights and scores."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0], allow_abbrev=False)
    parser.add_argument("--exp", type=Path, required=True, help="experiment directory")
    parser.add_argument("--dest", type=Path, help="the zip (default: model.zip in it)")
    parser.add_argument("--readme", type=Path, help="the recipe's, which says the licence")
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--fold", type=positive_int, help="pack the model of this fold")
    which.add_argument(
        "--ensemble",
        type=true_or_false,
        help="pack the models of all folds, to be averaged, or of the first alone (default: all "
        "where they share one encoder, which costs little)",
    )
    args = parser.parse_args(argv)
    dest = args.dest or args.exp / "model.zip"
    files = files_of_experiment(args.exp, args.fold, args.ensemble)
    described = [args.exp / name for name in ("experiment.json", "scores.json")]
    inputs = {files.config_file, *(file for member in files.members for file in member)}
    inputs |= {path for path in [*described, args.readme] if path and path.exists()}
    missing = missing_packages(EXPORTERS)  # with them it is packed again, with the ONNX model
    options = {
        "folds": files.folds,
        "missing": missing,
        "recogniser": _recogniser(files.config_file),
        "sentemo": sentemo.__version__,
    }
    marker = Marker(dest.with_name(f".done.{dest.name}.json"), sorted(inputs), options, dest)
    if marker.is_current():
        print(f"{dest}: up to date")
        return
    from sentemo.inference.card import licence_in
    from sentemo.inference.pack import pack_experiment

    licence = args.readme and licence_in(args.readme)
    packed = pack_experiment(args.exp, dest, args.fold, args.ensemble, licence)
    marker.write()
    exported = (
        f"ONNX model within {packed.difference:.1g} of torch"
        if packed.difference is not None
        else f"no ONNX model: {packed.description.not_exported}"
    )
    folds = ", ".join(map(str, packed.folds))
    whose = f"models of folds {folds}" if len(packed.folds) > 1 else f"model of fold {folds}"
    reason = packed.no_recogniser
    recogniser = f"no transcripts: {reason}" if reason else "with its recogniser"
    print(f"{dest}: the {whose}; {exported}; {recogniser}; {dest.stat().st_size / 1e6:.1f} MB")


def _recogniser(config_file: Path) -> str:
    """Digest of the checkpoint that the encoder comes from; nothing where there is none now."""
    named = read_config(config_file).get("inherited_from")
    try:
        return Upstream(named).fingerprint if named else ""
    except SentemoError:
        return ""


if __name__ == "__main__":
    run_command(main)
