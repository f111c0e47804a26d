"""Check that an ASR checkpoint can be reused, and say what it is.

Usage:
  python -m sentemo.bin.upstream --asr_model ../librispeech/exp/asr_ctc_small
  python -m sentemo.bin.upstream --asr_model asr_model_valid.acc.ave.zip --print feature_type
"""

import argparse

from sentemo.core.errors import run_command
from sentemo.upstreams import Upstream


def main(argv: list[str] | None = None) -> None:
    """Print a summary, or one property for scripts."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0], allow_abbrev=False)
    parser.add_argument(
        "--asr_model",
        required=True,
        help="experiment directory of ours or of ESPnet, one of its .pth files, a zip packed by "
        "ESPnet, or a tag of its model zoo or of the Hugging Face Hub",
    )
    parser.add_argument("--print", choices=["feature_type"], help="print this alone")
    args = parser.parse_args(argv)
    upstream = Upstream(args.asr_model)
    print(upstream.describe() if args.print is None else getattr(upstream, args.print))


if __name__ == "__main__":
    run_command(main)
