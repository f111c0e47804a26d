"""The conversations of the look-alike of Switchboard: callers, turns, votes, and traps."""

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest

from sentemo.core.errors import SentemoError
from sentemo.corpora.mini import english

CALLERS = (1000, 1024, 1033, 1058, 1067, 1105, 1129, 1146, 1170, 1192)
FIRST_CONVERSATION = 2001
# Each caller talks with the next one and with the third next one, in four conversations in all.
DISTANCES = (1, 3)
VOTE_OF_EMOTION = {
    "angry": "Negative-{Anger}",
    "sad": "Negative-{Sadness}",
    "happy": "Positive-{Laughter}",
    "neutral": "Neutral-{No emotion}",
}
SHIFT = 0.02  # seconds between a label's times and the transcript's, for every third label
TRAP_LABELS = (  # a label between the segments, and a label that repeats an utterance
    "sw02021_4\t0.75\t1.5\tNeutral-{No emotion}#Neutral-{No emotion}",
    "sw02021_4\t0.75\t1.5\tNegative-{Anger}",
)


@dataclass(frozen=True)
class Turn:
    """A turn of one caller, while the other caller is silent or says "right".

    Parameters
    ----------
    side
        ``A`` or ``B``.
    emotion
        One of the keys of `VOTE_OF_EMOTION`.
    line
        The sentence and its prosody.
    tagged
        The words as in the transcript.
    votes
        The votes as in the labels.
    shift
        Seconds from the transcript's times to the label's.
    echo
        Seconds from this turn's times to those of the other caller's "right"; None for silence.
    """

    side: str
    emotion: str
    line: english.Line
    tagged: str
    votes: str
    shift: float = 0.0
    echo: float | None = None


@dataclass(frozen=True)
class Conversation:
    """A conversation: its number, the numbers of its callers, and its turns."""

    number: int
    callers: tuple[int, int]
    turns: tuple[Turn, ...]


def plan(seed: int, per_speaker: int) -> list[Conversation]:
    """Draw the conversations of a look-alike.

    Parameters
    ----------
    seed
        Seed of texts, prosody and votes.
    per_speaker
        Utterances of each of the 10 callers, divided evenly among the emotions, 4 to 100.

    Returns
    -------
    list
        The conversations; the last one consists of traps.

    Raises
    ------
    SentemoError
        When `per_speaker` is out of range.
    """
    if not 4 <= per_speaker <= 100:
        raise SentemoError(f"--per_speaker {per_speaker}: 4 (one in each conversation) to 100")
    pairs = [
        (caller, (caller + distance) % len(CALLERS))
        for distance in DISTANCES
        for caller in range(len(CALLERS))
    ]
    turns = [_draw_turns(caller, seed, per_speaker) for caller in range(len(CALLERS))]
    conversations = []
    for number, pair in enumerate(pairs, start=FIRST_CONVERSATION):
        of_sides = [
            [replace(turn, side=side) for turn in _share(turns[caller], caller, pair, pairs)]
            for side, caller in zip("AB", pair, strict=True)
        ]
        callers = (CALLERS[pair[0]], CALLERS[pair[1]])
        conversations.append(Conversation(number, callers, _in_turns(*of_sides)))
    return [*conversations, _traps(FIRST_CONVERSATION + len(pairs), seed)]


def _share(
    turns: Sequence[Turn], caller: int, pair: tuple[int, int], pairs: Sequence[tuple[int, int]]
) -> Sequence[Turn]:
    """Return the turns of a caller in one of the caller's conversations."""
    own = [other for other in pairs if caller in other]
    index = own.index(pair)
    return turns[index * len(turns) // len(own) : (index + 1) * len(turns) // len(own)]


def _draw_turns(caller: int, seed: int, count: int) -> list[Turn]:
    draw = random.Random(f"swbd_sentiment {seed} {CALLERS[caller]}")
    turns = []
    for index in range(count):
        emotion = list(english.EMOTIONS)[(caller + index) % len(english.EMOTIONS)]
        line = english.draw_line(emotion, english.SPEAKERS[caller], draw)
        own = VOTE_OF_EMOTION[emotion]
        votes = [own, own, draw.choice(["Neutral-{Questioning}", "Mixed-{Mixed emotions}", own])]
        draw.shuffle(votes)
        tagged = _tagged(line.text, emotion, index)
        turns.append(Turn("", emotion, line, tagged, "#".join(votes), SHIFT * (index % 3 == 2)))
    return turns


def _tagged(text: str, emotion: str, index: int) -> str:
    """Return a sentence with tags as in the transcripts."""
    words = re.sub(r"[^a-z' ]", "", text.lower()).split()
    if emotion == "happy":
        words[-1:] = [f"[laughter-{words[-1]}]"] if index % 2 else [words[-1], "[laughter]"]
    elif index % 4 == 1:
        words[:1] = [f"{words[0][0]}[{words[0][1:]}]-" if words[0][1:] else "i-", words[0]]
    elif index % 4 == 2:
        words = ["[vocalized-noise]", "<b_aside>", *words[:2], "<e_aside>", *words[2:]]
    elif index % 4 == 3:
        words = [f"{words[0]}_1", *words[1:-1], f"[{words[-1][1:]}/{words[-1]}]", "[noise]"]
    return " ".join(words)


def _in_turns(first: Sequence[Turn], second: Sequence[Turn]) -> tuple[Turn, ...]:
    """Alternate the turns of two callers, until both have none left."""
    return tuple(turn for both in zip_longest(first, second) for turn in both if turn)


def _traps(number: int, seed: int) -> Conversation:
    draw = random.Random(f"swbd_sentiment {seed} traps")
    tied = "#".join(("Positive-{Laughter}", "Neutral-{Questioning}", "Negative-{Anger}"))
    undecided = "Mixed-{Mixed emotions}#Unsure-{Noise}"
    clear = "#".join([VOTE_OF_EMOTION["neutral"]] * 3)
    kinds = ((tied, None), (undecided, None), (clear, 0.0), (clear, 0.03))
    turns = []
    for votes, echo in kinds:
        line = english.draw_line("neutral", english.SPEAKERS[0], draw)
        turns.append(Turn("A", "neutral", line, _tagged(line.text, "neutral", 0), votes, 0.0, echo))
    return Conversation(number, (CALLERS[0], CALLERS[1]), tuple(turns))
