"""A look-alike of Switchboard-Affect: the conversations of Switchboard's, rated by six graders.

``LDC97S62/`` contains audio, transcripts and callers, ``ml-switchboard-affect/`` the ratings. The
columns have the names that the parser looks for first; those of the release are not known here. The
last conversation consists of traps: a segment of six opinions, one of another class, one of the
caller whose side is not listed, and one that five graders rated.
"""

import csv
import random
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from sentemo.corpora.mini.swbd_calls import CALLERS, Conversation, Turn, plan
from sentemo.corpora.mini.switchboard import (
    CALLERS_PATH,
    add_resource_files,
    write_lines,
    write_switchboard,
)

LABELS_PATH = "ml-switchboard-affect/labels_detailed.csv"
HEADER = ("segment", "grader", "primary", "secondary", "valence", "activation", "dominance")
GRADERS = 6
CLASSES_OF_EMOTION = {
    "angry": ("Anger", "Disgust", "Contempt"),
    "happy": ("Happiness", "Surprise", "Tenderness"),
    "sad": ("Sadness", "Fear"),
    "neutral": ("Neutral", "Calmness"),
}
EVERY_CLASS = tuple(name for names in CLASSES_OF_EMOTION.values() for name in names)
Votes = list[tuple[str, str]]  # primary and secondary emotion of each grader


def build(dest: Path, seed: int, per_speaker: int) -> str:
    """Fill the empty directory `dest` with a look-alike, and return a summary.

    Parameters and errors are those of `swbd_calls.plan`.
    """
    conversations = plan(seed, per_speaker)
    _, seconds = write_switchboard(dest, conversations, seed)
    callers = dest / CALLERS_PATH
    last = f"{conversations[-1].number}, "
    # The trap's caller A is known as CALLERS[0]; side B of that conversation is not listed.
    kept = [line for line in callers.read_text().splitlines() if not line.startswith(f'{last}"B"')]
    write_lines(callers, kept)
    rows = [HEADER, *_rows(conversations, seed)]
    path = dest / LABELS_PATH
    path.parent.mkdir(parents=True)
    with open(path, "w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows(rows)
    add_resource_files(dest)
    segments = len({row[0] for row in rows[1:]})
    return f"{segments} utterances, {len(CALLERS)} speakers, {seconds / 3600:.2f} h"


def _rows(conversations: Sequence[Conversation], seed: int) -> list[tuple[str, ...]]:
    turns: Counter[tuple[int, str]] = Counter()  # of each caller and emotion
    rows = []
    *calls, traps = conversations
    for call in calls:
        for index, turn in enumerate(call.turns):
            caller = call.callers["AB".index(turn.side)]
            names = CLASSES_OF_EMOTION[turn.emotion]
            # Each caller begins with another class, so that every class has callers everywhere.
            place = CALLERS.index(caller) + turns[caller, turn.emotion]
            turns[caller, turn.emotion] += 1
            name = segment_name(call, index, turn.side)
            draw = random.Random(f"swbd_affect {seed} {name}")
            rows += _rated(name, turn, _votes(names[place % len(names)], draw), draw)
    for index, (turn, votes, side) in enumerate(_traps(traps)):
        name = segment_name(traps, index, side)
        rows += _rated(name, turn, votes, random.Random(f"swbd_affect {seed} {name}"))
    return rows


def segment_name(call: Conversation, turn: int, side: str) -> str:
    """Return the segment of a turn; each turn has two on either side, the first one silent."""
    return f"sw{call.number}{side}-ms98-a-{2 * turn + 2:04}"


def _votes(name: str, draw: random.Random) -> Votes:
    """Draw what six graders chose: three the class first, one second, and two anything."""
    others = [(draw.choice(EVERY_CLASS), "") for _ in range(GRADERS - 4)]
    votes = [
        (name, ""),
        (name, draw.choice(EVERY_CLASS)),
        (name, ""),
        (draw.choice(EVERY_CLASS), name),
    ]
    return draw.sample([*votes, *others], GRADERS)


def _traps(traps: Conversation) -> list[tuple[Turn, Votes, str]]:
    six = [(name, "") for name in EVERY_CLASS[:GRADERS]]
    clear = [("Neutral", "")] * GRADERS
    votes = (six, [("Other", "")] * GRADERS, clear, clear[1:])
    sides = ("A", "A", "B", "A")  # B says "right" during the third turn
    return list(zip(traps.turns, votes, sides, strict=True))


def _rated(name: str, turn: Turn, votes: Votes, draw: random.Random) -> list[tuple[str, ...]]:
    line = turn.line
    rows = []
    for grader, (primary, secondary) in enumerate(votes, start=1):
        ratings = (
            str(min(max(round(draw.gauss(1 + 4 * share, 0.5)), 1), 5))
            for share in (line.valence, line.activation, line.dominance)
        )
        rows.append((name, f"grader{grader}", primary, secondary, *ratings))
    return rows
