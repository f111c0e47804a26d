"""The look-alike of Switchboard: audio, transcripts and callers of planned conversations."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from sentemo.corpora import voice
from sentemo.corpora.mini import speech
from sentemo.corpora.mini.swbd_calls import Conversation, Turn
from sentemo.data.audio import FULL_SCALE, to_int16

if TYPE_CHECKING:
    import numpy as np

CALLERS_PATH = "LDC97S62/call_con_tab.csv"
TELEPHONE_RATE = 8000
PAUSE = 0.2  # seconds before each turn, and at the end
Times = list[tuple[float, float]]  # start and end of each turn in seconds


def write_switchboard(
    dest: Path, conversations: Sequence[Conversation], seed: int
) -> tuple[list[Times], float]:
    """Write ``LDC97S62/``; return the times of the turns of each conversation, and all seconds."""
    callers: list[str] = []
    found: list[Times] = []
    for index, call in enumerate(conversations):
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
        callers += [
            f'{call.number}, "{side}", {caller}, "555-2368", 5, 303, "", "Y"'
            for side, caller in zip("AB", call.callers, strict=True)
        ]
        found.append(times)
    write_lines(dest / CALLERS_PATH, sorted(callers))
    return found, sum(end - start for times in found for start, end in times)


def add_resource_files(dest: Path) -> None:
    """Add resource files of macOS beside the first conversation's files."""
    for file in sorted((dest / "LDC97S62").rglob("sw*2001*")):
        file.with_name(f"._{file.name}").write_bytes(speech.RESOURCE_FILE)


def _times(spoken: Sequence["np.ndarray"]) -> Times:
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
        write_lines(folder / f"sw{number}{side}-ms98-a-trans.text", segments)
        write_lines(folder / f"sw{number}{side}-ms98-a-word.text", words)


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


def write_lines(path: Path, lines: Sequence[str]) -> None:
    """Write a file of lines, with its folders."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8", newline="\n")
