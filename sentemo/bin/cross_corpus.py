r"""Leave one corpus out: test a linear probe on each corpus after training it on the others.

The states of the tested corpus are normalised without knowledge of it, by its mean and deviation
without labels, or by those of each speaker. Layers and penalty are chosen on the other corpora.

Usage:
  python -m sentemo.bin.cross_corpus --data data/all --dump dump/raw/all --labels labels.txt \
      --upstream built-in --exp exp/cross_corpus
"""

from pathlib import Path

from sentemo.bin.options import (
    add_launch_arguments,
    add_nj_argument,
    add_upstream_argument,
    command_parser,
    resources_of,
)
from sentemo.core.errors import run_command
from sentemo.experiment.cross_corpus import CrossCorpusExperiment
from sentemo.report.cross_corpus import render_cross_corpus


def main(argv: list[str] | None = None) -> None:
    """Compare the normalisations, unless that is done already, and print the tables."""
    parser = command_parser(__doc__, whole=True)
    parser.add_argument(
        "--data", type=Path, required=True, help="data directory of several corpora"
    )
    parser.add_argument("--dump", type=Path, required=True, help="its feature directory")
    parser.add_argument("--labels", type=Path, required=True, help="labels.txt")
    parser.add_argument("--exp", type=Path, required=True, help="experiment directory")
    add_upstream_argument(parser, required=True)
    add_nj_argument(parser)
    add_launch_arguments(parser)
    args = parser.parse_args(argv)
    experiment = CrossCorpusExperiment(
        *(args.exp, args.data, args.dump, args.labels, args.upstream, resources_of(args))
    )
    print(render_cross_corpus(experiment.compare()))


if __name__ == "__main__":
    run_command(main)
