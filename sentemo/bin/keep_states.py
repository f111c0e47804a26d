"""Keep the states of a frozen upstream that the folds of an emotion recogniser read.

They are written once for all folds, seeds and experiments, beside the features: dump/states.

Usage:
  python -m sentemo.bin.keep_states --upstream built-in --config conf/train_probe.yaml \
      --data data/all --dump dump/raw/all --labels labels.txt --folds folds/loso.tsv \
      --exp exp/ser_probe_built-in
"""

from sentemo.bin.options import add_experiment_arguments, command_parser, experiment_of
from sentemo.core.errors import run_command


def main(argv: list[str] | None = None) -> None:
    """Keep the states that are not kept yet."""
    parser = command_parser(__doc__)
    add_experiment_arguments(parser)
    experiment_of(parser.parse_args(argv)).keep_states()


if __name__ == "__main__":
    run_command(main)
