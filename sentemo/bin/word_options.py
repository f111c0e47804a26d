"""The options that name the words of utterances, and what times them."""

import argparse
from pathlib import Path

from sentemo.bin.options import add_language_argument
from sentemo.inference.timed_words import WORD_SOURCES, WordChoice


def add_word_arguments(parser: argparse.ArgumentParser) -> None:
    """Add `--words`, `--align_model`, `--align_dump` and `--asr_language`."""
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


def word_choice_of(args: argparse.Namespace) -> WordChoice:
    """Return the choice that these options describe."""
    return WordChoice(args.words, args.align_model, args.align_dump, args.asr_language)
