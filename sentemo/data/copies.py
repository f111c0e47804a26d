"""Writing a data directory with copies of its training utterances."""

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from sentemo.core.errors import SentemoError
from sentemo.core.markers import Marker
from sentemo.data.audio import audio_fingerprint
from sentemo.data.perturbation import CopyMaker, trainable, write_copies
from sentemo.data.preparation import (
    COUNTS,
    prepared_files,
    read_prepared,
    require_replaceable,
    write_data_dir,
)
from sentemo.launch.records import LOG_DIR
from sentemo.launch.resources import Resources


def add_copies(
    data: Path,
    dest: Path,
    audio: Path,
    makers: Sequence[CopyMaker],
    resources: Resources,
    convert_audio: bool = False,
) -> None:
    """Write the utterances of `data` and copies of the training utterances, unless that is done.

    Parameters
    ----------
    data
        Data directory without copies.
    dest
        Data directory to write.
    audio
        Folder of the copies' audio files.
    makers
        Makers of one copy of each utterance.
    resources
        Resources of the work; they do not change the result.
    convert_audio
        Resample and downmix audio that is not 16 kHz mono, instead of refusing it.

    Raises
    ------
    SentemoError
        When `dest` is `data`, `data` has copies already, or audio cannot be read.
    """
    if os.path.realpath(dest) == os.path.realpath(data):
        raise SentemoError(f"{dest}: is the source itself. Give another --dest.")
    source = read_prepared(data)
    utterances = source.utterances
    if earlier := [utt.id for utt in utterances if utt.original is not None]:
        raise SentemoError(
            f"{data}: has {len(earlier)} copies already ({earlier[0]}). "
            "Set --data to the directory that they were made from."
        )
    inputs = prepared_files(data)
    options = {
        "copies_of": [repr(maker) for maker in makers],
        "convert_audio": convert_audio,
        "audio": audio_fingerprint(utt.audio for utt in utterances),
        "copies": os.path.abspath(audio),
    }
    # Two markers, as a run with another --dest or --audio may replace either output.
    markers = [Marker(folder / ".done.json", inputs, options) for folder in (audio, dest)]
    if all(marker.is_current() for marker in markers):
        print(f"{dest}: up to date")
        return
    require_replaceable(dest, COUNTS)  # checked before the work, not only after it
    originals = trainable(utterances)
    workers = resources.workers("array", dest.parent / LOG_DIR, f"copies_{dest.name}")
    copies, summary = write_copies(originals, makers, audio, workers, convert_audio)
    short = summary["too_short"]
    notes = _notes(summary, len(originals), len(utterances))
    corpus = replace(
        source,
        utterances=[*utterances, *copies],
        dropped={"copy shorter than one window": short} if short else {},
        notes=[*source.notes, *notes],
    )
    write_data_dir(dest, corpus)
    for marker in markers:
        marker.write()
    for note in notes:
        print(f"{dest}: {note}")
    print(
        f"{dest}: {len(corpus.utterances)} utterances, "
        f"{summary['copies']} of them copies ({summary['hours']:.2f} h)"
    )


def _notes(summary: dict[str, Any], originals: int, utterances: int) -> list[str]:
    notes = [
        f"copies {', '.join(prefix.rstrip('-') for prefix in summary['prefixes'])} of "
        f"{originals} of {utterances} utterances, to train on"
    ]
    if summary["clipped_samples"]:
        notes.append(
            f"clipped at full scale: {summary['clipped_samples']} samples "
            f"in {summary['clipped_copies']} of {summary['copies']} copies"
        )
    return notes
