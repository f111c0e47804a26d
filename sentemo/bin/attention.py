r"""Say what a trained model attends to in its test utterances, frame by frame and word by word.

Writes EXP/attention/: words.jsonl (a line per utterance), summary.json (the most attended words of
each class), attention.ark (frames x heads of each utterance), and pictures of some.

Usage: the arguments of the training, and what aligns words
  python -m sentemo.bin.attention --config conf/train_ser_scratch.yaml --data data/all \
      --dump dump/fbank80/all --labels labels.txt --folds folds/loso.tsv --exp exp/ser_scratch \
      --align_model ../librispeech/exp/asr_ctc_small --align_dump dump/fbank80/all
"""

from pathlib import Path

from sentemo.bin.options import (
    add_experiment_arguments,
    add_language_argument,
    command_parser,
    experiment_of,
)
from sentemo.core.errors import run_command
from sentemo.inference.attention import (
    WORD_SOURCES,
    AttentionOptions,
    write_experiment_attention,
)


def main(argv: list[str] | None = None) -> None:
    """Compute the attention of every fold's test side, unless that is done."""
    parser = command_parser(__doc__, whole=True)
    add_experiment_arguments(parser)
    parser.add_argument(
        "--words",
        choices=WORD_SOURCES,
        default="auto",
        help="times: of the corpus (words.ctm); reference: its transcripts, aligned; asr: what "
        "the recogniser hears, as in the paper; auto: the first of these that there is",
    )
    parser.add_argument(
        "--align_model",
        help="a CTC recogniser of characters, or a whole Whisper (default: --upstream, if it is "
        "one)",
    )
    parser.add_argument("--align_dump", type=Path, help="features that it hears (default: --dump)")
    add_language_argument(parser)
    parser.add_argument(
        "--pictures", type=int, default=2, help="utterances to draw, of each class (default: 2)"
    )
    args = parser.parse_args(argv)
    options = AttentionOptions(
        args.words, args.align_model, args.align_dump, args.asr_language, args.pictures
    )
    write_experiment_attention(experiment_of(args), options)


if __name__ == "__main__":
    run_command(main)
