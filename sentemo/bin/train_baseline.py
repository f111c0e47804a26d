"""Train and test a baseline on every fold: openSMILE with a linear SVM, or the largest class.

Usage:
  python -m sentemo.bin.train_baseline --config conf/baseline_compare.yaml --data data/all \
      --dump dump --labels labels.txt --folds folds/loso.tsv --exp exp/baseline_compare
"""

from pathlib import Path

from sentemo.bin.options import (
    add_convert_argument,
    add_nj_argument,
    add_set_argument,
    command_parser,
)
from sentemo.core.config import changed_config
from sentemo.core.errors import run_command
from sentemo.experiment.baseline import BaselineExperiment


def main(argv: list[str] | None = None) -> None:
    """Write the predictions of all folds, unless they are there."""
    parser = command_parser(__doc__)
    parser.add_argument("--config", type=Path, required=True, help="conf/baseline_*.yaml")
    add_set_argument(parser)
    parser.add_argument("--data", type=Path, required=True, help="data directory")
    parser.add_argument("--dump", type=Path, required=True, help="folder that keeps functionals")
    parser.add_argument("--labels", type=Path, required=True, help="labels.txt")
    parser.add_argument("--folds", type=Path, required=True, help="fold file")
    parser.add_argument("--exp", type=Path, required=True, help="experiment directory")
    parser.add_argument("--corpus", help="name in the results (default: as in the data)")
    add_nj_argument(parser)
    add_convert_argument(
        parser, "resample and downmix what is not 16 kHz mono, instead of refusing it"
    )
    args = parser.parse_args(argv)
    BaselineExperiment(
        directory=args.exp,
        config=changed_config(args.config, args.changes, args.exp),
        data=args.data,
        dump=args.dump,
        labels=args.labels,
        folds=args.folds,
        corpus=args.corpus,
        nj=args.nj,
        convert_audio=args.convert_audio,
    ).train()


if __name__ == "__main__":
    run_command(main)
