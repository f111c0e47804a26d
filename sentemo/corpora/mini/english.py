"""English speakers of the mini corpora: voices, sentences of each emotion, and ratings."""

import random
import re
from dataclasses import dataclass, replace

from sentemo.core.errors import SentemoError
from sentemo.corpora.mini.speech import (
    Emotion,
    Prosody,
    Speaker,
    draw_prosody,
    draw_text,
)

# Alternately male and female voices that repeat exactly (see `voice.synthesize`).
SPEAKERS = (
    Speaker("m1", 58),
    Speaker("f1", 46),
    Speaker("m2", 46),
    Speaker("f4", 54),
    Speaker("m3", 62),
    Speaker("linda", 34),
    Speaker("m4", 50),
    Speaker("belinda", 44),
    Speaker("m7", 42),
    Speaker("Annie", 30),
)
TEXTS_OF_EMOTION = {
    "angry": (
        "I told you not to touch it.",
        "That is a damn lie and you know it.",
        "Get out of my office right now.",
    ),
    "happy": (
        "That is wonderful, I am so glad.",
        "We won, can you believe it?",
        "What a great surprise, thank you.",
    ),
    "sad": (
        "I miss her every single day.",
        "There is nothing left for me here.",
        "I am sorry, it is all my fault.",
    ),
    "neutral": (
        "I need to see your papers.",
        "The office opens at nine.",
        "We live in a small town near the lake.",
    ),
}
_PUNCTUATION = re.compile(r"[^A-Z' ]")
MOST_READINGS = 100  # of a speaker
ALL_TEXTS = tuple(text for texts in TEXTS_OF_EMOTION.values() for text in texts)
EMOTIONS = {
    "angry": Emotion(Prosody(204, 22, 88, 90), TEXTS_OF_EMOTION["angry"]),
    "happy": Emotion(Prosody(184, 25, 92, 68), TEXTS_OF_EMOTION["happy"]),
    "sad": Emotion(Prosody(132, -14, 16, 37), TEXTS_OF_EMOTION["sad"]),
    "neutral": Emotion(Prosody(168, 0, 36, 60), TEXTS_OF_EMOTION["neutral"]),
}


@dataclass(frozen=True)
class Line:
    """A planned sentence: its text, voice and prosody, and its ratings.

    `activation`, `valence` and `dominance` are between 0 and 1.
    """

    text: str
    voice: str
    prosody: Prosody
    activation: float
    valence: float
    dominance: float


def draw_line(emotion: str, speaker: Speaker, draw: random.Random) -> Line:
    """Draw a sentence of `speaker` in one of the `EMOTIONS`."""
    text = draw_text(EMOTIONS[emotion], ALL_TEXTS, draw)
    prosody = draw_prosody(EMOTIONS[emotion], speaker, draw)
    activation, valence, dominance = rate(text, prosody, speaker)
    return Line(text, f"en-us+{speaker.variant}", prosody, activation, valence, dominance)


def draw_readings(speaker: Speaker, count: int, seed: str) -> list[Line]:
    """Draw sentences that a speaker reads in a neutral voice: capitals without punctuation.

    Readers have no favourite texts: every sentence is equally likely.

    Parameters
    ----------
    count
        Number of sentences, 1 to 100. A larger number adds sentences to those of a smaller one.
    seed
        Text that decides the draws; unlike a number, it gives the same ones in every version of
        Python.

    Raises
    ------
    SentemoError
        When `count` is out of range.
    """
    if not 1 <= count <= MOST_READINGS:
        raise SentemoError(f"--per_speaker {count}: 1 to {MOST_READINGS}")
    draw = random.Random(seed)
    lines = []
    for _ in range(count):
        line = draw_line("neutral", speaker, draw)
        text = _PUNCTUATION.sub("", draw.choice(ALL_TEXTS).upper())
        lines.append(replace(line, text=text))
    return lines


def rate(text: str, prosody: Prosody, speaker: Speaker) -> tuple[float, float, float]:
    """Rate a sentence as a smooth function of its prosody; valence also depends on its words.

    Returns
    -------
    activation, valence, dominance
        Between 0 and 1.
    """
    tempo = _within(prosody.rate, 100, 240)
    loudness = _within(prosody.volume, 20, 96)
    height = _within(prosody.pitch - speaker.pitch, -30, 40)
    variety = _within(prosody.pitch_range, 0, 99)
    unpleasant_texts = TEXTS_OF_EMOTION["sad"] + TEXTS_OF_EMOTION["angry"]
    pleasant = 1.0 * (text in TEXTS_OF_EMOTION["happy"]) - 1.0 * (text in unpleasant_texts)
    harsh = max(loudness + tempo - height - 0.5, 0.0)
    return (
        (tempo + loudness + height) / 3,
        _within(0.5 + 0.3 * pleasant + 0.2 * variety - 0.2 * harsh, 0, 1),
        (loudness + tempo + 1 - height / 2) / 3,
    )


def _within(value: float, low: float, high: float) -> float:
    return min(max((value - low) / (high - low), 0.0), 1.0)
