"""Writing a data directory with other corpora on the training side of every fold."""

import os
from collections.abc import Sequence
from pathlib import Path

from sentemo.core.errors import SentemoError
from sentemo.core.markers import Marker
from sentemo.data.combination import Addition, combine
from sentemo.data.dimensions import parse_scale
from sentemo.data.labels import read_labels
from sentemo.data.preparation import COUNTS, prepared_files, read_prepared, write_data_dir


def combine_directories(
    data: Path,
    additions: Sequence[Sequence[str]],
    dest: Path,
    labels: Path | None = None,
    scale: str | None = None,
) -> None:
    """Write a data directory with other corpora to train on, unless that is done already.

    Parameters
    ----------
    data
        Data directory of the corpus that is tested.
    additions
        Data directories to train on, each followed by the scale of its dimensions if dimensions are
        learnt.
    dest
        Data directory to write.
    labels
        Labels file; None if no classes are learnt.
    scale
        Scale of the tested corpus; None if no dimensions are learnt.

    Raises
    ------
    SentemoError
        When neither classes nor dimensions are learnt, or when corpora cannot be combined.
    """
    if labels is None and scale is None:
        raise SentemoError("Give --labels, --scale or both, to say what is learnt.")
    classes = read_labels(labels) if labels else None
    directories = [data, *(Path(directory) for directory, *_ in additions)]
    inputs = [file for directory in directories for file in prepared_files(directory)]
    options = {
        "labels": classes,
        "scale": scale,
        "add": [[os.path.relpath(directory), *scale] for directory, *scale in additions],
    }
    marker = Marker(dest / ".done.json", inputs, options)
    if marker.is_current():
        print(f"{dest}: up to date")
        return
    corpus = combine(
        read_prepared(data),
        [addition_of(item) for item in additions],
        classes,
        parse_scale(scale) if scale else None,
    )
    write_data_dir(dest, corpus)
    marker.write()
    for note in corpus.notes:
        print(f"{dest}: {note}")
    added = sum(utt.is_guest for utt in corpus.utterances)
    print(f"{dest}: {len(corpus.utterances)} utterances, {added} of them of other corpora")


def addition_of(item: Sequence[str]) -> Addition:
    """Read a data directory, which its scale may follow, as a corpus to put beside others.

    Raises
    ------
    SentemoError
        When it is no data directory, does not name its corpus, or more than a scale follows it.
    """
    directory, *scales = item
    if len(scales) > 1:
        raise SentemoError(f"--add {' '.join(item)}: give one directory, and at most one scale.")
    corpus = read_prepared(Path(directory))
    if not corpus.name:
        raise SentemoError(f"--add {directory}: its {COUNTS} does not name the corpus.")
    scale = parse_scale(scales[0]) if scales else None
    return Addition(corpus.name, corpus.utterances, scale, corpus.notes, corpus.words)
