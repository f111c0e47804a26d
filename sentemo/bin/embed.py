"""Write the states of a pre-trained encoder for recordings, or their mean and deviation.

Usage:
  sentemo embed built-in recordings/ --output vectors.npz
  sentemo embed /models/whisper-base call.wav --layer 3 --pooling none --format npy
  sentemo embed exp/ser_frozen/model.zip calls/ --layer last --pooling mean --format ark

The exit status is 0 when every file was encoded, 1 when some could not be (each with its reason on
the standard error), 2 when options or model are wrong.
"""

import argparse
import re
import sys
from pathlib import Path

from sentemo.bin.options import command_parser
from sentemo.bin.plugin_option import add_plugin_argument
from sentemo.inference.array_files import FORMATS, NPZ
from sentemo.inference.embed import EmbedOptions, embed


def main(argv: list[str] | None = None) -> None:
    """Encode every file, and end with the status that `__doc__` names."""
    sys.exit(embed(EmbedOptions(**vars(_parser().parse_args(argv)))))


def _parser() -> argparse.ArgumentParser:
    parser = command_parser(__doc__, whole=True, prog="sentemo embed")
    add_plugin_argument(parser)
    parser.add_argument(
        "model", help="what --upstream takes, or an emotion model: model.zip, an experiment"
    )
    parser.add_argument(
        "files", nargs="+", help="recordings, folders of them, or - for the standard input"
    )
    parser.add_argument(
        "--layer", type=_layer, help="a number from 1, last, or all (default of pooled vectors)"
    )
    parser.add_argument(
        "--pooling",
        choices=("mean_std", "mean", "none"),
        default="mean_std",
        help="over time: mean and standard deviation (default), mean, or none: all states",
    )
    parser.add_argument(
        "--format",
        choices=FORMATS,
        default=NPZ,
        help="npz: one file of arrays by id (default); npy: a file for each recording; ark: Kaldi",
    )
    parser.add_argument(
        "--output", type=Path, help="file of npz (embeddings.npz), else a folder (embeddings)"
    )
    parser.add_argument("--window", default="", help="what Whisper hears: utterance or 30s")
    parser.add_argument("--half", action="store_true", help="half precision (float16)")
    parser.add_argument("--device", default="cpu", help="cpu (default), or cuda")
    parser.add_argument("--overwrite", action="store_true", help="replace an earlier output")
    return parser


def _layer(text: str) -> str:
    if not re.fullmatch(r"[1-9]\d*|last|all", text):
        raise argparse.ArgumentTypeError(f"{text!r} is no number from 1, last or all")
    return text


if __name__ == "__main__":
    main()
