"""The options of a whole Whisper that hears what is said: `--recogniser` and `--language`."""

import argparse


def add_listener_arguments(parser: argparse.ArgumentParser, shown: str) -> None:
    """Add `--recogniser` and `--language`; `shown` says where the words appear."""
    parser.add_argument(
        "--recogniser",
        metavar="DIR",
        help="a whole Whisper, a directory or name of Hugging Face, which hears what was said; "
        + shown,
    )
    parser.add_argument(
        "--language", help="language that it hears: its code, such as de (default: detected)"
    )
