r"""Turn a corpus, as its publisher ships it, into a data directory.

Usage:
  python -m sentemo.bin.prepare_corpus emodb \
      --corpus_dir /corpora/emodb --labels labels.txt --dest data/all
  python -m sentemo.bin.prepare_corpus librispeech \
      --corpus_dir /corpora/LibriSpeech --parts test-clean --dest data/all
"""

import argparse
import os
import sys
from pathlib import Path

from sentemo.bin.options import true_or_false
from sentemo.corpora import ParsedCorpus
from sentemo.corpora.emodb import find_wav_dir, parse_emodb
from sentemo.corpora.librispeech import find_parts, parse_librispeech
from sentemo.data.kaldi import write_data_dir
from sentemo.data.labels import read_labels
from sentemo.errors import run_command
from sentemo.stages import Marker


def build_parser() -> argparse.ArgumentParser:
    """Build the command's options: one sub-command per corpus."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    corpora = parser.add_subparsers(dest="corpus", required=True)
    emodb = corpora.add_parser("emodb", allow_abbrev=False, help="Berlin emotional speech")
    emodb.add_argument("--labels", type=Path, required=True, help="classes to keep, one per line")
    emodb.add_argument(
        "--allow_partial",
        type=true_or_false,
        default=False,
        help="true: accept other counts per class than the published ones, with a warning",
    )
    librispeech = corpora.add_parser("librispeech", allow_abbrev=False, help="read speech")
    librispeech.add_argument(
        "--parts", default="", help="parts to take, separated by commas (default: all found)"
    )
    for corpus in (emodb, librispeech):
        corpus.add_argument("--corpus_dir", type=Path, required=True, help="the corpus' folder")
        corpus.add_argument("--dest", type=Path, required=True, help="data directory to write")
    return parser


def main(argv: list[str] | None = None) -> None:
    """Prepare the corpus that the command line names, unless that is done already."""
    args = build_parser().parse_args(argv)
    if args.corpus == "emodb":
        options = {"corpus": "emodb", "allow_partial": args.allow_partial}
        inputs = [find_wav_dir(args.corpus_dir), args.labels]
    else:
        parts = [part for part in args.parts.split(",") if part]
        options = {"corpus": "librispeech", "parts": parts}
        inputs = find_parts(args.corpus_dir, parts)

    options["corpus_dir"] = os.path.abspath(args.corpus_dir)  # wav.scp names its files
    marker = Marker(args.dest / ".done.json", inputs, options)
    if marker.is_current():
        print(f"{args.dest}: up to date")
        return
    if args.corpus == "emodb":
        corpus = parse_emodb(args.corpus_dir, read_labels(args.labels), args.allow_partial)
    else:
        corpus = parse_librispeech(args.corpus_dir, parts)
    write_data_dir(args.dest, corpus.utterances, corpus.dropped, corpus.notes)
    marker.write()
    _report(args.dest, corpus)


def _report(dest: Path, corpus: ParsedCorpus) -> None:
    for note in corpus.notes:
        print(f"warning: {note}", file=sys.stderr)
    for reason, items in corpus.dropped.items():
        print(f"{dest}: dropped {len(items)}: {reason}")
    print(f"{dest}: {len(corpus.utterances)} utterances")


if __name__ == "__main__":
    run_command(main)
