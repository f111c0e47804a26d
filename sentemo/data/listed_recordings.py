"""Importing a user's own list of recordings as a data directory, with its classes and its scale."""

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from sentemo.core.errors import Problems, SentemoError
from sentemo.core.markers import Marker
from sentemo.data.audio import AudioHeader, audio_fingerprint, read_headers, without_errors
from sentemo.data.class_folders import read_class_folders, require_classes
from sentemo.data.conversion import convert_unreadable
from sentemo.data.dimensions import DIMENSIONS, constant_notes, parse_scale
from sentemo.data.kaldi import CHANNELS, UNKNOWN_SPEAKER, Utterance
from sentemo.data.labels import read_labels
from sentemo.data.list_checks import check_entries
from sentemo.data.listing import REMEDY, Entry, Listing, read_table_listing
from sentemo.data.preparation import ParsedCorpus, read_counts, write_data_dir
from sentemo.data.random_parts import with_parts
from sentemo.data.safe_names import safe_name, unique_ids
from sentemo.data.target_files import task_of, write_target_files
from sentemo.data.targets import TASKS


@dataclass(frozen=True)
class ListedRecordings:
    """A table, or a folder with a subfolder for each class, to make a data directory of.

    Attributes
    ----------
    source
        The table or the folder.
    names, speaker_from
        See `read_table_listing`.
    task
        One of `TASKS`; None for what the source has: classes, dimensions or both.
    labels
        File of the classes in their order; None takes those of the source, in alphabetical order.
    scale
        Scale of the dimensions as `parse_scale` reads it; None infers it.
    convert_audio
        Whether audio that only the sox program reads is converted, instead of refused.
    nj
        Conversions at a time; None means one per available core.
    speakers_in_names
        Returns the speakers that the paths of recordings say, and the corpora whose names these
        are; it is asked where the list says neither speakers nor sides.
    """

    source: Path
    names: Mapping[str, str] = field(default_factory=dict)
    speaker_from: str = ""
    task: str | None = None
    labels: Path | None = None
    scale: str | None = None
    convert_audio: bool = False
    nj: int | None = None
    speakers_in_names: Callable[[Iterable[str]], tuple[Mapping[str, str], Sequence[str]]] | None = (
        None
    )

    def write(self, dest: Path) -> dict[str, Any]:
        """Write the data directory and its target files, unless that is done already.

        See `sentemo.data.target_files.write_target_files`.

        Returns
        -------
        dict
            The content of ``counts.json``.

        Raises
        ------
        SentemoError
            Counting all problems, with their lines.
        """
        problems = Problems(str(self.source))
        listing = self._read(problems)
        task = self._task_of(listing)
        marker = self._marker(dest, listing, task)
        if len(problems) == 0 and marker.is_current():
            print(f"{dest}: up to date")
            return read_counts(dest)
        _require_targets(self.source, listing.entries, task)
        converted = dest.with_name("converted")
        entries, told = self._with_speakers(listing.entries)
        utterances, notes = self._checked(entries, task, converted, problems)
        write_target_files(dest, self.source, utterances, task, self.labels, self.scale)
        if listing.unread:
            print(f"{self.source}: columns that are not read: {', '.join(listing.unread)}")
        utterances, more = with_parts(utterances)
        name = self.source.resolve().stem
        corpus = ParsedCorpus(utterances, listing.dropped, [*told, *notes, *more], name)
        counts = write_data_dir(dest, corpus)
        marker.write()
        return counts

    def found_task(self) -> str:
        """Return what is learnt, as `write` decides it."""
        return self._task_of(self._read(Problems(str(self.source))))  # which `write` reports

    def _task_of(self, listing: Listing) -> str:
        has_label = any(entry.label is not None for entry in listing.entries)
        has_avd = any(entry.avd is not None for entry in listing.entries)
        return self.task or task_of(has_label, has_avd)

    def _read(self, problems: Problems) -> Listing:
        if self.source.is_dir():
            if self.names:
                raise SentemoError(f"{self.source}: is a folder; --column is for a table")
            listing = read_class_folders(self.source, self.speaker_from, problems)
            require_classes(self.source, listing.entries)
            return listing
        if not self.source.is_file():
            raise SentemoError(
                f"{self.source}: no such file. Give a table with the columns file and label, or a "
                "folder with a subfolder for each class."
            )
        return read_table_listing(self.source, self.names, self.speaker_from, problems)

    def _with_speakers(self, entries: Sequence[Entry]) -> tuple[Sequence[Entry], list[str]]:
        """Add the speakers that names of known corpora say, and return a note about it."""
        if self.speakers_in_names is None or any(entry.speaker or entry.split for entry in entries):
            return entries, []
        speakers, corpora = self.speakers_in_names(entry.audio.as_posix() for entry in entries)
        if not speakers:
            return entries, []
        named = [replace(e, speaker=safe_name(speakers[e.audio.as_posix()])) for e in entries]
        return named, [f"speakers are those of the file names of {' and '.join(corpora)}"]

    def _marker(self, dest: Path, listing: Listing, task: str) -> Marker:
        inputs = [path for path in (self.source, self.labels) if path and path.is_file()]
        options = {
            "source": os.path.abspath(self.source),
            "names": dict(self.names),
            "speaker_from": self.speaker_from,
            "task": task,
            "scale": self.scale,
            "convert_audio": self.convert_audio,
            "audio": audio_fingerprint(entry.audio for entry in listing.entries),
        }
        return Marker(dest / ".done.json", inputs, options)

    def _checked(
        self, entries: Sequence[Entry], task: str, converted: Path, problems: Problems
    ) -> tuple[list[Utterance], list[str]]:
        """Return the utterances, sorted by id, of a list without problems, and notes about it."""
        entries, notes = self._readable(entries, converted)
        headers = read_headers(entry.audio for entry in entries if entry.audio != Path())
        targets = TASKS[task]
        labels = read_labels(self.labels) if self.labels and "label" in targets else None
        scale = parse_scale(self.scale) if self.scale and "avd" in targets else None
        check_entries(entries, headers, task, labels, scale, problems)
        problems.raise_if_any(REMEDY)
        utterances = _as_utterances(entries, without_errors(headers))
        return utterances, [*notes, *(constant_notes(utterances) if "avd" in targets else ())]

    def _readable(
        self, entries: Sequence[Entry], converted: Path
    ) -> tuple[Sequence[Entry], list[str]]:
        """Replace audio that only sox reads by its conversion, where that is wanted."""
        if not self.convert_audio:
            return entries, []
        present = {e.where: e.audio for e in entries if os.path.isfile(e.audio)}
        try:
            files = convert_unreadable(present, converted, self.nj)
        except SentemoError:  # `check_entries` names these files beside all other problems
            return entries, []
        notes = [f"converted by sox: {len(files)} recordings"] if files else []
        return [replace(e, audio=files.get(e.where, e.audio)) for e in entries], notes


def _require_targets(source: Path, entries: Sequence[Entry], task: str) -> None:
    if not entries:
        return
    if "label" in TASKS[task] and all(entry.label is None for entry in entries):
        raise SentemoError(f"{source}: no column 'label' for --task {task}")
    if "avd" in TASKS[task] and all(entry.avd is None for entry in entries):
        raise SentemoError(f"{source}: no columns {', '.join(DIMENSIONS)} for --task {task}")


def _as_utterances(
    entries: Sequence[Entry], headers: Mapping[Path, AudioHeader]
) -> list[Utterance]:
    """Return utterances by id: all are parts of recordings where one is."""
    in_parts = any(entry.start is not None for entry in entries)
    ids = unique_ids(map(_wanted_id, entries))
    sources = sorted({(entry.audio, entry.channel) for entry in entries}, key=str)
    recordings = dict(zip(sources, unique_ids(map(_recording_id, sources)), strict=True))
    found = []
    for utt, entry in zip(ids, entries, strict=True):
        start, end = entry.start, entry.end
        if in_parts and start is None:
            start, end = 0.0, headers[entry.audio].duration
        found.append(
            Utterance(
                id=utt,
                speaker=entry.speaker or UNKNOWN_SPEAKER,
                audio=entry.audio,
                label=entry.label,
                text=entry.text,
                start=start,
                end=end,
                recording=recordings[entry.audio, entry.channel] if in_parts else None,
                channel=entry.channel,
                avd=entry.avd,
                split=entry.split,
            )
        )
    return sorted(found, key=lambda utt: utt.id)


def _wanted_id(entry: Entry) -> str:
    """Return anna-call7-A-003200-005850: speaker, file, channel, and times in milliseconds.

    Ids begin with the speaker, so that utterances and speakers sort alike.
    """
    parts = [_recording_id((entry.audio, entry.channel))]
    if entry.speaker and not parts[0].startswith(entry.speaker):
        parts.insert(0, entry.speaker)
    if entry.start is not None and entry.end is not None:
        parts += [f"{round(1000 * seconds):06d}" for seconds in (entry.start, entry.end)]
    return "-".join(parts)


def _recording_id(source: tuple[Path, int | None]) -> str:
    audio, channel = source
    return audio.stem if channel is None else f"{audio.stem}-{CHANNELS[channel]}"
