"""Recognise every utterance of a data directory, for a model that reads words.

Usage:
  python -m sentemo.bin.transcribe --asr_model ../librispeech/exp/asr_ctc_small \
      --data data/all --dump dump/fbank80/all --dest exp/transcripts_asr_ctc_small
"""

from pathlib import Path

from sentemo.bin.options import (
    add_recogniser_arguments,
    command_parser,
    resources_of,
)
from sentemo.bin.plugin_option import add_plugin_argument
from sentemo.core.errors import run_command
from sentemo.recognition.transcription import transcribe


def main(argv: list[str] | None = None) -> None:
    """Write `text` into the destination, unless it is up to date."""
    parser = command_parser(__doc__)
    add_plugin_argument(parser)
    parser.add_argument(
        "--asr_model",
        required=True,
        help="a recogniser trained here: its experiment, one of its .pth files, or a packed zip",
    )
    parser.add_argument("--data", type=Path, required=True, help="data directory")
    parser.add_argument(
        "--dump", type=Path, required=True, help="its features, of the type that the model is for"
    )
    parser.add_argument("--dest", type=Path, required=True, help="receives the table text")
    add_recogniser_arguments(parser)
    args = parser.parse_args(argv)
    transcribe(args.asr_model, args.data, args.dump, args.dest, resources_of(args))


if __name__ == "__main__":
    run_command(main)
