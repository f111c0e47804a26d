"""Check that an ASR experiment can be reused, and say what it is.

Usage:
  python -m sentemo.bin.upstream --asr_model ../librispeech/exp/asr_ctc_small
  python -m sentemo.bin.upstream --asr_model ../librispeech/exp/asr_ctc_small --print feature_type
"""

import argparse
from pathlib import Path

from sentemo.errors import run_command
from sentemo.upstream import Upstream


def main(argv: list[str] | None = None) -> None:
    """Print a summary, or one property for scripts."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0], allow_abbrev=False)
    parser.add_argument("--asr_model", type=Path, required=True, help="ASR experiment directory")
    parser.add_argument("--print", choices=["feature_type"], help="print this alone")
    args = parser.parse_args(argv)
    upstream = Upstream(args.asr_model)
    if args.print is not None:
        print(getattr(upstream, args.print))
        return
    config = upstream.config
    print(
        f"{args.asr_model}: {config['encoder']} encoder on {upstream.feature_type}, "
        f"{config['normalize']} normalisation, weights {upstream.weights_file.name}"
    )


if __name__ == "__main__":
    run_command(main)
