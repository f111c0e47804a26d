r"""Test a trained emotion recogniser on its test sides under noise, in rooms, over lines, codecs.

The options are those of the training; --dest gets the predictions and scores.json.

Usage:
  python -m sentemo.bin.robustness --config conf/train_probe.yaml --data data/all \
      --dump dump/raw/all --labels labels.txt --folds folds/loso.tsv --upstream built-in \
      --exp exp/ser_probe_built-in --dest exp/robustness_probe_built-in
"""

from pathlib import Path

from sentemo.bin.options import (
    add_convert_argument,
    add_experiment_arguments,
    command_parser,
    experiment_of,
)
from sentemo.core.errors import run_command
from sentemo.data.conditions import CONDITIONS
from sentemo.experiment.robustness import Robustness
from sentemo.report.robustness import render_robustness


def main(argv: list[str] | None = None) -> None:
    """Test every condition, and print the table."""
    parser = command_parser(__doc__, whole=True)
    add_experiment_arguments(parser)
    parser.add_argument("--dest", type=Path, required=True, help="directory of the scores")
    parser.add_argument(
        "--conditions", nargs="+", choices=CONDITIONS, default=[*CONDITIONS], help="default: all"
    )
    add_convert_argument(parser, "resample and downmix what is not 16 kHz mono")
    args = parser.parse_args(argv)
    evaluation = Robustness(experiment_of(args), args.dest, args.conditions, args.convert_audio)
    print(render_robustness([evaluation.evaluate()]))


if __name__ == "__main__":
    run_command(main)
