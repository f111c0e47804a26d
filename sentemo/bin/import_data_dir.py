"""Take over your own Kaldi-style data directory: no code is needed for a new corpus.

DATA_DIR holds these tables, sorted by utterance:

- wav.scp     <utterance> <audio file>; relative paths start from --audio_root
- utt2label   <utterance> <label>, out of --labels, if given
- utt2avd     <utterance> <activation> <valence> <dominance>: beside utt2label, or instead of it
- utt2spk     <utterance> <speaker>
- utt2split   <utterance> <train, valid or test>: your own partition, without which folds are made
              from the speakers; required where utt2spk is missing
- text        <utterance> <words>, if you have them
- segments    <utterance> <recording> <start s> <end s>; wav.scp then lists recordings
- reco2file_and_channel   <recording> <file> <A or B>, of recordings with two channels
- utt2uniq    <utterance> <original>, of copies that you made: they train, and nothing else

Usage:
  python -m sentemo.bin.import_data_dir --data_dir my_data --dest data/all
"""

from pathlib import Path

from sentemo.bin.options import (
    add_convert_argument,
    add_nj_argument,
    command_parser,
)
from sentemo.bin.recordings_options import add_own_targets_arguments
from sentemo.core.errors import run_command
from sentemo.data.importing import import_data_dir
from sentemo.report.corpora import corpus_table


def main(argv: list[str] | None = None) -> None:
    """Import the directory that the command line names, unless that is done already."""
    parser = command_parser(__doc__, whole=True)
    parser.add_argument(
        "--data_dir",
        "--source",
        dest="source",
        type=Path,
        required=True,
        help="your data directory",
    )
    add_own_targets_arguments(parser)
    parser.add_argument("--dest", type=Path, required=True, help="data directory to write")
    parser.add_argument(
        "--audio_root",
        type=Path,
        default=Path(),
        help="where relative audio paths start (default: the current directory)",
    )
    add_convert_argument(parser, "convert audio of formats that only the sox program reads")
    add_nj_argument(parser)
    args = parser.parse_args(argv)
    counts = import_data_dir(
        args.source,
        args.dest,
        labels=args.labels,
        audio_root=args.audio_root,
        task=args.task,
        scale=args.scale,
        convert_audio=args.convert_audio,
        nj=args.nj,
    )
    if counts is not None:
        print(f"{corpus_table([counts])}\n")
        print(f"{args.dest}: {counts['utterances']} utterances")


if __name__ == "__main__":
    run_command(main)
