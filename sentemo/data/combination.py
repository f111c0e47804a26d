"""Training on other corpora beside a corpus' own utterances.

Utterances of other corpora are on the training side of every fold (``utt2corpus`` names their
corpus). The protocol and the tests of the corpus stay the same as without them.
"""

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

import numpy as np

from sentemo.core.errors import Problems, SentemoError
from sentemo.data.audio import read_headers, without_errors
from sentemo.data.dimensions import Scale, dimension_targets
from sentemo.data.kaldi import UNKNOWN_SPEAKER, Utterance
from sentemo.data.preparation import ParsedCorpus
from sentemo.data.word_times import Word

TRAIN_PART = "train"  # name, or beginning of the names, of the parts that are trained on


@dataclass(frozen=True)
class Addition:
    """Another corpus to train on.

    Attributes
    ----------
    corpus
        Name of the corpus in the results.
    utterances
        All its utterances, of any label.
    scale
        Scale on which its dimensions were rated; None if no dimensions are learnt.
    notes
        Notes about the corpus for the results.
    words
        Words with their times, by utterance.
    """

    corpus: str
    utterances: Sequence[Utterance]
    scale: Scale | None = None
    notes: Sequence[str] = ()
    words: Mapping[str, list[Word]] = field(default_factory=dict)

    @property
    def prefix(self) -> str:
        """Return the prefix of its utterance and speaker ids, such as ``iemocap-``."""
        return re.sub(r"[^\w.]+|_", "", self.corpus.lower()) + "-"


def combine(
    own: ParsedCorpus,
    additions: Sequence[Addition],
    labels: Sequence[str] | None,
    scale: Scale | None,
) -> ParsedCorpus:
    """Put other corpora beside a corpus' own utterances.

    Parameters
    ----------
    own
        The corpus that is tested.
    additions
        The other corpora, which are only trained on.
    labels
        Classes that are learnt. Utterances of other classes are left out and counted. None if no
        classes are learnt.
    scale
        Scale of the corpus' own dimensions. The dimensions of the other corpora are converted to
        it linearly, end to end. None if no dimensions are learnt.

    Raises
    ------
    SentemoError
        When another corpus contains a recording of the own corpus, has the same name except for the
        release, has no usable utterances, has copies at other speeds, or has dimensions outside of
        its scale.
    """
    require_distinct(own.name, own.utterances, additions)
    dropped = defaultdict(list, own.dropped)
    parts = bool(own.utterances) and own.utterances[0].split is not None
    utterances, notes = list(own.utterances), list(own.notes)
    for addition in additions:
        usable = []
        for utt in addition.utterances:
            if reason := unusable(utt, labels, scale):
                dropped[f"{addition.corpus}: {reason}"].append(addition.prefix + utt.id)
            else:
                usable.append(utt)
        if not usable:
            raise SentemoError(
                f"{addition.corpus}: none of its {len(addition.utterances)} utterances has the "
                "labels or dimensions that are learnt. Use a data directory that has them."
            )
        if scale:
            usable = _on_scale(usable, addition, scale)
        utterances += [added(utt, addition, parts) for utt in usable]
        notes.append(_note(addition, usable))
        notes += [f"{addition.corpus}: {note}" for note in addition.notes]
    learnt = [
        replace(utt, label=utt.label if labels else None, avd=utt.avd if scale else None)
        for utt in segmented_alike(utterances)
    ]
    kept = {utt.id for utt in learnt}
    words = dict(own.words)
    for addition in additions:
        named = {addition.prefix + utt: spoken for utt, spoken in addition.words.items()}
        words |= {utt: spoken for utt, spoken in named.items() if utt in kept}
    return replace(own, utterances=learnt, dropped=dict(dropped), notes=notes, words=words)


def require_distinct(
    name_of_tested: str, utterances: Sequence[Utterance], additions: Sequence[Addition]
) -> None:
    """Insist that other corpora have other names, and no recording of the tested corpus.

    Raises
    ------
    SentemoError
        Naming the corpora and recordings; also when another corpus has copies at other speeds.
    """
    problems = Problems("corpora to train on")
    tested = _Recordings(utterances)
    names = {_without_release(name_of_tested)}
    for addition in additions:
        name = _without_release(addition.corpus)
        if name in names:
            problems.add("the same corpus, or two of one name", addition.corpus, name_of_tested)
        names.add(name)
        for file in {utt.audio for utt in addition.utterances}:
            if file in tested:
                problems.add("recording of the tested corpus", str(file), addition.corpus)
        for utt in addition.utterances:
            if utt.original is not None:
                problems.add("copy at another speed", utt.id, addition.corpus)
    problems.raise_if_any(
        "Tested utterances must not be trained on. Add each other corpus once, as its stage data "
        "wrote it; --speed_factors makes the copies of all training utterances."
    )


class _Recordings:
    """A set of audio files that compares them by content, so that copies are recognised."""

    def __init__(self, utterances: Iterable[Utterance]) -> None:
        self._of_size: dict[int, list[Path]] = defaultdict(list)
        for file in {utt.audio for utt in utterances}:
            if file.is_file():  # missing files are reported when the data directory is written
                self._of_size[file.stat().st_size].append(file)

    def __contains__(self, file: Path) -> bool:
        alike = self._of_size.get(file.stat().st_size, []) if file.is_file() else []
        return any(_digest(other) == _digest(file) for other in alike)


@cache
def _digest(file: Path) -> bytes:
    return hashlib.sha256(file.read_bytes()).digest()


def _without_release(name: str) -> str:
    """Return a corpus' name without its release, in lower case: "msp-podcast" for 1.11."""
    return re.sub(r"\s+[\d.]+$", "", name.casefold())


def unusable(utt: Utterance, labels: Sequence[str] | None, scale: Scale | None) -> str:
    """Return why an utterance of another corpus cannot be trained on, or "" if it can."""
    if labels and utt.label not in labels:
        return "label not in labels.txt"
    return "no dimensions" if scale and utt.avd is None else ""


def _on_scale(usable: Sequence[Utterance], addition: Addition, scale: Scale) -> list[Utterance]:
    if addition.scale is None:
        raise SentemoError(f"{addition.corpus}: give the scale on which its dimensions were rated.")
    # Clipped, as the mean ratings of some corpora lie a little outside of their own scale.
    units = dimension_targets(usable, addition.scale)
    converted = {utt: scale.from_unit(np.clip(unit, 0, 1)) for utt, unit in units.items()}
    ratings = {utt: values.tolist() for utt, values in converted.items()}
    return [replace(utt, avd=tuple(ratings[utt.id])) for utt in usable]


def added(utt: Utterance, addition: Addition, parts: bool) -> Utterance:
    """Return an utterance of another corpus as a guest, with ids that begin with its corpus.

    Parameters
    ----------
    parts
        Whether the tested corpus is divided by ``utt2split``.
    """
    known = utt.speaker != UNKNOWN_SPEAKER
    return replace(
        utt,
        id=addition.prefix + utt.id,
        speaker=addition.prefix + utt.speaker if known else utt.speaker,
        recording=utt.recording and addition.prefix + utt.recording,
        split=TRAIN_PART if parts else None,
        corpus=addition.corpus,
        is_guest=True,
    )


def _note(addition: Addition, usable: Sequence[Utterance]) -> str:
    speakers = {utt.speaker for utt in usable}
    unknown = UNKNOWN_SPEAKER in speakers
    return (
        f"trained on {addition.corpus} too, in every fold: {len(usable)} utterances of "
        f"{len(speakers) - unknown} speakers{' and unknown ones' * unknown}"
    )


def segmented_alike(utterances: Iterable[Utterance]) -> list[Utterance]:
    """Make segments of all utterances, if some are.

    The table ``segments`` lists either all utterances or none.
    """
    utterances = list(utterances)
    whole = [utt for utt in utterances if utt.recording is None]
    if len(whole) in (0, len(utterances)):
        return utterances
    headers = read_headers(utt.audio for utt in whole)
    problems = Problems("audio")
    for utt in whole:
        if isinstance(headers[utt.audio], SentemoError):
            problems.add("unreadable", utt.id, str(headers[utt.audio]))
    problems.raise_if_any("Repair these files, or remove these utterances from the data.")
    seconds = {path: header.duration for path, header in without_errors(headers).items()}
    return [
        utt
        if utt.recording is not None
        else replace(utt, recording=utt.id, start=0.0, end=seconds[utt.audio])
        for utt in utterances
    ]
