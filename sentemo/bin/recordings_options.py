"""Command-line options that say how a user's own list of recordings is read."""

import argparse
from collections.abc import Collection
from functools import partial
from pathlib import Path

from sentemo.corpora.recording_names import speakers_in_names
from sentemo.data.listed_recordings import ListedRecordings
from sentemo.data.listing import COLUMNS
from sentemo.data.targets import TASKS


def add_recordings_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options that say how a user's own table is read, and what is learnt from it."""
    add_list_arguments(parser, COLUMNS, "label=emotion")
    add_own_targets_arguments(parser)


def add_list_arguments(
    parser: argparse.ArgumentParser, columns: Collection[str], example: str
) -> None:
    """Add the options that say how a user's own list of recordings is read.

    Parameters
    ----------
    columns
        Names of the columns that such a list may have.
    example
        Value of ``--column`` that its help shows.
    """
    parser.add_argument(
        "--column",
        action="append",
        default=[],
        type=partial(_column, columns),
        metavar="NAME=YOURS",
        help=f"your name of a column: {example}; columns are {', '.join(columns)}",
    )
    parser.add_argument(
        "--speaker_from",
        default="",
        metavar="EXPRESSION",
        help=r"regular expression whose first group is the speaker in a file's name: '^(\d\d)'; "
        "with a / it is searched in the whole path",
    )


def add_own_targets_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options that say what is learnt from a user's own data."""
    parser.add_argument(
        "--task",
        choices=TASKS,
        help="what is learnt: label, the class; dimensional, activation, valence and dominance; "
        "both (default: what the data have)",
    )
    parser.add_argument(
        "--labels", type=Path, help="classes in their order, one per line (default: alphabetical)"
    )
    parser.add_argument(
        "--scale", help="scale of the dimensions: LOW,HIGH (default: inferred from the ratings)"
    )


def recordings_of(args: argparse.Namespace, convert_audio: bool) -> ListedRecordings:
    """Return the list of recordings that `add_recordings_arguments` describes."""
    return ListedRecordings(
        source=args.source,
        names=dict(args.column),
        speaker_from=args.speaker_from,
        task=args.task,
        labels=args.labels,
        scale=args.scale,
        convert_audio=convert_audio,
        nj=args.nj,
        speakers_in_names=speakers_in_names,
    )


def _column(columns: Collection[str], text: str) -> tuple[str, str]:
    name, _, yours = text.partition("=")
    if name not in columns or not yours:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not NAME=YOURS with a name out of {', '.join(columns)}"
        )
    return name, yours
