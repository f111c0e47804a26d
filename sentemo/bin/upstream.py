"""Check that an ASR checkpoint can be reused, and say what it is.

Usage:
  python -m sentemo.bin.upstream --asr_model ../librispeech/exp/asr_ctc_small
"""

import argparse

from sentemo.core.errors import run_command
from sentemo.upstreams import Upstream


def main(argv: list[str] | None = None) -> None:
    """Print a summary."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0], allow_abbrev=False)
    parser.add_argument(
        "--asr_model",
        required=True,
        help="experiment directory of ours or of ESPnet, one of its .pth files, a zip packed by "
        "ESPnet, or a tag of its model zoo or of the Hugging Face Hub",
    )
    args = parser.parse_args(argv)
    print(Upstream(args.asr_model).describe())


if __name__ == "__main__":
    run_command(main)
