"""The same recording under several ids: found by the digests of its features, however it is named.

Parts of one recording that overlap are found by their times. Copies that ``utt2uniq`` names are no
further recordings, and are where their originals are.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from sentemo.core.errors import Problems
from sentemo.data.kaldi import UNKNOWN_SPEAKER, Utterance
from sentemo.data.overlaps import Stretch, overlapping
from sentemo.data.splits import SIDES, Fold, side_of_fold

SHOWN = 4  # utterances of a group, in a message
SAME = "the same recording under several ids"  # how the note in the results begins


def same_recordings(
    utterances: Iterable[Utterance], digests: Mapping[str, str]
) -> list[list[Utterance]]:
    """Group the utterances with the same content, where there are several, in the order of ids.

    Parameters
    ----------
    digests
        Digest of the features of each utterance; utterances without one are passed over.
    """
    groups = defaultdict(list)
    for utt in sorted(utterances, key=lambda u: u.id):
        if utt.original is None and utt.id in digests:
            groups[digests[utt.id]].append(utt)
    return [group for group in groups.values() if len(group) > 1]


def repetition_notes(groups: Sequence[Sequence[Utterance]]) -> list[str]:
    """Return a note for the results that counts and names the repeated recordings, if any."""
    if not groups:
        return []
    different = sum(len({utt.label for utt in group}) > 1 for group in groups)
    first = " = ".join(utt.id for utt in groups[0][:3])
    labels = f", {different} of them with different labels" if different else ""
    return [f"{SAME}: {len(groups)} recordings{labels} (such as {first})"]


def require_recordings_apart(
    folds: Sequence[Fold], utterances: Sequence[Utterance], digests: Mapping[str, str], where: str
) -> None:
    """Insist that no recording, and no part of one, is on two sides of a fold.

    Parameters
    ----------
    where
        Data directory, for the message.

    Raises
    ------
    SentemoError
        Naming the utterances and their sides.
    """
    problems = Problems(where)
    same, parts = same_recordings(utterances, digests), _overlapping_parts(utterances)
    for utt, detail in _crossing(folds, same, " = ").items():
        problems.add("the same recording on two sides of a fold", utt, detail)
    for utt, detail in _crossing(folds, parts, ", ").items():
        problems.add("overlapping parts of a recording on two sides of a fold", utt, detail)
    problems.raise_if_any(
        "What is trained on must not be tested. Leave all but one of these out, or where it is a "
        'copy on purpose, name its original in utt2uniq: "<copy> <original>".'
    )


def _overlapping_parts(utterances: Sequence[Utterance]) -> list[list[Utterance]]:
    """Group what overlaps in recordings that have parts; a whole one overlaps all of its parts."""
    divided = {u.audio for u in utterances if u.start is not None or u.channel is not None}
    own = {utt.id: utt for utt in utterances if utt.original is None and utt.audio in divided}
    groups = overlapping(
        Stretch(
            name=utt.id,
            file=str(utt.audio),
            channel=utt.channel,
            speaker=None if utt.speaker == UNKNOWN_SPEAKER else utt.speaker,
            start=utt.start,
            end=utt.end,
        )
        for utt in own.values()
    )
    return [[own[name] for name in group] for group in groups]


def _crossing(
    folds: Sequence[Fold], groups: Sequence[Sequence[Utterance]], joint: str
) -> dict[str, str]:
    """Say of the first utterance of each group on two sides, where all of them are."""
    repeated = [utt for group in groups for utt in group]
    crossing: dict[str, str] = {}
    for fold in folds if groups else ():
        sides = {u.id: side for side in SIDES for u in side_of_fold(repeated, fold, side)}
        for group in groups:
            placed = [f"{utt.id} ({sides[utt.id]})" for utt in group if utt.id in sides]
            if len({sides[utt.id] for utt in group if utt.id in sides}) > 1:
                shown = joint.join(placed[:SHOWN]) + f"{joint}…" * (len(placed) > SHOWN)
                crossing.setdefault(group[0].id, f"{shown} in fold {fold.number}")
    return crossing
