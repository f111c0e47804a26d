"""Score an experiment's predictions: WA, UA, macro-F1 or CCC, intervals, folds, recalls.

Usage:
  python -m sentemo.bin.score --exp exp/ser_scratch --data data/all --labels labels.txt \
      --folds folds/loso.tsv
"""

from pathlib import Path

from sentemo.bin.options import command_parser
from sentemo.core.errors import run_command
from sentemo.experiment.scores import score_experiment


def main(argv: list[str] | None = None) -> None:
    """Write `scores.json`, unless it is that of these very predictions."""
    parser = command_parser(__doc__)
    parser.add_argument("--exp", type=Path, required=True, help="experiment directory")
    parser.add_argument("--data", type=Path, required=True, help="data directory")
    parser.add_argument("--labels", type=Path, help="labels file, where classes were learnt")
    parser.add_argument("--folds", type=Path, required=True, help="fold file")
    args = parser.parse_args(argv)
    score_experiment(args.exp, args.data, args.folds, args.labels)


if __name__ == "__main__":
    run_command(main)
