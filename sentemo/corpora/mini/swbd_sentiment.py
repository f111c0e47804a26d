"""A look-alike of Switchboard and its sentiment labels: ten callers in twenty-one conversations.

``LDC97S62/`` holds audio, transcripts and callers, ``LDC2020T14/`` the labels, as in the releases.
The last conversation is made of traps: tied votes, votes for no class, both callers speaking at the
same time, or nearly so, a label that fits no segment, and one that names an utterance again.
"""

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING

from sentemo.core.errors import SentemoError
from sentemo.corpora import voice
from sentemo.corpora.mini import english, speech

if TYPE_CHECKING:
    import numpy as np

CALLERS_PATH = "LDC97S62/call_con_tab.csv"
LABELS_PATH = "LDC2020T14/speech_sentiment_annotations/data/sentiment_labels.tsv"
TELEPHONE_RATE = 8000
CALLERS = (1000, 1024, 1033, 1058, 1067, 1105, 1129, 1146, 1170, 1192)
FIRST_CONVERSATION = 2001
# Each caller talks with the next one, and with the one after two others: four conversations.
DISTANCES = (1, 3)
VOTE_OF_EMOTION = {
    "angry": "Negative-{Anger}",
    "sad": "Negative-{Sadness}",
    "happy": "Positive-{Laughter}",
    "neutral": "Neutral-{No emotion}",
}
PAUSE = 0.2  # seconds before each turn, and at the end
SHIFT = 0.02  # seconds between a label's times and the transcript's, for every third label
TRAP_LABELS = (  # between the segments, and the same utterance again
    "sw02021_4\t0.75\t1.5\tNeutral-{No emotion}#Neutral-{No emotion}",
    "sw02021_4\t0.75\t1.5\tNegative-{Anger}",
)


@dataclass(frozen=True)
class Turn:
    """What one caller says while the other is silent, or says something too.

    Parameters
    ----------
    side
        ``A`` or ``B``.
    emotion
        Out of `VOTE_OF_EMOTION`.
    line
        What is said and how.
    tagged
        The words as the transcript has them.
    votes
        As in the labels.
    shift
        From the transcript's times to the label's, in seconds.
    echo
        From this turn's times to those of the other caller's "right", in seconds, if there is one.
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
    """A call: its number, the numbers of its callers, and the turns."""

    number: int
    callers: tuple[int, int]
    turns: tuple[Turn, ...]


def plan(seed: int, per_speaker: int) -> list[Conversation]:
    """Draw the conversations of a look-alike.

    Parameters
    ----------
    seed
        Another seed draws other texts, prosody and votes.
    per_speaker
        Utterances of each of the 10 callers, shared evenly among the emotions, 4 to 100.

    Raises
    ------
    SentemoError
        `per_speaker` is out of range.
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
    """What a caller says in one of his conversations."""
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
    """Write a sentence with one of the transcripts' tags."""
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
    """Let two callers speak by turns, as long as they have something to say."""
    return tuple(turn for both in zip_longest(first, second) for turn in both if turn)


def _traps(number: int, seed: int) -> Conversation:
    draw = random.Random(f"swbd_sentiment {seed} traps")
    tied = "#".join(("Positive-{Laughter}", "Neutral-{Questioning}", "Negative-{Anger}"))
    nothing = "Mixed-{Mixed emotions}#Unsure-{Noise}"
    clear = "#".join([VOTE_OF_EMOTION["neutral"]] * 3)
    kinds = ((tied, None), (nothing, None), (clear, 0.0), (clear, 0.03))
    turns = []
    for votes, echo in kinds:
        line = english.draw_line("neutral", english.SPEAKERS[0], draw)
        turns.append(Turn("A", "neutral", line, _tagged(line.text, "neutral", 0), votes, 0.0, echo))
    return Conversation(number, (CALLERS[0], CALLERS[1]), tuple(turns))


def build(dest: Path, seed: int, per_speaker: int) -> str:
    """Fill the empty directory `dest` with a look-alike; returns a summary of it.

    Parameters and errors are those of `plan`.
    """
    *calls, traps = plan(seed, per_speaker)
    labels, callers, seconds = [], [], 0.0
    for index, call in enumerate((traps, *calls)):
        spoken = [
            voice.resample_int16(
                speech.speak(turn.line.text, turn.line.voice, turn.line.prosody, (seed, index, n)),
                speech.SAMPLE_RATE,
                TELEPHONE_RATE,
            )
            for n, turn in enumerate(call.turns)
        ]
        times = _times(spoken)
        _write_audio(dest, call, spoken, times, (seed, index))
        _write_transcripts(dest, call, times)
        labels += _labels(call, times)
        callers += [
            f'{call.number}, "{side}", {caller}, "555-2368", 5, 303, "", "Y"'
            for side, caller in zip("AB", call.callers, strict=True)
        ]
        seconds += sum(end - start for start, end in times)
    first, others = labels[: len(traps.turns)], labels[len(traps.turns) :]
    _write_lines(dest / CALLERS_PATH, sorted(callers))
    _write_lines(
        dest / LABELS_PATH,
        [*(line for _, line in first), *TRAP_LABELS, *_mixed(others, seed)],
    )
    for file in sorted((dest / "LDC97S62").rglob("sw*2001*")):
        file.with_name(f"._{file.name}").write_bytes(speech.RESOURCE_FILE)
    return f"{len(labels)} utterances, {len(CALLERS)} speakers, {seconds / 3600:.2f} h"


def _times(spoken: Sequence["np.ndarray"]) -> list[tuple[float, float]]:
    """Start and end of each turn in seconds, on the samples."""
    times, samples = [], 0
    for turn in spoken:
        samples += round(PAUSE * TELEPHONE_RATE)
        times.append((samples / TELEPHONE_RATE, (samples + len(turn)) / TELEPHONE_RATE))
        samples += len(turn)
    return times


def _write_audio(
    dest: Path,
    conversation: Conversation,
    spoken: Sequence["np.ndarray"],
    times: Sequence[tuple[float, float]],
    noise_seed: tuple[int, ...],
) -> None:
    """Write two-channel mu-law SPHERE, on one of two discs."""
    import numpy as np
    import soundfile

    length = round((times[-1][1] + PAUSE) * TELEPHONE_RATE)
    room = np.random.default_rng(noise_seed).normal(0, speech.ROOM_NOISE, (length, 2))
    for turn, samples, (start, _) in zip(conversation.turns, spoken, times, strict=True):
        first = round(start * TELEPHONE_RATE)
        room[first : first + len(samples), "AB".index(turn.side)] += samples
    disc = dest / f"LDC97S62/swb1_d{1 + conversation.number % 2}/data"
    disc.mkdir(parents=True, exist_ok=True)
    suffix = "SPH" if conversation.number % 5 == 0 else "sph"
    soundfile.write(
        disc / f"sw0{conversation.number}.{suffix}",
        voice.to_int16(room),
        TELEPHONE_RATE,
        format="NIST",
        subtype="ULAW",
    )


def _write_transcripts(
    dest: Path, conversation: Conversation, times: Sequence[tuple[float, float]]
) -> None:
    number = conversation.number
    folder = dest / f"LDC97S62/swb_ms98_transcriptions/{number // 100}/{number}"
    for side in "AB":
        segments, words = [], []
        for start, end, text in _segments(conversation.turns, times, side):
            name = f"sw{number}{side}-ms98-a-{len(segments) + 1:04}"
            segments.append(f"{name} {start:.6f} {end:.6f} {text}")
            tokens = text.split()
            step = (end - start) / len(tokens)
            for index, token in enumerate(tokens):
                from_, to = start + index * step, start + (index + 1) * step
                words.append(f"{name} {from_:.6f} {to:.6f} {token}")
        _write_lines(folder / f"sw{number}{side}-ms98-a-trans.text", segments)
        _write_lines(folder / f"sw{number}{side}-ms98-a-word.text", words)


def _segments(
    turns: Sequence[Turn], times: Sequence[tuple[float, float]], side: str
) -> list[tuple[float, float, str]]:
    """The whole time of a side: silent while the other caller speaks, with the very same times."""
    segments, last = [], 0.0
    for turn, (start, end) in zip(turns, times, strict=True):
        if turn.side == side:
            segment = (start, end, turn.tagged)
        elif turn.echo is None:
            segment = (start, end, "[silence]")
        else:
            segment = (start + turn.echo, end + turn.echo, "right")
        segments += [(last, segment[0], "[silence]"), segment]
        last = segment[1]
    return [*segments, (last, last + PAUSE, "[silence]")]


def _labels(
    conversation: Conversation, times: Sequence[tuple[float, float]]
) -> list[tuple[str, str]]:
    """A line of the labels for each turn, with its emotion."""
    lines = []
    for index, (turn, (start, end)) in enumerate(zip(conversation.turns, times, strict=True)):
        from_, to = round(start + turn.shift, 6), round(end + turn.shift, 6)
        line = f"sw0{conversation.number}_{index}\t{from_}\t{to}\t{turn.votes}"
        lines.append((turn.emotion, line))
    return lines


def _mixed(labels: Sequence[tuple[str, str]], seed: int) -> list[str]:
    """Mix the lines, that a split by their order has all classes and conversations everywhere."""
    of_emotion = {emotion: [] for emotion in english.EMOTIONS}
    for emotion, line in labels:
        of_emotion[emotion].append(line)
    draw = random.Random(f"swbd_sentiment {seed} order")
    for lines in of_emotion.values():
        draw.shuffle(lines)
    return [line for some in zip_longest(*of_emotion.values()) for line in some if line]


def _write_lines(path: Path, lines: Sequence[str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8", newline="\n")
