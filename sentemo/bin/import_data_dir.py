"""Take over your own Kaldi-style data directory: no code is needed for a new corpus.

SOURCE holds these tables, sorted by utterance:

- wav.scp     <utterance> <audio file>; relative paths start from --audio_root
- utt2label   <utterance> <label>, out of --labels
- utt2avd     <utterance> <activation> <valence> <dominance>: beside utt2label, or instead of it
- utt2spk     <utterance> <speaker>
- utt2split   <utterance> <train, valid or test>: your own partition, without which folds are made
              from the speakers; required where utt2spk is missing
- text        <utterance> <words>, if you have them
- segments    <utterance> <recording> <start s> <end s>; wav.scp then lists recordings
- reco2file_and_channel   <recording> <file> <A or B>, of recordings with two channels
- utt2uniq    <utterance> <original>, of copies that you made: they train, and nothing else

Usage:
  python -m sentemo.bin.import_data_dir --source my_data --labels labels.txt --dest data/all
"""

import argparse
import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from sentemo.bin.options import add_nj_argument, true_or_false
from sentemo.core.errors import Problems, SentemoError, run_command
from sentemo.core.markers import Marker
from sentemo.data.audio import audio_fingerprint
from sentemo.data.conversion import convert_unreadable, find_unreadable
from sentemo.data.kaldi import DATA_DIR_TABLES, UNKNOWN_SPEAKER, Utterance, read_data_dir
from sentemo.data.labels import read_labels
from sentemo.data.preparation import ParsedCorpus, write_data_dir
from sentemo.data.splits import SIDES
from sentemo.report.corpora import corpus_table


def build_parser() -> argparse.ArgumentParser:
    """Build the command's options."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--source", type=Path, required=True, help="your data directory")
    parser.add_argument("--labels", type=Path, help="your labels, one per line")
    parser.add_argument("--dest", type=Path, required=True, help="data directory to write")
    parser.add_argument(
        "--audio_root",
        type=Path,
        default=Path(),
        help="where relative audio paths start (default: the current directory)",
    )
    parser.add_argument(
        "--convert_audio",
        type=true_or_false,
        default=False,
        help="true: convert audio of formats that only the sox program reads",
    )
    add_nj_argument(parser)
    return parser


def main(argv: list[str] | None = None) -> None:
    """Import the directory that the command line names, unless that is done already."""
    args = build_parser().parse_args(argv)
    _require_tables(args.source, args.labels)
    if args.source.resolve() == args.dest.resolve():
        raise SentemoError(f"{args.dest}: is the source itself; give another --dest (--work_dir)")
    inputs = [args.source / name for name in DATA_DIR_TABLES if (args.source / name).is_file()]
    if args.labels:
        inputs.append(args.labels)
    unknown = None if (args.source / "utt2spk").is_file() else UNKNOWN_SPEAKER
    utterances = [
        replace(utt, audio=args.audio_root / utt.audio)
        for utt in read_data_dir(args.source, speaker=unknown)
    ]
    notes = []
    if args.convert_audio:
        utterances, notes = _converted(utterances, args.dest.with_name("converted"), args.nj)
    options = {
        "audio_root": os.path.abspath(args.audio_root),
        "convert_audio": args.convert_audio,
        "audio": audio_fingerprint(utt.audio for utt in utterances),
    }
    marker = Marker(args.dest / ".done.json", inputs, options)
    if marker.is_current():
        print(f"{args.dest}: up to date")
        return
    _check_values(args.source, utterances, read_labels(args.labels) if args.labels else None)
    if not args.convert_audio:
        _require_readable(args.source, utterances)
    name = args.source.resolve().name
    counts = write_data_dir(args.dest, ParsedCorpus(utterances, notes=notes, name=name))
    marker.write()
    print(f"{corpus_table([counts])}\n")
    print(f"{args.dest}: {len(utterances)} utterances")


def _check_values(
    source: Path, utterances: Sequence[Utterance], labels: Sequence[str] | None
) -> None:
    problems = Problems(str(source))
    remedies = ["Correct these lines, or leave these utterances out of the source."]
    for utt in utterances:
        if labels is not None and utt.label not in labels:
            problems.add("label not in the labels file", utt.id, str(utt.label))
        if utt.split is not None and utt.split not in SIDES:
            problems.add("unknown part in utt2split", utt.id, utt.split)
    if labels is not None:
        remedies.append(f"The labels file has {', '.join(labels)}; utt2split {', '.join(SIDES)}.")
    problems.raise_if_any(" ".join(remedies))


def _converted(
    utterances: Sequence[Utterance], folder: Path, nj: int | None
) -> tuple[list[Utterance], list[str]]:
    """Replace audio that only sox reads by what it makes of it; say so in a note."""
    recordings = {utt.recording or utt.id: utt.audio for utt in utterances}
    files = convert_unreadable(recordings, folder, nj)
    notes = [f"converted by sox: {len(files)} recordings"] if files else []
    return [replace(u, audio=files.get(u.recording or u.id, u.audio)) for u in utterances], notes


def _require_readable(source: Path, utterances: Sequence[Utterance]) -> None:
    problems = Problems(str(source))
    for name, path in find_unreadable({u.recording or u.id: u.audio for u in utterances}).items():
        problems.add("unreadable audio", name, str(path))
    problems.raise_if_any(
        "Repair these files, or leave them out. --convert_audio true converts formats that only "
        "the sox program reads, such as AMR and WavPack."
    )


def _require_tables(source: Path, labels: Path | None) -> None:
    if not source.is_dir():
        raise SentemoError(f"{source}: no such directory; give --source your data directory")
    has = {name for name in DATA_DIR_TABLES if (source / name).is_file()}
    if "wav.scp" not in has or not has & {"utt2label", "utt2avd"}:
        missing = "wav.scp" if "wav.scp" not in has else "utt2label or utt2avd"
        raise SentemoError(
            f"{source}: no {missing}; it must have wav.scp, utt2label or utt2avd, and utt2spk"
        )
    if "utt2label" in has and labels is None:
        raise SentemoError(f"{source}: it has utt2label; give --labels the file of its classes")
    if labels is not None and "utt2label" not in has:
        raise SentemoError(f"{source}: no utt2label for the classes of {labels}")
    if not has & {"utt2spk", "utt2split"}:
        raise SentemoError(
            f"{source}: no utt2spk. Results only hold for new speakers when no speaker is both "
            "trained on and tested, so every utterance needs its speaker: write "
            f'{source / "utt2spk"} with one "<utterance> <speaker>" line per utterance, sorted by '
            "utterance. Where speakers are unknown, name what surely has one voice (a session, "
            'a caller), or decide yourself who is tested: utt2split with "<utterance> <train, '
            'valid or test>" lines; results then say that speakers may be on both sides.'
        )


if __name__ == "__main__":
    run_command(main)
