"""Folds: training, validation and test sides that share no speaker.

Copies at another speed are on the training side if their originals are, and on no other side.
Guests from other corpora (``utt2corpus``) are on the training side of every fold. Utterances on
whose class the annotators did not agree are on no other side than the training side, where their
distributions are learnt (``utt2distribution``).
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from sentemo.core.errors import SentemoError
from sentemo.data.caveats import MAYBE_NOT_DISJOINT, NOT_DISJOINT
from sentemo.data.kaldi import UNKNOWN_SPEAKER, Utterance

SIDES = ("train", "valid", "test")
MAX_FOLDS = 100  # trainings; more speakers are tested in groups


@dataclass(frozen=True)
class Fold:
    """One division of the utterances into three disjoint sides.

    Parameters
    ----------
    number
        Number of the fold, from 1.
    train, valid, test
        Names on each side: speakers, or parts of the corpus' partition.
    by
        Field of `Utterance` that is divided: ``speaker`` or ``split``.
    speaker_disjoint
        True if no speaker is on two sides.
    """

    number: int
    train: tuple[str, ...]
    valid: tuple[str, ...]
    test: tuple[str, ...]
    by: str = "speaker"
    speaker_disjoint: bool = True


def side_of_fold(utterances: Sequence[Utterance], fold: Fold, side: str) -> list[Utterance]:
    """Return the utterances on one side of the fold.

    Copies, guests from other corpora, and utterances without an agreed class whose distributions
    are learnt, are on the training side only.
    """
    names = set(getattr(fold, side))
    originals = {utt.original for utt in utterances} - {None}
    by_id = {utt.id: utt for utt in utterances if utt.id in originals} if originals else {}

    def is_on_side(utt: Utterance) -> bool:
        if side != "train" and (utt.original or utt.is_guest or utt.is_training_only):
            return False
        original = by_id[utt.original] if utt.original else utt
        return utt.is_guest or getattr(original, fold.by) in names

    return list(filter(is_on_side, utterances))


def divided(utterances: Iterable[Utterance]) -> list[Utterance]:
    """Return the utterances that folds divide: the corpus' own utterances without copies."""
    return [utt for utt in utterances if utt.original is None and not utt.is_guest]


def speakers_on_two_sides(fold: Fold, utterances: Sequence[Utterance]) -> dict[str, list[str]]:
    """Return the known speakers that are on more than one side, each with these sides."""
    sides = defaultdict(list)
    for side in SIDES:
        for speaker in {utt.speaker for utt in side_of_fold(utterances, fold, side)}:
            sides[speaker].append(side)
    sides.pop(UNKNOWN_SPEAKER, None)
    return {speaker: found for speaker, found in sorted(sides.items()) if len(found) > 1}


def overlap_notes(folds: Sequence[Fold], utterances: Sequence[Utterance]) -> list[str]:
    """Return notes on speakers on two sides, for folds that do not claim disjoint speakers.

    Utterances of unknown speakers get a note too, as their speakers may be on two sides.
    """
    originals = divided(utterances)
    unknown = [utt for utt in originals if utt.speaker == UNKNOWN_SPEAKER]
    known = {utt.speaker for utt in originals} - {UNKNOWN_SPEAKER}
    notes = []
    for fold in folds:
        if not fold.speaker_disjoint and known:
            shared = len(speakers_on_two_sides(fold, originals))
            notes.append(f"{NOT_DISJOINT}: {shared} of {len(known)} known speakers on two sides")
    if unknown and len(folds) == 1:
        counts = [f"{len(side_of_fold(unknown, folds[0], side))} {side}" for side in SIDES]
        notes.append(f"{MAYBE_NOT_DISJOINT}: utterances of unknown speakers: {', '.join(counts)}")
    elif unknown:
        notes.append(
            f"{MAYBE_NOT_DISJOINT} of every fold: "
            f"{len(unknown)} of {len(originals)} utterances of unknown speakers"
        )
    return list(dict.fromkeys(notes))


def choose_folds(utterances: Sequence[Utterance], most: int = MAX_FOLDS) -> tuple[list[Fold], str]:
    """Choose the folds that the data call for, and return them with the protocol's name.

    Sides in ``utt2split`` are the only fold, other parts are left out one by one. Without parts
    each speaker is left out, or of more than `most` speakers each of `most` groups.

    Raises
    ------
    SentemoError
        When there are too few speakers or parts.
    """
    parts = {utt.split for utt in divided(utterances)} - {None}
    if parts:
        if parts & set(SIDES):
            return [partition(utterances)], "The partition of the corpus (utt2split)"
        folds = leave_one_part_out(utterances)
        return folds, "Leave one part of utt2split out: the next part in cyclic order validates"
    originals = divided(utterances)
    speakers = {utt.speaker for utt in originals}
    if len(speakers) > most:
        protocol = (
            f"Leave one of {most} groups of speakers out: the next group in cyclic order validates"
        )
        return leave_one_group_out(originals, most), protocol
    folds = leave_one_speaker_out(speakers)
    return folds, "Leave one speaker out: the next speaker in cyclic order validates"


def leave_one_speaker_out(speakers: Iterable[str]) -> list[Fold]:
    """Make one fold per tested speaker; the next speaker in cyclic order validates.

    Raises
    ------
    SentemoError
        When there are fewer than three speakers, so that a side would be empty.
    """
    everyone = sorted(set(speakers))
    if len(everyone) < 3:
        raise SentemoError(
            f"leaving one speaker out needs at least 3 speakers (training, validation, test), "
            f"the data have {len(everyone)}: {', '.join(everyone)}. Write "
            "utt2split, which says what is trained on and tested."
        )
    return _rotation([(speaker,) for speaker in everyone])


def leave_one_group_out(utterances: Iterable[Utterance], groups: int) -> list[Fold]:
    """Make one fold per group of speakers; the next group in cyclic order validates.

    Parameters
    ----------
    groups
        Number of folds, at least three and no more than there are speakers.
    """
    return _rotation(speaker_groups(utterances, groups))


def speaker_groups(utterances: Iterable[Utterance], groups: int) -> list[tuple[str, ...]]:
    """Divide the speakers into groups of about as many utterances each."""
    found: list[list[str]] = [[] for _ in range(groups)]
    sizes = [0] * groups
    for speaker, number in sorted(
        Counter(utt.speaker for utt in utterances).items(), key=lambda item: (-item[1], item[0])
    ):
        smallest = sizes.index(min(sizes))
        found[smallest].append(speaker)
        sizes[smallest] += number
    return [tuple(sorted(group)) for group in found]


def leave_one_part_out(utterances: Sequence[Utterance]) -> list[Fold]:
    """Make one fold per part of ``utt2split``; the next part in cyclic order validates.

    The folds say whether speakers are disjoint.

    Raises
    ------
    SentemoError
        When there are fewer than three parts.
    """
    parts = sorted({str(utt.split) for utt in utterances})
    if len(parts) < 3:
        raise SentemoError(
            f"utt2split: neither {', '.join(SIDES)} nor at least 3 parts to leave one out, but "
            f"{', '.join(parts)}"
        )
    folds = _rotation([(part,) for part in parts], by="split")
    originals = divided(utterances)
    disjoint = not speakers_on_two_sides(folds[0], originals) and all(
        utt.speaker != UNKNOWN_SPEAKER for utt in originals
    )
    return [replace(fold, speaker_disjoint=disjoint) for fold in folds]


def _rotation(groups: Sequence[tuple[str, ...]], by: str = "speaker") -> list[Fold]:
    """Test each group once, and validate with the next one in cyclic order."""
    folds = []
    for index, test in enumerate(groups):
        valid = groups[(index + 1) % len(groups)]
        train = sorted(name for g in groups for name in g if name not in (*valid, *test))
        folds.append(Fold(index + 1, tuple(train), valid, test, by=by))
    return folds


def partition(utterances: Iterable[Utterance]) -> Fold:
    """Make the fold whose sides are the parts train, valid and test of ``utt2split``.

    Raises
    ------
    SentemoError
        When a part has no utterances, or a known speaker is in two parts.
    """
    utterances = list(utterances)
    fold = Fold(1, ("train",), ("valid",), ("test",), by="split")
    if missing := [side for side in SIDES if not side_of_fold(utterances, fold, side)]:
        raise SentemoError(f"utt2split: no utterance is {' or '.join(missing)}")
    if shared := speakers_on_two_sides(fold, utterances):
        named = [f"{speaker} ({', '.join(sides)})" for speaker, sides in shared.items()]
        raise SentemoError(
            f"utt2split has {len(shared)} speakers in two parts: {'; '.join(named[:5])}. Correct "
            'utt2split or utt2spk, or give --folds whose column "disjoint" says "nothing": results '
            "then say so."
        )
    return fold
