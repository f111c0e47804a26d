"""Folds: training, validation and test sides that share no speaker.

Copies at another speed are on the training side if their originals are, and on no other side.
Utterances of other corpora (``utt2corpus``) are on the training side of every fold.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sentemo.core.errors import SentemoError
from sentemo.data.kaldi import UNKNOWN_SPEAKER, Utterance

SIDES = ("train", "valid", "test")
MAX_FOLDS = 100


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

    Copies, and utterances of other corpora, are on the training side only.
    """
    names = set(getattr(fold, side))
    by_id = {utt.id: utt for utt in utterances}

    def is_on_side(utt: Utterance) -> bool:
        if side != "train" and (utt.original or utt.corpus):
            return False
        return bool(utt.corpus) or getattr(by_id[utt.original or utt.id], fold.by) in names

    return list(filter(is_on_side, utterances))


def divided(utterances: Iterable[Utterance]) -> list[Utterance]:
    """Return the utterances that folds divide: the corpus' own utterances without copies."""
    return [utt for utt in utterances if utt.original is None and utt.corpus is None]


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
        if not fold.speaker_disjoint:
            shared = len(speakers_on_two_sides(fold, originals))
            notes.append(
                f"not speaker-disjoint: {shared} of {len(known)} known speakers on two sides"
            )
        if unknown:
            counts = [f"{len(side_of_fold(unknown, fold, side))} {side}" for side in SIDES]
            notes.append(
                f"speakers may be on two sides: utterances of unknown speakers: {', '.join(counts)}"
            )
    return notes


def leave_one_speaker_out(speakers: Iterable[str]) -> list[Fold]:
    """Make one fold per tested speaker; the next speaker in cyclic order validates.

    Raises
    ------
    SentemoError
        When there are fewer than three speakers, so that a side would be empty, or too many.
    """
    everyone = sorted(set(speakers))
    if len(everyone) > MAX_FOLDS:
        raise SentemoError(
            f"leaving one speaker out of {len(everyone)} would take {len(everyone)} trainings, "
            f"more than {MAX_FOLDS}. Divide the speakers yourself: utt2split, or --folds."
        )
    if len(everyone) < 3:
        raise SentemoError(
            f"leaving one speaker out needs at least 3 speakers (training, validation, test), "
            f"the data have {len(everyone)}: {', '.join(everyone)}"
        )
    folds = []
    for index, test in enumerate(everyone):
        valid = everyone[(index + 1) % len(everyone)]
        train = tuple(s for s in everyone if s not in (valid, test))
        folds.append(Fold(index + 1, train, (valid,), (test,)))
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
