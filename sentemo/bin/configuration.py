"""Print one value of a training configuration, or nothing where it has none: for scripts.

Usage:
  python -m sentemo.bin.configuration --config conf/train_asr_ctc.yaml --print feature_type
"""

import argparse
from pathlib import Path

import yaml

from sentemo.errors import SentemoError, run_command


def main(argv: list[str] | None = None) -> None:
    """Print the value."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0], allow_abbrev=False)
    parser.add_argument("--config", type=Path, required=True, help="a file of conf/")
    parser.add_argument("--print", choices=["feature_type"], required=True, help="its key")
    args = parser.parse_args(argv)
    try:
        loaded = yaml.safe_load(args.config.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        raise SentemoError(f"{args.config}: not valid YAML: {error}") from error
    if not isinstance(loaded, dict):
        raise SentemoError(f"{args.config}: not a mapping of option names to values")
    print(loaded.get(args.print, ""))


if __name__ == "__main__":
    run_command(main)
