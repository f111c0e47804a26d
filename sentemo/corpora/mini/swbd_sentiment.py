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
from typing import TYPE_CHECKING

from sentemo.corpora import voice
from sentemo.corpora.mini import english, speech
from sentemo.corpora.mini.swbd_calls import CALLERS, TRAP_LABELS, Conversation, Turn, plan
from sentemo.data.audio import FULL_SCALE, to_int16

if TYPE_CHECKING:
    import numpy as np

CALLERS_PATH = "LDC97S62/call_con_tab.csv"
LABELS_PATH = "LDC2020T14/speech_sentiment_annotations/data/sentiment_labels.tsv"
TELEPHONE_RATE = 8000
PAUSE = 0.2  # seconds before each turn, and at the end


def build(dest: Path, seed: int, per_speaker: int) -> str:
    """Fill the empty directory `dest` with a look-alike, and return a summary.

    Parameters and errors are those of `plan`.
    """
    *calls, traps = plan(seed, per_speaker)
    labels: list[tuple[str, str]] = []
    callers: list[str] = []
    seconds = 0.0
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
    """Return start and end of each turn in seconds, at exact samples."""
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
    """Write a conversation as two-channel mu-law SPHERE, in the folder of one of two discs."""
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
        to_int16(room / FULL_SCALE),
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
        segments: list[str] = []
        words: list[str] = []
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
    """Return the segments of a side, which is silent while the other caller speaks.

    A silent segment has exactly the times of the other caller's turn.
    """
    segments: list[tuple[float, float, str]] = []
    last = 0.0
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


def _write_lines(path: Path, lines: Sequence[str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8", newline="\n")
