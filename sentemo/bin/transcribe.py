r"""Recognise every utterance of a data directory, for a model that reads words.

A Whisper times its words too, and is scored as an experiment where the data has transcripts.

Usage:
  python -m sentemo.bin.transcribe --asr_model ../librispeech/exp/asr_ctc_small \
      --data data/all --dump dump/fbank80/all --dest exp/transcripts_asr_ctc_small
  python -m sentemo.bin.transcribe --asr_model whisper-base/ --asr_language de \
      --data data/all --dump dump/raw/all --dest exp/transcripts_whisper-base
"""

from pathlib import Path

from sentemo.bin.options import (
    add_language_argument,
    add_recogniser_arguments,
    command_parser,
    resources_of,
)
from sentemo.bin.plugin_option import add_plugin_argument
from sentemo.core.errors import run_command
from sentemo.experiment.transcripts import TranscriptRequest, write_transcripts_of


def main(argv: list[str] | None = None) -> None:
    """Write `text` into the destination, unless it is up to date."""
    parser = command_parser(__doc__)
    add_plugin_argument(parser)
    parser.add_argument(
        "--asr_model",
        required=True,
        help="a recogniser trained here (its experiment, one of its .pth files, or a packed zip), "
        "or a directory of Hugging Face with a whole Whisper",
    )
    parser.add_argument("--data", type=Path, required=True, help="data directory")
    parser.add_argument(
        "--dump", type=Path, required=True, help="its features, of the type that the model is for"
    )
    parser.add_argument("--dest", type=Path, required=True, help="receives the table text")
    add_language_argument(parser)
    parser.add_argument(
        "--folds", type=Path, help="hear the test side of its first fold alone, with a Whisper"
    )
    parser.add_argument("--corpus", help="name of the corpus in the results (default: its own)")
    add_recogniser_arguments(parser)
    args = parser.parse_args(argv)
    write_transcripts_of(
        TranscriptRequest(
            asr_model=args.asr_model,
            data=args.data,
            dump=args.dump,
            dest=args.dest,
            language=args.asr_language,
            folds=args.folds,
            corpus=args.corpus,
            resources=resources_of(args),
        )
    )


if __name__ == "__main__":
    run_command(main)
