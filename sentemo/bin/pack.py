"""Pack a trained emotion recogniser as one zip, with an ONNX model and a model card.

Usage:
  python -m sentemo.bin.pack --exp exp/ser_scratch --readme ../emodb/README.md  # the final model
  python -m sentemo.bin.pack --exp exp/ser_scratch --fold 3        # that fold's model
  python -m sentemo.bin.pack --exp exp/ser_scratch --ensemble true # the mean of all folds' models
"""

import argparse
from pathlib import Path

from sentemo.bin.options import positive_int, true_or_false
from sentemo.bin.plugin_option import add_plugin_argument
from sentemo.core.errors import run_command
from sentemo.inference.packing import Packing


def main(argv: list[str] | None = None) -> None:
    """Write `model.zip`, unless it is that of these very weights and scores."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0], allow_abbrev=False)
    add_plugin_argument(parser)
    parser.add_argument("--exp", type=Path, required=True, help="experiment directory")
    parser.add_argument("--dest", type=Path, help="the zip (default: model.zip in it)")
    parser.add_argument("--readme", type=Path, help="the recipe's, which says the licence")
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--fold", type=positive_int, help="pack the model of this fold")
    which.add_argument(
        "--ensemble",
        type=true_or_false,
        default=False,
        help="true: pack the models of all folds, to be averaged (default: the final model of all "
        "data, see sentemo.bin.train_final; without one, the models of all folds)",
    )
    Packing(**vars(parser.parse_args(argv))).run()


if __name__ == "__main__":
    run_command(main)
