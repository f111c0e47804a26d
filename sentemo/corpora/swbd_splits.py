"""Two splits of SWBD-sentiment into train, valid and test, with 90, 5 and 5 % of the utterances.

The paper does not publish its lists. ``paper`` splits by the order of the label lines, as public
recipes do, so conversations and callers are on several sides. ``speaker`` keeps both apart: a
conversation with a test caller is only used for the test, and its other caller is left out. Its
parts are called ``train_by_speaker`` and so on, so that the two splits cannot be confused.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace

from sentemo.corpora.swbd_labels import PUBLISHED_LINES
from sentemo.data.kaldi import Utterance

HELD_OUT_SHARE = 0.05  # share of validation, and of test
PUBLIC_BOUNDS = (47056, 49673)  # first label line, from 0, of validation and of test
OTHER_SIDE = {
    "test": "other side of a test conversation",
    "valid": "other side of a validation conversation",
}


def split_of_line(line: int, lines: int) -> str:
    """Return the side of a label line, which is numbered from 0, out of so many lines."""
    if lines == PUBLISHED_LINES:
        first_valid, first_test = PUBLIC_BOUNDS
    else:
        first_valid, first_test = (round(lines * (1 - n * HELD_OUT_SHARE)) for n in (2, 1))
    if line < first_valid:
        return "train"
    return "valid" if line < first_test else "test"


def overlap_note(utterances: Iterable[Utterance], speakers_known: bool) -> str:
    """Return a note on how many conversations, and known speakers, are on more than one side."""
    conversations: defaultdict[str, set[str | None]] = defaultdict(set)
    speakers: defaultdict[str, set[str | None]] = defaultdict(set)
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
    utterances: Sequence[Utterance], dropped: dict[str, list[str]]
) -> list[Utterance]:
    """Split utterances so that no speaker and no conversation is on two sides.

    Callers are chosen for test, then for validation, until they have enough utterances. Their order
    is that of a digest of their number, which is the same everywhere and otherwise arbitrary.

    Parameters
    ----------
    utterances
        Utterances of known speakers.
    dropped
        Utterances of other callers in conversations of test and validation are added here.
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
            dropped.setdefault(OTHER_SIDE[side], []).append(utt.id)
    return kept


def conversation_of(utt: Utterance) -> str:
    """Return the conversation of an utterance: ``sw02001`` for the recording ``sw02001-A``."""
    assert utt.recording is not None  # utterances of Switchboard are segments
    return utt.recording.rpartition("-")[0]


def _digest(speaker: str) -> str:
    return hashlib.sha256(speaker.encode()).hexdigest()
