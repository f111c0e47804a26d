r"""Silence words of test utterances one after the other, or moments where words have no times.

Each fold's model predicts test utterances in which one piece is silenced. Writes EXP/occlusion/:
utterances.jsonl (the probability that each piece cost, and its attention) and summary.json (how far
attention and loss agree). report.html shows both.

Usage: the arguments of the training, and what aligns words
  python -m sentemo.bin.occlude --config conf/train_ser_states.yaml --data data/all \
      --dump dump/raw/all --labels labels.txt --folds folds/loso.tsv --upstream whisper-base \
      --exp exp/ser_states_whisper-base --utterances 100
"""

from sentemo.bin.number_options import positive_int
from sentemo.bin.options import add_experiment_arguments, command_parser, experiment_of
from sentemo.bin.word_options import add_word_arguments, word_choice_of
from sentemo.core.errors import run_command
from sentemo.inference.experiment_occlusion import write_experiment_occlusion


def main(argv: list[str] | None = None) -> None:
    """Silence the pieces of utterances that the seed draws, unless that is done."""
    parser = command_parser(__doc__, whole=True)
    add_experiment_arguments(parser)
    add_word_arguments(parser)
    parser.add_argument(
        "--utterances",
        type=positive_int,
        default=100,
        help="number of test utterances, which --seed draws (default: 100)",
    )
    args = parser.parse_args(argv)
    write_experiment_occlusion(experiment_of(args), word_choice_of(args), args.utterances)


if __name__ == "__main__":
    run_command(main)
