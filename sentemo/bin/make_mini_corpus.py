"""Make a small synthetic look-alike of a corpus, in the original's layout on disk.

Usage:

    python -m sentemo.bin.make_mini_corpus --corpus emodb --dest egs/emodb/mini/corpus
"""

import argparse
from pathlib import Path

from sentemo.bin.number_options import seed
from sentemo.core.errors import run_command
from sentemo.corpora.mini import CORPORA, make_mini_corpus


def get_parser() -> argparse.ArgumentParser:
    """Return the command line's parser."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--corpus", required=True, choices=CORPORA, help="what to imitate")
    parser.add_argument("--dest", required=True, type=Path, help="directory to make")
    parser.add_argument("--seed", type=seed, default=0, help="draws texts and prosody (default 0)")
    parser.add_argument(
        "--per_speaker", type=int, default=8, help="utterances of each speaker (default 8)"
    )
    return parser


def main(argv: list[str] | None = None) -> None:
    """Run the command."""
    args = get_parser().parse_args(argv)
    print(make_mini_corpus(args.corpus, args.dest, args.seed, args.per_speaker))


if __name__ == "__main__":
    run_command(main)
