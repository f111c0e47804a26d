"""Print one value of a configuration or a study, or nothing where it has none: for scripts.

Usage:
  python -m sentemo.bin.configuration --config conf/train_asr_ctc.yaml --print feature_type
"""

import argparse
from pathlib import Path

from sentemo.core.config import read_config
from sentemo.core.errors import run_command


def main(argv: list[str] | None = None) -> None:
    """Print the value."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0], allow_abbrev=False)
    parser.add_argument("--config", type=Path, required=True, help="a file of conf/, or a study")
    keys = ["feature_type", "model", "encoder", "text_encoder", "task"]
    parser.add_argument("--print", choices=keys, required=True, help="its key")
    args = parser.parse_args(argv)
    print(read_config(args.config).get(args.print) or "")


if __name__ == "__main__":
    run_command(main)
