"""Checks of a user's list of recordings, which count all problems with their lines."""

import os
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from sentemo.core.errors import Problems, SentemoError
from sentemo.data.audio import AudioHeader
from sentemo.data.dimensions import Scale
from sentemo.data.kaldi import CHANNELS, SEGMENT_TOLERANCE
from sentemo.data.listing import Entry
from sentemo.data.spellings import add_look_alikes
from sentemo.data.targets import TASKS

FEWEST = 3  # recordings of a class, or speakers: one trains, one validates, one is tested
_NUMBER = re.compile(r"-?\d+(?:[._]\d*)?")  # as `safe_name` leaves it: 3.5, and 3_5 of "3,5"
_FRACTION = re.compile(r"[._]0*[1-9]")
Headers = Mapping[Path, AudioHeader | SentemoError]


def check_entries(
    entries: Sequence[Entry],
    headers: Headers,
    task: str,
    labels: Sequence[str] | None,
    scale: Scale | None,
    problems: Problems,
) -> None:
    """Add what is wrong with the entries of a list to `problems`.

    Parameters
    ----------
    headers
        Header of each recording, or why there is none.
    task
        What is learnt, see `sentemo.data.targets.TASKS`.
    labels, scale
        Classes and scale that the user names; None where the list itself says them.
    """
    for entry in entries:
        if entry.audio in headers:
            _check_audio(entry, headers[entry.audio], problems)
        if labels is not None and entry.label is not None and entry.label not in labels:
            problems.add("label not in the labels file", entry.where, entry.label)
        if scale and entry.avd and scale.excess(entry.avd) > scale.slack:
            problems.add(f"dimension outside of {scale}", entry.where, f"{max(entry.avd):g}")
    _check_repeated(entries, problems)
    _check_channels(entries, problems)
    _check_sides(entries, problems)
    add_look_alikes("speaker", ((e.speaker, e.where) for e in entries), problems)
    if "label" in TASKS[task]:
        add_look_alikes("label", ((e.label, e.where) for e in entries), problems)
        _check_classes(entries, problems)


def _check_audio(entry: Entry, header: AudioHeader | SentemoError, problems: Problems) -> None:
    if isinstance(header, SentemoError):
        problems.add("audio missing, unreadable or empty", entry.where, str(header))
        return
    if entry.end is not None and entry.end > header.duration + SEGMENT_TOLERANCE:
        detail = f"at {entry.end} s of {header.duration:.3f} s in {entry.audio}"
        problems.add("part ends after its recording", entry.where, detail)
    if entry.start is not None and entry.start >= header.duration:
        detail = f"at {entry.start} s of {header.duration:.3f} s in {entry.audio}"
        problems.add("part begins after its recording", entry.where, detail)
    if entry.channel is not None and not entry.channel < header.channels > 1:
        detail = f"{CHANNELS[entry.channel]} of {header.channels} in {entry.audio}"
        problems.add("no such channel", entry.where, detail)


def _check_repeated(entries: Iterable[Entry], problems: Problems) -> None:
    seen: dict[tuple[Any, ...], str] = {}
    for entry in entries:
        part = os.path.realpath(entry.audio), entry.channel, entry.start, entry.end
        if part in seen:
            problems.add("the same recording again", entry.where, f"it is {seen[part]} too")
        seen.setdefault(part, entry.where)


def _check_channels(entries: Sequence[Entry], problems: Problems) -> None:
    """Refuse the mean of all channels beside one of them, which it holds."""
    apart = {entry.audio: entry.where for entry in entries if entry.channel is not None}
    for entry in entries:
        if entry.channel is None and entry.audio in apart:
            detail = f"{apart[entry.audio]} has one channel of {entry.audio}"
            problems.add("no channel, as other lines have one", entry.where, detail)


def _check_sides(entries: Iterable[Entry], problems: Problems) -> None:
    """Refuse a speaker on two sides of the user's own split."""
    sides: dict[str, dict[str, str]] = defaultdict(dict)
    for entry in entries:
        if entry.speaker and entry.split:
            sides[entry.speaker].setdefault(entry.split, entry.where)
    for speaker, found in sides.items():
        if len(found) > 1:
            detail = ", ".join(f"{side} ({where})" for side, where in found.items())
            problems.add("speaker on two sides of the split", speaker, detail)


def _check_ratings(classes: Mapping[str, Sequence[Entry]], problems: Problems) -> None:
    """Refuse numbers as classes where some of them are no whole numbers."""
    if all(map(_NUMBER.fullmatch, classes)):
        for label in filter(_FRACTION.search, classes):
            where = classes[label][0].where
            problems.add("label is a rating", where, f"{label}, which is no class")


def _check_classes(entries: Sequence[Entry], problems: Problems) -> None:
    """Refuse a class that some training side cannot have, whatever the folds are."""
    classes: dict[str, list[Entry]] = defaultdict(list)
    for entry in entries:
        if entry.label:
            classes[entry.label].append(entry)
    _check_ratings(classes, problems)
    speakers = {entry.speaker for entry in entries}
    by_speaker = None not in speakers and len(speakers) >= FEWEST
    of_class = {label: {entry.speaker for entry in found} for label, found in classes.items()}
    tells_voices = len(speakers) > 1 and all(
        len(o) == 1 and None not in o for o in of_class.values()
    )
    for label, found in sorted(classes.items()):
        where, own = found[0].where, of_class[label]
        detail = f"{label}, {len(found)} recordings"
        if any(entry.split for entry in entries):
            if not any(entry.split == "train" for entry in found):
                problems.add("class without a recording in train", where, detail)
        elif (by_speaker and len(own) == 1) or tells_voices:
            problems.add("class of one speaker only", where, f"{detail}, of {own.pop()}")
        elif not by_speaker and len(found) < FEWEST:
            problems.add(f"class of fewer than {FEWEST} recordings", where, detail)
