"""Parts of recordings for data that name too few speakers to leave one out.

Results of such parts are not of new speakers: the same voice may be trained on and tested, which
every result says.
"""

import random
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from sentemo.core.errors import SentemoError
from sentemo.data.caveats import SAME_VOICES
from sentemo.data.kaldi import UNKNOWN_SPEAKER, Utterance
from sentemo.data.splits import SIDES, speaker_groups

PARTS = 5
FEWEST_SPEAKERS = 3  # one trains, one validates, one is tested


def with_parts(utterances: Sequence[Utterance]) -> tuple[list[Utterance], list[str]]:
    """Give utterances the parts that a fold file divides, where their speakers do not suffice.

    Utterances with a partition of the user's keep it; where it has no side ``valid``, a fifth of
    its training side becomes one, by speakers if these are known. Without a partition, fewer than
    three speakers or unknown ones make `PARTS` random parts with like shares of the classes.

    Returns
    -------
    utterances
        The utterances in their order, with `Utterance.split` where there are parts.
    notes
        What the results must say of it.

    Raises
    ------
    SentemoError
        When a partition has no side ``train`` or ``test``.
    """
    given = {utt.split for utt in utterances} - {None}
    if given:
        return _with_validation(utterances, given)
    speakers = {utt.speaker for utt in utterances}
    if UNKNOWN_SPEAKER not in speakers and len(speakers) >= FEWEST_SPEAKERS:
        return list(utterances), []
    parts = _stratified(utterances)
    unknown = sum(utt.speaker == UNKNOWN_SPEAKER for utt in utterances)
    some = f" of {unknown} of {len(utterances)} recordings" * (unknown < len(utterances))
    known = f"speakers{some} unknown" if unknown else f"{len(speakers)} speakers only"
    note = (
        f"{known}: {PARTS} random parts of recordings, so {SAME_VOICES}, "
        "and new speakers will be recognised worse than these figures say"
    )
    return [replace(utt, split=f"part{parts[utt.id]}") for utt in utterances], [note]


def _with_validation(
    utterances: Sequence[Utterance], given: set[str | None]
) -> tuple[list[Utterance], list[str]]:
    if missing := [side for side in ("train", "test") if side not in given]:
        raise SentemoError(
            f"the partition has no {' and no '.join(missing)}: {', '.join(SIDES)} are needed, and "
            "valid may be missing."
        )
    if "valid" in given:
        return list(utterances), []
    train = [utt for utt in utterances if utt.split == "train"]
    speakers = {utt.speaker for utt in train}
    if UNKNOWN_SPEAKER in speakers or len(speakers) < 2:
        chosen = {utt for utt, part in _stratified(train).items() if part == 1}
        what = f"{len(chosen)} random recordings"
    else:
        group = speaker_groups(train, min(PARTS, len(speakers)))[0]
        chosen = {utt.id for utt in train if utt.speaker in group}
        what = f"speakers {', '.join(group)}"
    note = f"the partition has no side valid: {what} of train validate"
    return [replace(u, split="valid") if u.id in chosen else u for u in utterances], [note]


def _stratified(utterances: Sequence[Utterance]) -> dict[str, int]:
    """Return a part from 1 of each id; parts of one recording stay together."""
    classes: dict[str | None, list[str]] = defaultdict(list)
    members: dict[str, list[str]] = defaultdict(list)
    for utt in utterances:
        recording = str(utt.audio)
        if recording not in members:
            classes[utt.label].append(recording)
        members[recording].append(utt.id)
    draw = random.Random(1)
    parts: dict[str, int] = {}
    dealt = 0
    for label in sorted(classes, key=str):
        recordings = sorted(classes[label])
        draw.shuffle(recordings)
        for recording in recordings:
            parts |= dict.fromkeys(members[recording], dealt % PARTS + 1)
            dealt += 1
    return parts
