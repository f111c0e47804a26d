"""Utterances of a split as they are compared: which recording, speaker and sentence each one is."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import Any

from sentemo.corpora.recording_names import Counts, Named, published_counts, read_names
from sentemo.data.class_words import class_of_word
from sentemo.data.kaldi import CHANNELS
from sentemo.data.overlaps import Stretch, overlapping
from sentemo.data.spellings import first_spellings
from sentemo.data.split_lists.content import Part
from sentemo.data.split_lists.entries import ListedUtterance

SHOWN = 3  # examples in a note


@dataclass(frozen=True)
class Placed:
    """One utterance on one side of one fold.

    Attributes
    ----------
    recording
        Its listed path, and those of its copies. Copies have the same samples, or where the audio
        is not at hand the same name within a known corpus.
    overlapping
        The parts of a recording that overlap, of which it is one; None where it overlaps none.
    speaker
        As the list says, or else as the file's name does; None where neither does.
    named_speaker
        As the file's name says, where the speakers of the lists are others than those of names.
    sentence
        Its text without punctuation, or else the sentence that the file's name says.
    """

    fold: str
    side: str
    recording: str
    overlapping: str | None = None
    speaker: str | None = None
    named_speaker: str | None = None
    sentence: str | None = None
    label: str | None = None


class Placement:
    """Brings the utterances of lists into a form in which they can be compared.

    Parameters
    ----------
    utterances
        Of every fold and side.
    digests
        See `sentemo.data.split_lists.content.content_digests`.
    """

    def __init__(self, utterances: Sequence[ListedUtterance], digests: Mapping[Part, str]) -> None:
        self._spelling = first_spellings(utt.speaker for utt in utterances if utt.speaker)
        self._utterances = utterances = [
            replace(utt, speaker=self._spelling[utt.speaker]) if utt.speaker else utt
            for utt in utterances
        ]
        self._digests = digests
        self._names = read_names(utt.file for utt in utterances)
        corpora = {named.corpus for named in self._names.values() if named}
        self._several = len(corpora) > 1
        pairs = {
            (utt.speaker, named)
            for utt in utterances
            if utt.speaker and (named := self._named_speaker(utt))
        }
        self._listed_of = {named: listed for listed, named in pairs}
        self._overlapping = _overlapping_parts(utterances)
        self._agree = len(pairs) == len(self._listed_of) == len({listed for listed, _ in pairs})
        self._pairs = sorted(pairs)
        self._digest_of_key = {
            self._key(utt): digest for utt in utterances if (digest := self._digest(utt))
        }
        self._copies: dict[str, dict[str, None]] = defaultdict(dict)
        for utt in utterances:
            self._copies[self._identity(utt)][_listed_part(utt)] = None

    def placed(self) -> list[Placed]:
        """Return the utterances, in the order of the lists."""
        return [self._place(utt) for utt in self._utterances]

    def notes(self) -> list[str]:
        """Say where speakers, and what is compared, were taken from."""
        return [*self._speaker_notes(), *self._content_notes(), *self._label_notes()]

    def counts(self) -> list[dict[str, Any]]:
        """Compare the number of different recordings of each class with the published ones.

        Returns
        -------
        list
            For each known corpus: the nearest of its published versions, the counts ``found``, and
            those ``differing`` as found and published number; published classes that no list has
            are ``not_listed``.
        """
        of_corpus: dict[str, dict[str, str]] = defaultdict(dict)
        for utt, named in self._named():
            if label := named.label or class_of_word(utt.label or ""):
                of_corpus[named.corpus][named.recording] = label
        return [
            compared
            for corpus, labels in sorted(of_corpus.items())
            if (compared := _nearest_version(corpus, Counter(labels.values())))
        ]

    def _named(self) -> list[tuple[ListedUtterance, Named]]:
        return [(utt, named) for utt in self._utterances if (named := self._names[utt.file])]

    def _named_speaker(self, utt: ListedUtterance) -> str | None:
        named = self._names[utt.file]
        if named is None:
            return None
        return f"{named.corpus} {named.speaker}" if self._several else named.speaker

    def _place(self, utt: ListedUtterance) -> Placed:
        named, by_name = self._names[utt.file], self._named_speaker(utt)
        part = _listed_part(utt)
        sentence = f"{named.corpus} {named.sentence}" if named and named.sentence else None
        return Placed(
            fold=utt.fold,
            side=utt.side,
            recording=" = ".join(self._copies[self._identity(utt)]),
            overlapping=self._overlapping.get(part),
            speaker=utt.speaker or (by_name and self._listed_of.get(by_name, by_name)),
            named_speaker=None if self._agree else by_name,
            sentence=_normalised(utt.text) or sentence,
            label=utt.label,
        )

    def _key(self, utt: ListedUtterance) -> str:
        """Return the name of a recording in a known corpus, or else its path; with its part."""
        named = self._names[utt.file]
        return f"{named.corpus} {named.recording} {utt.part}" if named else _listed_part(utt)

    def _digest(self, utt: ListedUtterance) -> str | None:
        return self._digests.get((utt.audio, utt.part)) if utt.audio else utt.digest

    def _identity(self, utt: ListedUtterance) -> str:
        """Return what is equal for copies of a recording, or of a part of it."""
        key = self._key(utt)
        return self._digest(utt) or self._digest_of_key.get(key, key)

    def _speaker_notes(self) -> list[str]:
        taken = Counter(
            {named.recording: named.corpus for u, named in self._named() if not u.speaker}.values()
        )
        notes = [
            f"The speakers of {number} recordings are taken from their file names, which are those "
            f"of {corpus}."
            for corpus, number in sorted(taken.items())
        ]
        if any(named.sentence and not utt.text for utt, named in self._named()):
            notes.append("Sentences are taken from the file names.")
        unknown = dict.fromkeys(
            utt.file for utt in self._utterances if not (utt.speaker or self._names[utt.file])
        )
        if alike := [f"{one} and {o}" for o, one in self._spelling.items() if one != o]:
            notes.append(
                "Speakers that differ in case, zeros or separators are taken for one: "
                f"{', '.join(alike[:SHOWN])}{', …' * (len(alike) > SHOWN)}."
            )
        if unknown:
            first = ", ".join(list(unknown)[:SHOWN])
            notes.append(f"The speakers of {len(unknown)} files are not known, such as {first}.")
        if not self._agree:
            names: dict[str, list[str]] = defaultdict(list)
            for listed, named in self._pairs:
                names[listed].append(named)
            several = [f"{one} is {' and '.join(found)}" for one, found in names.items()]
            notes.append(
                "The speakers of the lists are not those of the file names: "
                f"{'; '.join(several[:SHOWN])}{'; …' * (len(several) > SHOWN)}. Both are checked."
            )
        return notes

    def _content_notes(self) -> list[str]:
        files = {(utt.file, utt.part): utt for utt in self._utterances}
        read = sum(self._digest(utt) is not None for utt in files.values())
        how = "" if read == len(files) else " The others are told apart by their names."
        return [f"The samples of {read} of {len(files)} recordings were compared.{how}"]

    def _label_notes(self) -> list[str]:
        """Count recordings that are labelled otherwise than most of their class in the names."""
        notes = []
        if unlabelled := len({utt.file for utt in self._utterances if utt.label is None}):
            notes.append(f"{unlabelled} files have no label: their classes were not checked.")
        labels: dict[tuple[str, str], dict[str, str]] = defaultdict(dict)
        for utt, named in self._named():
            if utt.label and named.label:
                labels[named.corpus, named.label][named.recording] = utt.label
        for (corpus, label), found in sorted(labels.items()):
            usual, number = Counter(found.values()).most_common(1)[0]
            others = [name for name, listed in found.items() if listed != usual]
            if others:
                notes.append(
                    f"{number} recordings that are {label} by their names in {corpus} are listed "
                    f"as {usual}, {len(others)} otherwise, such as {', '.join(others[:SHOWN])}."
                )
        return notes


def _listed_part(utt: ListedUtterance) -> str:
    """Return a recording as it is listed, with the times of a part of it: ``call.wav 3.2 5.9``."""
    times = [str(seconds) for seconds in (utt.start, utt.end) if seconds is not None]
    channel = (
        [CHANNELS[utt.channel]] if utt.channel else []
    )  # the first, or the only one, is unsaid
    return " ".join([str(PurePosixPath(utt.file)), *channel, *times])


def _overlapping_parts(utterances: Iterable[ListedUtterance]) -> dict[str, str]:
    """Return for each part that overlaps others what all of them are called together."""
    parts = {_listed_part(utt): utt for utt in utterances}
    groups = overlapping(
        Stretch(name, str(PurePosixPath(utt.file)), utt.channel, utt.speaker, utt.start, utt.end)
        for name, utt in parts.items()
    )
    return {
        name: f"{' and '.join(group[:2])}{' and …' * (len(group) > 2)}, which overlap"
        for group in groups
        for name in group
    }


def _normalised(text: str | None) -> str:
    kept = "".join(c if c.isalnum() or c == "'" else " " for c in (text or "").casefold())
    return " ".join(kept.split())


def _nearest_version(corpus: str, found: Counts) -> dict[str, Any] | None:
    """Compare counts with the published version of a corpus from which they differ least."""
    compared = [
        {
            "corpus": corpus,
            "version": version,
            "found": dict(sorted(found.items())),
            "differing": {
                label: [number, published.get(label, 0)]
                for label, number in sorted(found.items())
                if number != published.get(label, 0)
            },
            "not_listed": sorted(published.keys() - found.keys()),
        }
        for version, published in published_counts(corpus).items()
    ]
    return min(compared, key=lambda one: (len(one["differing"]), one["not_listed"]), default=None)
