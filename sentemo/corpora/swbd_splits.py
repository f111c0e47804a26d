"""Two ways to divide SWBD-sentiment into train, valid and test, 90, 5 and 5 %.

The paper does not publish its lists. ``paper`` divides by the order of the label lines, as public
recipes do; conversations and callers are then on several sides. ``speaker`` keeps both apart: a
conversation with a test caller serves the test alone, whose other side is left out; its parts have
names of their own, ``train_by_speaker`` and so on, so that one is not taken for the other.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace

from sentemo.corpora.swbd_labels import PUBLISHED_LINES
from sentemo.data.kaldi import Utterance

HELD_OUT_SHARE = 0.05  # each of validation and test
PUBLIC_BOUNDS = (47056, 49673)  # first label line, from 0, of validation and of test
OTHER_SIDE = {
    "test": "other side of a test conversation",
    "valid": "other side of a validation conversation",
}


def split_of_line(line: int, lines: int) -> str:
    """Tell the side of a label line, from 0, out of so many lines."""
    if lines == PUBLISHED_LINES:
        first_valid, first_test = PUBLIC_BOUNDS
    else:
        first_valid, first_test = (round(lines * (1 - n * HELD_OUT_SHARE)) for n in (2, 1))
    if line < first_valid:
        return "train"
    return "valid" if line < first_test else "test"


def overlap_note(utterances: Iterable[Utterance], speakers_known: bool) -> str:
    """Say how many conversations, and known speakers, are on more than one side."""
    conversations, speakers = defaultdict(set), defaultdict(set)
    for utt in utterances:
        conversations[conversation_of(utt)].add(utt.split)
        speakers[utt.speaker].add(utt.split)
    shared = [f"{_several(conversations)} of {len(conversations)} conversations"]
    if speakers_known:
        shared.append(f"{_several(speakers)} of {len(speakers)} speakers")
    return f"split by line order: {' and '.join(shared)} are on more than one side"


def _several(sides: dict[str, set[str | None]]) -> int:
    return sum(len(of_one) > 1 for of_one in sides.values())


def split_by_speaker(
    utterances: Sequence[Utterance], dropped: defaultdict[str, list[str]]
) -> list[Utterance]:
    """Divide utterances so that no speaker and no conversation is on two sides.

    Callers are taken for test, then for validation, until their utterances reach the share. They
    come in the order of a digest of their number, which is the same everywhere and means nothing.

    Parameters
    ----------
    utterances
        All of known speakers.
    dropped
        Takes what other callers say in conversations of the test, and of validation.
    """
    of_speaker = defaultdict(list)
    for utt in utterances:
        of_speaker[utt.speaker].append(utt)
    side_of_speaker: dict[str, str] = {}
    side_of_conversation: dict[str, str] = {}
    for side in ("test", "valid"):
        missing = HELD_OUT_SHARE * len(utterances)
        for speaker in sorted(of_speaker, key=_digest):
            usable = [
                conversation_of(utt)
                for utt in of_speaker[speaker]
                if side_of_conversation.get(conversation_of(utt), side) == side
            ]
            if missing > 0 and usable:
                side_of_speaker[speaker] = side
                side_of_conversation.update(dict.fromkeys(usable, side))
                missing -= len(usable)
    kept = []
    for utt in utterances:
        side = side_of_conversation.get(conversation_of(utt), "train")
        if side_of_speaker.get(utt.speaker, "train") == side:
            kept.append(replace(utt, split=f"{side}_by_speaker"))
        else:
            dropped[OTHER_SIDE[side]].append(utt.id)
    return kept


def conversation_of(utt: Utterance) -> str:
    """The conversation of an utterance, from its recording: ``sw02001-A`` is of ``sw02001``."""
    return utt.recording.rpartition("-")[0]


def _digest(speaker: str) -> str:
    return hashlib.sha256(speaker.encode()).hexdigest()
