"""Take over your own Kaldi-style data directory: no code is needed for a new corpus.

SOURCE holds wav.scp (<utterance> <audio file>), utt2spk (<utterance> <speaker>) and utt2label
(<utterance> <label>), sorted by utterance, and if you have them text (<utterance> <words>) and
segments (<utterance> <recording> <start s> <end s>; wav.scp then lists recordings). Relative audio
paths start from --audio_root.

Usage:
  python -m sentemo.bin.import_data_dir --source my_data --labels labels.txt --dest data/all
"""

import argparse
import os
from dataclasses import replace
from pathlib import Path

from sentemo.data.kaldi import TABLES, Utterance, read_data_dir, write_data_dir
from sentemo.data.labels import read_labels
from sentemo.errors import Problems, SentemoError, run_command
from sentemo.stages import Marker


def build_parser() -> argparse.ArgumentParser:
    """Build the command's options."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--source", type=Path, required=True, help="your data directory")
    parser.add_argument("--labels", type=Path, required=True, help="your labels, one per line")
    parser.add_argument("--dest", type=Path, required=True, help="data directory to write")
    parser.add_argument(
        "--audio_root",
        type=Path,
        default=Path(),
        help="where relative audio paths start (default: the current directory)",
    )
    return parser


def main(argv: list[str] | None = None) -> None:
    """Import the directory that the command line names, unless that is done already."""
    args = build_parser().parse_args(argv)
    _require_tables(args.source)
    tables = [args.source / name for name in TABLES if (args.source / name).is_file()]
    options = {"audio_root": os.path.abspath(args.audio_root)}
    marker = Marker(args.dest / ".done.json", [*tables, args.labels], options)
    if marker.is_current():
        print(f"{args.dest}: up to date")
        return
    utterances = [
        replace(utt, audio=args.audio_root / utt.audio)
        for utt in read_labelled(args.source, read_labels(args.labels))
    ]
    write_data_dir(args.dest, utterances, dropped={})
    marker.write()
    print(f"{args.dest}: {len(utterances)} utterances")


def read_labelled(source: Path, labels: list[str]) -> list[Utterance]:
    """Read a data directory in which every utterance must have one of `labels`."""
    utterances = read_data_dir(source)
    problems = Problems(str(source / "utt2label"))
    for utt in utterances:
        if utt.label not in labels:
            problems.add("label not in the labels file", utt.id, str(utt.label))
    problems.raise_if_any(
        f"Add these labels to the labels file (it has {', '.join(labels)}), correct them, "
        "or leave these utterances out of the source."
    )
    return utterances


def _require_tables(source: Path) -> None:
    if not source.is_dir():
        raise SentemoError(f"{source}: no such directory; give --source your data directory")
    for name in ("wav.scp", "utt2label"):
        if not (source / name).is_file():
            raise SentemoError(f"{source}: no {name}; it must have wav.scp, utt2spk and utt2label")
    if not (source / "utt2spk").is_file():
        raise SentemoError(
            f"{source}: no utt2spk. Results only hold for new speakers when no speaker is both "
            "trained on and tested, so every utterance needs its speaker: write "
            f'{source / "utt2spk"} with one "<utterance> <speaker>" line per utterance, sorted by '
            "utterance. Where speakers are unknown, name what surely has one voice (a session, "
            "a caller)."
        )


if __name__ == "__main__":
    run_command(main)
