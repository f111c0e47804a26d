r"""Turn a corpus, as its publisher ships it, into a data directory, and check it.

Usage:
  python -m sentemo.bin.prepare_corpus emodb \
      --corpus_dir /corpora/emodb --labels labels.txt --folds folds/loso.tsv --dest data/all
  python -m sentemo.bin.prepare_corpus iemocap --help
"""

import argparse
import inspect
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sentemo.bin.check_data_dir import print_check
from sentemo.bin.options import true_or_false
from sentemo.core.errors import run_command
from sentemo.core.markers import Marker
from sentemo.corpora import emodb, iemocap, librispeech, msp_podcast, nemo, swbd_sentiment
from sentemo.corpora.mini import is_mini_corpus
from sentemo.data.labels import read_labels
from sentemo.data.preparation import ParsedCorpus, write_data_dir
from sentemo.report.corpora import corpus_table, dropped_table
from sentemo.scoring.human import human_accuracy


@dataclass(frozen=True)
class Corpus:
    """A sub-command.

    Attributes
    ----------
    description
        For the help.
    options
        Those of `_OPTIONS` that it has, besides those of every corpus.
    sources
        The files and folders that it reads, from those arguments that it names.
    parse
        Reads them, from all arguments by name.
    checked
        Options, besides those of every corpus, that only the check of the data directory reads.
    """

    description: str
    options: tuple[str, ...]
    sources: Callable[..., list[Path]]
    parse: Callable[..., ParsedCorpus]
    checked: tuple[str, ...] = ()


CORPORA = {
    "emodb": Corpus(
        "Berlin emotional speech",
        ("corpus_dir", "labels", "allow_partial"),
        emodb.find_sources,
        emodb.parse_emodb,
    ),
    "iemocap": Corpus(
        "IEMOCAP, acted dialogues",
        ("corpus_dir", "labels", "target", "subset", "allow_partial"),
        iemocap.find_sources,
        iemocap.parse_iemocap,
    ),
    "librispeech": Corpus(
        "LibriSpeech, read speech",
        ("corpus_dir", "parts", "allow_partial"),
        librispeech.find_sources,
        librispeech.parse_librispeech,
    ),
    "msp_podcast": Corpus(
        "MSP-Podcast, spontaneous speech",
        ("corpus_dir", "labels", "target", "release", "allow_partial"),
        msp_podcast.find_sources,
        msp_podcast.parse_msp_podcast,
    ),
    "nemo": Corpus(
        "nEMO, acted emotions in Polish",
        ("corpus_dir", "labels", "allow_partial"),
        nemo.find_sources,
        nemo.parse_nemo,
    ),
    "swbd_sentiment": Corpus(
        "Switchboard with sentiment labels",
        ("swbd_dir", "sentiment_dir", "split", "allow_partial"),
        swbd_sentiment.find_sources,
        swbd_sentiment.parse_swbd_sentiment,
        checked=("labels",),
    ),
}
_OPTIONS: dict[str, dict[str, Any]] = {
    "corpus_dir": {"type": Path, "required": True, "help": "the corpus' folder"},
    "labels": {"type": Path, "required": True, "help": "classes to keep, one per line"},
    "target": {
        "choices": ("label", "avd"),
        "default": "label",
        "help": "label: keep the utterances of the classes; avd: all that have dimensions",
    },
    "subset": {
        "choices": ("all", "improvised"),
        "default": "all",
        "help": "improvised: leave the scripted dialogues out",
    },
    "parts": {
        "type": lambda text: tuple(part for part in text.split(",") if part),
        "default": (),
        "help": "parts to take, separated by commas (default: all found)",
    },
    "release": {"default": "", "help": "such as 1.11 (default: from the folder's name)"},
    "swbd_dir": {"type": Path, "required": True, "help": "folder of Switchboard-1 Release 2"},
    "sentiment_dir": {"type": Path, "required": True, "help": "folder of the sentiment labels"},
    "split": {
        "choices": ("paper", "speaker"),
        "default": "paper",
        "help": "paper: by line order; speaker: disjoint in speakers and conversations",
    },
    "allow_partial": {
        "type": true_or_false,
        "default": False,
        "help": "true: accept a copy that is not as published, with a warning and counts",
    },
}


def build_parser() -> argparse.ArgumentParser:
    """Build the command's options: one sub-command per corpus."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    commands = parser.add_subparsers(dest="corpus", required=True)
    for name, corpus in CORPORA.items():
        command = commands.add_parser(name, allow_abbrev=False, help=corpus.description)
        for option in corpus.options:
            command.add_argument(f"--{option}", **_OPTIONS[option])
        for option in corpus.checked:
            command.add_argument(f"--{option}", **{**_OPTIONS[option], "required": False})
        command.add_argument("--dest", type=Path, required=True, help="data directory to write")
        command.add_argument(
            "--folds",
            type=Path,
            help="fold file: check that the data directory has what it names; or a folder that has "
            "one for each --split",
        )
        command.add_argument(
            "--convert_audio",
            type=true_or_false,
            default=False,
            help="true: the check accepts audio that extract_features will resample or downmix",
        )
    return parser


def main(argv: list[str] | None = None) -> None:
    """Prepare the corpus that the command line names, unless that is done already; check it."""
    args = vars(build_parser().parse_args(argv))
    corpus = CORPORA[args["corpus"]]
    _prepare(args["corpus"], args["dest"], {name: args[name] for name in corpus.options})
    if folds := args["folds"]:
        if "split" in args and folds.is_dir():
            folds = folds / f"{args['split']}.tsv"
        # With dimensions as the target, every class of the release is there.
        print_check(
            args["dest"],
            args.get("labels") if args.get("target", "label") == "label" else None,
            folds,
            allow_partial=args["allow_partial"],
            convert_audio=args["convert_audio"],
        )


def _prepare(name: str, dest: Path, args: dict[str, Any]) -> None:
    corpus = CORPORA[name]
    where = inspect.signature(corpus.sources).parameters
    inputs = corpus.sources(**{option: args[option] for option in where})
    if labels := args.get("labels"):
        inputs.append(labels)
        args["labels"] = read_labels(labels)
    # wav.scp names its files, so a corpus that moved is another one.
    options = {k: os.path.abspath(v) if isinstance(v, Path) else v for k, v in args.items()}
    marker = Marker(dest / ".done.json", inputs, {"corpus": name, **options})
    if marker.is_current():
        print(f"{dest}: up to date")
        return
    parsed = corpus.parse(**args)
    if any(is_mini_corpus(folder) for folder in args.values() if isinstance(folder, Path)):
        parsed = replace(
            parsed,
            name=f"{parsed.name} look-alike",
            notes=["a synthetic look-alike, not the corpus", *parsed.notes],
        )
    human = human_accuracy(parsed.utterances, parsed.agreement)
    counts = write_data_dir(dest, parsed, human)
    marker.write()
    _report(dest, counts)


def _report(dest: Path, counts: dict[str, Any]) -> None:
    for note in counts["notes"]:
        print(f"warning: {note}", file=sys.stderr)
    print(f"{corpus_table([counts])}\n\n{dropped_table(counts)}\n")
    if human := counts.get("human"):
        print(
            f"human annotators: WA {100 * human['wa']:.1f}, UA {100 * human['ua']:.1f} "
            f"on {human['utterances']} utterances"
        )
    print(f"{dest}: {counts['utterances']} utterances; those left out are in {dest}/dropped.tsv")


if __name__ == "__main__":
    run_command(main)
