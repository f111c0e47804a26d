"""Records of a list as utterances: which column is which, and where the recordings are."""

import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sentemo.core.errors import Problems, SentemoError
from sentemo.data.listing import CHANNEL_NAMES, located, speaker_finder
from sentemo.data.spellings import MISSING, is_unknown
from sentemo.data.split_lists.entries import ONLY_FOLD, ListedUtterance, side_of_word
from sentemo.data.split_lists.records import REMEDY, Record, read_records

# Names of columns in others' lists, the surest first; EmoBox's and SpeechBrain's label is `emo`.
GUESSES = {
    "file": (
        *("file", "file_name", "filename", "filepath", "file_path", "path", "wav", "wav_path"),
        *("audio", "audio_path", "key", "id"),
    ),
    "label": ("label", "emotion", "emo", "emotion_label", "emoclass", "class"),
    "speaker": (
        *("speaker", "speaker_id", "speakerid", "spk", "spk_id", "spkid", "spkrid"),
        *("actor", "actor_id"),
    ),
    "side": ("side", "split", "split_set", "partition", "subset", "set"),
    "fold": ("fold", "fold_id"),
    "text": ("text", "transcript", "transcription", "sentence", "normalized_text", "raw_text"),
    "channel": ("channel",),
    "start": ("start", "start_time"),
    "end": ("end", "end_time"),
}


@dataclass(frozen=True)
class ListReading:
    """How lists are read.

    Attributes
    ----------
    names
        The user's names of columns, by those of `GUESSES`.
    speaker_from
        See `sentemo.data.listing.speaker_finder`.
    audio
        Folders in which recordings are searched by ever shorter ends of their listed paths.
    """

    names: Mapping[str, str] = field(default_factory=dict)
    speaker_from: str = ""
    audio: Sequence[Path] = ()

    def utterances(
        self, path: Path, side: str | None, fold: str | None
    ) -> tuple[list[ListedUtterance], str]:
        """Read a list.

        Parameters
        ----------
        side, fold
            What the list's name says; None where it does not. The columns of a list go first.

        Returns
        -------
        utterances
            Of which a side is "" where there is only a column of folds.
        note
            Which columns were taken for what.

        Raises
        ------
        SentemoError
            When the list cannot be read, columns are missing, or counting all wrong lines.
        """
        wanted = {name: (yours.lower(),) for name, yours in self.names.items()}
        guesses = GUESSES | wanted
        known = {column for columns in guesses.values() for column in columns}
        records = read_records(path, known)
        header = list(dict.fromkeys(name for record in records for name in record.fields))
        columns = {
            name: found
            for name, names in guesses.items()
            if (found := next((column for column in names if column in header), None))
        }
        _require(path, header, columns, wanted, self.speaker_from)
        if side and "side" not in wanted and not _says_sides(records, columns.get("side")):
            columns.pop("side", None)  # a guess that is none: a column `subset` of other subsets
        if "channel" not in wanted and not _says_channels(records, columns.get("channel")):
            columns.pop("channel", None)  # of microphones, or of the broadcasters of films
        problems = Problems(str(path))
        reader = _Reader(path, columns, self, side, fold, problems)
        utterances = [reader.utterance(record) for record in records]
        problems.raise_if_any(REMEDY)
        taken = ", ".join(f"{name} is {column}" for name, column in columns.items())
        return utterances, f"{path.name}: {taken}"


def _says_sides(records: Sequence[Record], column: str | None) -> bool:
    return column is not None and all(
        side_of_word(record.fields.get(column, "")) for record in records
    )


def _says_channels(records: Sequence[Record], column: str | None) -> bool:
    given = {record.fields.get(column or "", "").lower() for record in records}
    return given <= CHANNEL_NAMES.keys() | {""}


def _require(
    path: Path,
    header: Sequence[str],
    columns: Mapping[str, str],
    wanted: Mapping[str, Sequence[str]],
    speaker_from: str,
) -> None:
    listed = f"The columns are {', '.join(filter(None, header))}."
    for name, (column,) in wanted.items():
        if column not in header:
            raise SentemoError(f"{path}: no column '{column}' for {name}. {listed}")
    if "file" not in columns:
        raise SentemoError(f"{path}: no column of files. {listed} Name it: --column file=YOURS")
    if speaker_from and "speaker" in columns:
        raise SentemoError(
            f"{path}: it has the column '{columns['speaker']}' of speakers; leave --speaker_from "
            "away"
        )


class _Reader:
    """Makes utterances of records; what is wrong in them goes to `problems`."""

    def __init__(
        self,
        path: Path,
        columns: Mapping[str, str],
        reading: ListReading,
        side: str | None,
        fold: str | None,
        problems: Problems,
    ) -> None:
        self._columns, self._problems = columns, problems
        self._folder, self._roots = path.parent, reading.audio
        self._side, self._fold = side, fold
        self._find_speaker = speaker_finder(reading.speaker_from)

    def utterance(self, record: Record) -> ListedUtterance:
        fields = {name: record.fields.get(column, "") for name, column in self._columns.items()}
        values = {name: "" if text in MISSING else text for name, text in fields.items()}
        file = fields["file"].replace("\\", "/")
        if not file:
            self._problems.add("no file", record.where, "the field is empty")
        fold = values.get("fold", "")
        return ListedUtterance(
            where=record.where,
            file=file,
            side=self._side_of(record, values, file),
            fold=fold or self._fold or ONLY_FOLD,
            label=values.get("label") or None,
            speaker=self._speaker(record, values, file),
            text=values.get("text") or None,
            audio=find_audio(file, self._folder, self._roots),
            digest=record.digest,
            channel=self._channel(record, values),
            start=self._seconds(record, values, "start"),
            end=self._seconds(record, values, "end"),
        )

    def _side_of(self, record: Record, values: Mapping[str, str], file: str) -> str:
        if given := values.get("side"):
            if side := side_of_word(given):
                return side
            self._problems.add("side is none of train, valid, test", record.where, given)
        elif "side" in values:
            self._problems.add("no side", record.where, "the field is empty")
        if self._side or "fold" in values:
            return self._side or ""
        sides = {side for folder in file.split("/")[:-1] if (side := side_of_word(folder))}
        if len(sides) == 1:
            return sides.pop()
        if "side" not in values:
            detail = "neither a column nor the name of the list says it"
            self._problems.add("no side (name its column: --column side=YOURS)", file, detail)
        return ""

    def _speaker(self, record: Record, values: Mapping[str, str], file: str) -> str | None:
        if self._find_speaker is None:
            given = values.get("speaker", "")
            return None if is_unknown(given) else given
        found = self._find_speaker(file)
        if found is None:
            self._problems.add("--speaker_from finds no speaker", record.where, file)
        return found

    def _channel(self, record: Record, values: Mapping[str, str]) -> int | None:
        given = values.get("channel", "")
        if given and given.lower() not in CHANNEL_NAMES:
            self._problems.add(
                f"channel is none of {', '.join(CHANNEL_NAMES)}", record.where, given
            )
        return CHANNEL_NAMES.get(given.lower())

    def _seconds(self, record: Record, values: Mapping[str, str], name: str) -> float | None:
        if not (text := values.get(name, "")):
            return None
        try:
            number = float(text if "." in text else text.replace(",", "."))
        except ValueError:
            number = math.nan
        if not (math.isfinite(number) and number >= 0):
            self._problems.add(f"{name} is no number of seconds", record.where, repr(text))
            return None
        return number


def find_audio(file: str, folder: Path, roots: Sequence[Path]) -> Path | None:
    """Find a listed recording on this machine.

    Parameters
    ----------
    file
        Its path as listed, with ``/`` between folders.
    folder
        The folder of the list, from which a relative path starts.
    roots
        Folders in which ends of the path are searched, the longest end first: lists name the
        folders of the machine on which they were written, or have a placeholder for them.

    Returns
    -------
    Path or None
        None where no such file is found.
    """
    parts = [part for part in file.split("/") if part not in ("", ".", "..")]
    ends = ["/".join(parts[first:]) for first in range(len(parts))]
    candidates = [(folder, file), (Path(), file), *((root, end) for root in roots for end in ends)]
    for start, name in candidates:
        if os.path.isfile(path := located(start, name)):  # False for a name that no file can have
            return path
    return None
