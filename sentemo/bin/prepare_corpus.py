r"""Turn a corpus, as its publisher ships it, into a data directory, and check it.

Usage:
  python -m sentemo.bin.prepare_corpus emodb \
      --corpus_dir /corpora/emodb --labels labels.txt --folds folds/loso.tsv --dest data/all
  python -m sentemo.bin.prepare_corpus iemocap --help
"""

import argparse
from pathlib import Path
from typing import Any

from sentemo.bin.options import add_convert_argument, true_or_false
from sentemo.core.errors import run_command
from sentemo.corpora.parsers import PARSERS
from sentemo.experiment.preparation import CorpusPreparation
from sentemo.report.corpora import print_preparation

_OPTIONS: dict[str, dict[str, Any]] = {
    "corpus_dir": {"type": Path, "required": True, "help": "the corpus' folder"},
    "labels": {"type": Path, "required": True, "help": "classes to keep, one per line"},
    "target": {
        "choices": ("label", "soft", "avd"),
        "default": "label",
        "help": "label: keep the utterances of the classes; soft: with the annotators' "
        "distributions, and others without agreement, to train on; avd: all that have dimensions",
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
    "affect_dir": {"type": Path, "required": True, "help": "folder of Switchboard-Affect's labels"},
    "columns": {
        "default": "",
        "help": "names of the labels' columns, where they are others: segment=clip,primary=emotion",
    },
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


def main(argv: list[str] | None = None) -> None:
    """Prepare the corpus that the command line names, unless that is done already; check it."""
    options = vars(_parser().parse_args(argv))
    common = {name: options.pop(name) for name in ("corpus", "dest", "folds", "convert_audio")}
    preparation = CorpusPreparation(**common, options=options)
    if counts := preparation.run():
        print_preparation(preparation.dest, counts)
    preparation.check()


def _parser() -> argparse.ArgumentParser:
    """Build the parser, with one sub-command per corpus."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    commands = parser.add_subparsers(dest="corpus", required=True)
    for name, corpus in PARSERS.items():
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
        add_convert_argument(
            command, "the check accepts audio that extract_features will resample or downmix"
        )
    return parser


if __name__ == "__main__":
    run_command(main)
