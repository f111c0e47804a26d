"""Predict each fold's test side with the weights that its validation side chose.

Usage: the arguments of the training
  python -m sentemo.bin.decode --config conf/train_ser_scratch.yaml --data data/all \
      --dump dump/fbank80/all --labels labels.txt --folds folds/loso.tsv --exp exp/ser_scratch
"""

from sentemo.bin.options import add_experiment_arguments, command_parser, experiment_of
from sentemo.core.errors import run_command


def main(argv: list[str] | None = None) -> None:
    """Write the predictions of the test sides."""
    parser = command_parser(__doc__)
    add_experiment_arguments(parser)
    experiment_of(parser.parse_args(argv)).decode()


if __name__ == "__main__":
    run_command(main)
