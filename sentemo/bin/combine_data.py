r"""Put other corpora beside a corpus' own utterances, on the training side of every fold.

Usage:
  python -m sentemo.bin.combine_data --data data/all --labels labels.txt \
      --add ../iemocap/data/all --add ../msp_podcast/data/all --dest data/all_with_both
  python -m sentemo.bin.combine_data --data data/release --scale msp_podcast \
      --add ../iemocap/data/release iemocap --dest data/release_with_iemocap
"""

import argparse
import os
from collections.abc import Sequence
from pathlib import Path

from sentemo.core.errors import SentemoError, run_command
from sentemo.core.markers import Marker
from sentemo.data.combination import Addition, combine
from sentemo.data.dimensions import parse_scale
from sentemo.data.labels import read_labels
from sentemo.data.preparation import COUNTS, prepared_files, read_prepared, write_data_dir


def main(argv: list[str] | None = None) -> None:
    """Write the data directory that the command line describes, unless that is done already."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0], allow_abbrev=False)
    parser.add_argument("--data", type=Path, required=True, help="of the corpus that is tested")
    parser.add_argument(
        "--add",
        nargs="+",
        action="append",
        required=True,
        metavar=("DIR", "SCALE"),
        help="data directory to train on, and the scale of its dimensions where they are learnt",
    )
    parser.add_argument("--dest", type=Path, required=True, help="data directory to write")
    parser.add_argument("--labels", type=Path, help="labels.txt, where classes are learnt")
    parser.add_argument("--scale", help="of the corpus, where dimensions are learnt")
    args = parser.parse_args(argv)
    if args.labels is None and args.scale is None:
        raise SentemoError("Give --labels, --scale or both: what is learnt.")
    directories = [args.data, *(Path(directory) for directory, *_ in args.add)]
    inputs = [file for directory in directories for file in prepared_files(directory)]
    options = {
        "labels": args.labels and read_labels(args.labels),
        "scale": args.scale,
        "add": [[os.path.relpath(directory), *scale] for directory, *scale in args.add],
    }
    marker = Marker(args.dest / ".done.json", inputs, options)
    if marker.is_current():
        print(f"{args.dest}: up to date")
        return
    corpus = combine(
        read_prepared(args.data),
        [_addition(item) for item in args.add],
        options["labels"],
        args.scale and parse_scale(args.scale),
    )
    write_data_dir(args.dest, corpus)
    marker.write()
    for note in corpus.notes:
        print(f"{args.dest}: {note}")
    added = sum(utt.corpus is not None for utt in corpus.utterances)
    print(f"{args.dest}: {len(corpus.utterances)} utterances, {added} of them of other corpora")


def _addition(item: Sequence[str]) -> Addition:
    directory, *scales = item
    if len(scales) > 1:
        raise SentemoError(f"--add {' '.join(item)}: one directory, and one scale of it.")
    corpus = read_prepared(Path(directory))
    if not corpus.name:
        raise SentemoError(f"--add {directory}: its {COUNTS} does not name the corpus.")
    scale = parse_scale(scales[0]) if scales else None
    return Addition(corpus.name, corpus.utterances, scale, corpus.notes, corpus.words)


if __name__ == "__main__":
    run_command(main)
