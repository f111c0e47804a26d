"""Train every fold of an emotion recogniser, and report the pooled validation result.

Usage:
  python -m sentemo.bin.train --config conf/train_ser_scratch.yaml --data data/all \
      --dump dump/fbank80/all --labels labels.txt --folds folds/loso.tsv --exp exp/ser_scratch
"""

from sentemo.bin.options import add_experiment_arguments, command_parser, experiment_of
from sentemo.core.errors import run_command


def main(argv: list[str] | None = None) -> None:
    """Train the folds that are not finished yet."""
    parser = command_parser(__doc__)
    add_experiment_arguments(parser)
    parser.add_argument("--corpus", help="name in the results (default: as in the data)")
    parser.add_argument("--title", help="title in the results (default: after the configuration)")
    args = parser.parse_args(argv)
    experiment_of(args, args.corpus, args.title).train()


if __name__ == "__main__":
    run_command(main)
