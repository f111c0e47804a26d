"""Train the final model of an experiment: on all data, as validation chose for the folds.

Usage:
  python -m sentemo.bin.train_final --config conf/train_ser_scratch.yaml --data data/all \
      --dump dump/fbank80/all --labels labels.txt --folds folds/loso.tsv --exp exp/ser_scratch
"""

from sentemo.bin.options import add_experiment_arguments, command_parser, experiment_of
from sentemo.core.errors import run_command
from sentemo.experiment.final_model import train_final


def main(argv: list[str] | None = None) -> None:
    """Train the final model, unless that is done."""
    parser = command_parser(__doc__)
    add_experiment_arguments(parser)
    train_final(experiment_of(parser.parse_args(argv)))


if __name__ == "__main__":
    run_command(main)
