"""A look-alike of Switchboard and its sentiment labels: ten callers in twenty-one conversations.

``LDC97S62/`` contains audio, transcripts and callers, ``LDC2020T14/`` the labels, as in the
releases. The last conversation consists of traps: tied votes, votes for no class, both callers
speaking at the same time or nearly so, a label that matches no segment, and a label that repeats an
utterance.
"""

import random
from collections.abc import Sequence
from itertools import zip_longest
from pathlib import Path

from sentemo.corpora.mini import english
from sentemo.corpora.mini.swbd_calls import CALLERS, TRAP_LABELS, Conversation, plan
from sentemo.corpora.mini.switchboard import (
    Times,
    add_resource_files,
    write_lines,
    write_switchboard,
)

LABELS_PATH = "LDC2020T14/speech_sentiment_annotations/data/sentiment_labels.tsv"


def build(dest: Path, seed: int, per_speaker: int) -> str:
    """Fill the empty directory `dest` with a look-alike, and return a summary.

    Parameters and errors are those of `plan`.
    """
    *calls, traps = plan(seed, per_speaker)
    conversations = (traps, *calls)
    times, seconds = write_switchboard(dest, conversations, seed)
    labels = [
        label
        for call, of_call in zip(conversations, times, strict=True)
        for label in _labels(call, of_call)
    ]
    first, others = labels[: len(traps.turns)], labels[len(traps.turns) :]
    write_lines(
        dest / LABELS_PATH,
        [*(line for _, line in first), *TRAP_LABELS, *_mixed(others, seed)],
    )
    add_resource_files(dest)
    return f"{len(labels)} utterances, {len(CALLERS)} speakers, {seconds / 3600:.2f} h"


def _labels(conversation: Conversation, times: Times) -> list[tuple[str, str]]:
    """Return the emotion and the line of the labels for each turn."""
    lines = []
    for index, (turn, (start, end)) in enumerate(zip(conversation.turns, times, strict=True)):
        from_, to = round(start + turn.shift, 6), round(end + turn.shift, 6)
        line = f"sw0{conversation.number}_{index}\t{from_}\t{to}\t{turn.votes}"
        lines.append((turn.emotion, line))
    return lines


def _mixed(labels: Sequence[tuple[str, str]], seed: int) -> list[str]:
    """Shuffle the lines, so that a split by their order has all classes on all sides."""
    of_emotion: dict[str, list[str]] = {emotion: [] for emotion in english.EMOTIONS}
    for emotion, line in labels:
        of_emotion[emotion].append(line)
    draw = random.Random(f"swbd_sentiment {seed} order")
    for lines in of_emotion.values():
        draw.shuffle(lines)
    return [line for some in zip_longest(*of_emotion.values()) for line in some if line]
