r"""Write the attention of a trained model in its test utterances, by frames and by words.

Writes EXP/attention/: words.jsonl (a line per utterance), summary.json (the most attended words of
each class), attention.ark (frames x heads of each utterance), and pictures of some.

Usage: the arguments of the training, and what aligns words
  python -m sentemo.bin.attention --config conf/train_ser_scratch.yaml --data data/all \
      --dump dump/fbank80/all --labels labels.txt --folds folds/loso.tsv --exp exp/ser_scratch \
      --align_model ../librispeech/exp/asr_ctc_small --align_dump dump/fbank80/all
"""

from sentemo.bin.options import add_experiment_arguments, command_parser, experiment_of
from sentemo.bin.word_options import add_word_arguments, word_choice_of
from sentemo.core.errors import run_command
from sentemo.inference.attention import write_experiment_attention


def main(argv: list[str] | None = None) -> None:
    """Compute the attention of every fold's test side, unless that is done."""
    parser = command_parser(__doc__, whole=True)
    add_experiment_arguments(parser)
    add_word_arguments(parser)
    parser.add_argument(
        "--pictures", type=int, default=2, help="utterances to draw, of each class (default: 2)"
    )
    args = parser.parse_args(argv)
    write_experiment_attention(experiment_of(args), word_choice_of(args), args.pictures)


if __name__ == "__main__":
    run_command(main)
