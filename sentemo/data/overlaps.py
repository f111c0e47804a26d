"""Parts of one recording that overlap hold the same samples, as sliding windows do."""

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import product

TOLERANCE = 0.1  # seconds by which times of annotations that only touch may overlap


@dataclass(frozen=True)
class Stretch:
    """A part of a recording, or a whole one.

    Attributes
    ----------
    name
        Of the utterance.
    file
        The recording.
    channel
        Channel from 0; None for all of them.
    speaker
        None where it is not known.
    start, end
        Seconds within the recording; None for its start and its end.
    """

    name: str
    file: str
    channel: int | None = None
    speaker: str | None = None
    start: float | None = None
    end: float | None = None


def overlapping(stretches: Iterable[Stretch]) -> list[list[str]]:
    """Group the names of stretches that overlap, directly or through others between them.

    Stretches of two known speakers do not count: they interrupt each other, and are no copies.
    """
    of_file: dict[str, list[Stretch]] = defaultdict(list)
    for stretch in stretches:
        of_file[stretch.file].append(stretch)
    return [
        group for found in of_file.values() if len(found) > 1 for group in _overlapping_in(found)
    ]


def _overlapping_in(stretches: Sequence[Stretch]) -> list[list[str]]:
    """Group the stretches of one recording."""
    group_of = {stretch.name: [stretch.name] for stretch in stretches}
    channels = {stretch.channel for stretch in stretches} - {None} or {None}
    speakers = {stretch.speaker for stretch in stretches} - {None} or {None}
    for channel, speaker in product(channels, speakers):
        reached, last = -math.inf, ""
        heard = (
            stretch
            for stretch in stretches
            if stretch.channel in (channel, None) and stretch.speaker in (speaker, None)
        )
        for stretch in sorted(heard, key=lambda one: one.start or 0.0):
            end = math.inf if stretch.end is None else stretch.end
            if (stretch.start or 0.0) < reached - TOLERANCE:
                _join(group_of, last, stretch.name)
            if end > reached:
                reached, last = end, stretch.name
    groups = {id(group): group for group in group_of.values() if len(group) > 1}
    return list(groups.values())


def _join(group_of: dict[str, list[str]], one: str, other: str) -> None:
    first, second = group_of[one], group_of[other]
    if first is not second:
        first += second
        group_of.update(dict.fromkeys(second, first))
