"""The options of a whole Whisper that transcribes recordings: `--recogniser` and `--language`."""

import argparse


def add_listener_arguments(parser: argparse.ArgumentParser, shown: str) -> None:
    """Add `--recogniser` and `--language`; `shown` says where the words appear."""
    parser.add_argument(
        "--recogniser",
        metavar="DIR",
        help="a whole Whisper for transcripts, a directory or name of Hugging Face; " + shown,
    )
    parser.add_argument(
        "--language", help="language that is spoken: its code, such as de (default: detected)"
    )
