"""Synthetic look-alikes of corpora: small, free, reproducible, in the original's layout on disk.

They exist so that a recipe runs from end to end without any data. Pitch, its range, tempo,
loudness and the choice of words depend on the emotion; speakers differ, and the emotions overlap.
"""

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sentemo.corpora import emodb, voice
from sentemo.errors import SentemoError
from sentemo.stages import Marker, atomic_dir, fingerprint

MARKER = ".done.mini_corpus.json"
SAMPLE_RATE = 16000
# A recording room: digital silence would be an outlier that no microphone ever delivers.
ROOM_NOISE = 4.0  # standard deviation, on the int16 scale


@dataclass(frozen=True)
class Prosody:
    """How a sentence is spoken, in the units of `voice.synthesize`."""

    rate: float
    pitch: float
    pitch_range: float
    volume: float


@dataclass(frozen=True)
class Speaker:
    """A variant of the espeak-ng voice, and the pitch at which that speaker is neutral."""

    variant: str
    pitch: float


@dataclass(frozen=True)
class Emotion:
    """Mean prosody of an emotion (pitch: relative to the speaker's) and its favourite texts."""

    prosody: Prosody
    texts: tuple[str, ...]


@dataclass(frozen=True)
class MiniUtterance:
    """One file to be: its name, the text's code, and how it is spoken."""

    name: str
    text: str
    voice: str
    prosody: Prosody
    recognised: int
    natural: int


# The original's speakers, with voices of their gender.
EMODB_SPEAKERS = {
    "03": Speaker("m1", 58),
    "08": Speaker("f1", 46),
    "09": Speaker("f4", 54),
    "10": Speaker("m2", 46),
    "11": Speaker("m3", 62),
    "12": Speaker("m4", 50),
    "13": Speaker("linda", 34),
    "14": Speaker("belinda", 44),
    "15": Speaker("m7", 42),
    "16": Speaker("Annie", 30),
}
# Anger, happiness, sadness, neutral.
EMODB_EMOTIONS = {
    "W": Emotion(Prosody(rate=204, pitch=22, pitch_range=88, volume=90), ("a01", "b02", "b10")),
    "F": Emotion(Prosody(rate=184, pitch=25, pitch_range=92, volume=68), ("a07", "b03", "b09")),
    "T": Emotion(Prosody(rate=132, pitch=-14, pitch_range=16, volume=37), ("a04", "a05", "b03")),
    "N": Emotion(Prosody(rate=168, pitch=0, pitch_range=36, volume=60), ("a01", "a02", "b01")),
}
# A favourite text is drawn this many times as often as another.
FAVOURITE = 6
# Standard deviation of an utterance around its emotion: this is what makes emotions overlap.
VARIATION = Prosody(rate=14, pitch=6, pitch_range=12, volume=9)


def plan_emodb(seed: int, per_speaker: int) -> list[MiniUtterance]:
    """Draw the utterances of a look-alike of EmoDB, sorted by name.

    Parameters
    ----------
    seed
        Another seed draws other texts and other variations of the prosody.
    per_speaker
        Utterances of each of the 10 speakers, shared evenly among the four emotions, 4 to 100.
        A larger number keeps the smaller one's utterances.

    Raises
    ------
    SentemoError
        `per_speaker` is out of range.
    """
    if not len(EMODB_EMOTIONS) <= per_speaker <= 100:
        raise SentemoError(
            f"--per_speaker {per_speaker}: 4 (one of each emotion) to 100 (versions a to z)"
        )
    planned = []
    for number, speaker in EMODB_SPEAKERS.items():
        # A string seed: Python promises the same draws in every version.
        draw = random.Random(f"emodb {seed} {number}")
        versions: Counter[str] = Counter()
        for index in range(per_speaker):
            letter = list(EMODB_EMOTIONS)[index % len(EMODB_EMOTIONS)]
            emotion = EMODB_EMOTIONS[letter]
            text = _draw_text(emotion, draw)
            stem = f"{number}{text}{letter}"
            planned.append(
                MiniUtterance(
                    name=stem + chr(ord("a") + versions[stem]),
                    text=text,
                    voice=f"de+{speaker.variant}",
                    prosody=_draw_prosody(emotion, speaker, draw),
                    # The original kept what 80 % of 20 listeners recognised and 60 % believed.
                    recognised=draw.randrange(80, 101, 5),
                    natural=draw.randrange(60, 101, 5),
                )
            )
            versions[stem] += 1
    return sorted(planned, key=lambda utterance: utterance.name)


def build_emodb(dest: Path, seed: int, per_speaker: int) -> str:
    """Fill the empty directory `dest` with a look-alike of EmoDB; returns a summary of it.

    Parameters and errors are those of `plan_emodb`.
    """
    import numpy as np
    import soundfile

    planned = plan_emodb(seed, per_speaker)
    (dest / "wav").mkdir()
    seconds = 0.0
    for index, utterance in enumerate(planned):
        prosody = utterance.prosody
        samples, sample_rate = voice.synthesize(
            emodb.TEXTS[utterance.text],
            utterance.voice,
            rate=round(prosody.rate),
            pitch=round(prosody.pitch),
            pitch_range=round(prosody.pitch_range),
            volume=round(prosody.volume),
        )
        speech = voice.resample(samples, sample_rate, SAMPLE_RATE)
        noise = np.random.default_rng([seed, index]).normal(0, ROOM_NOISE, len(speech))
        path = dest / "wav" / f"{utterance.name}.wav"
        soundfile.write(path, voice.to_int16(speech + noise), SAMPLE_RATE, subtype="PCM_16")
        seconds += len(speech) / SAMPLE_RATE
    (dest / "erkennung.txt").write_text(_listening_test(planned), encoding="latin-1", newline="\n")
    return f"{len(planned)} utterances, {len(EMODB_SPEAKERS)} speakers, {seconds / 3600:.2f} h"


# Each builder fills an empty directory and returns a summary for the user.
BUILDERS: dict[str, Callable[[Path, int, int], str]] = {"emodb": build_emodb}


def make_mini_corpus(corpus: str, dest: Path, seed: int, per_speaker: int) -> str:
    """Make `dest` the look-alike of a corpus, unless it already is; returns a line for the user.

    Parameters
    ----------
    corpus
        A key of `BUILDERS`.
    dest
        Appears as a whole; replaced only when it is empty or an earlier mini corpus.
    seed
        0 or more.
    per_speaker
        Utterances of each speaker.

    Raises
    ------
    SentemoError
        `dest` holds something else, an option is out of range, or the voice is missing.
    """
    if seed < 0:
        raise SentemoError(f"--seed {seed}: must be 0 or more")
    dest = Path(dest)
    if dest.exists() and not _is_replaceable(dest):
        raise SentemoError(
            f"{dest}: exists and is not a mini corpus, so it stays as it is. "
            "Give another --dest, or remove it yourself."
        )
    options = {
        "corpus": corpus,
        "seed": seed,
        "per_speaker": per_speaker,
        "voice": voice.voice_version(),
        "code": [fingerprint(Path(source)) for source in (__file__, voice.__file__)],
    }
    if Marker(dest / MARKER, [], options).is_current():
        return f"{dest}: up to date"
    with atomic_dir(dest.resolve()) as aside:
        summary = BUILDERS[corpus](aside, seed, per_speaker)
        Marker(aside / MARKER, [], options).write()
    return f"{dest}: {summary}"


def _is_replaceable(dest: Path) -> bool:
    return dest.is_dir() and ((dest / MARKER).is_file() or not any(dest.iterdir()))


def _draw_text(emotion: Emotion, draw: random.Random) -> str:
    weights = [FAVOURITE if text in emotion.texts else 1 for text in emodb.TEXTS]
    return draw.choices(list(emodb.TEXTS), weights)[0]


def _draw_prosody(emotion: Emotion, speaker: Speaker, draw: random.Random) -> Prosody:
    mean = emotion.prosody
    return Prosody(
        rate=_draw_between(80, 300, mean.rate, VARIATION.rate, draw),
        pitch=_draw_between(0, 99, speaker.pitch + mean.pitch, VARIATION.pitch, draw),
        pitch_range=_draw_between(0, 99, mean.pitch_range, VARIATION.pitch_range, draw),
        volume=_draw_between(15, 96, mean.volume, VARIATION.volume, draw),
    )


def _draw_between(
    low: float, high: float, mean: float, deviation: float, draw: random.Random
) -> float:
    return min(max(draw.gauss(mean, deviation), low), high)


def _listening_test(planned: list[MiniUtterance]) -> str:
    """The original's table: ordered by text, decimal commas, padded with no-break spaces."""
    pad = "\N{NO-BREAK SPACE}"
    lines = ["Nr.\tSatz\terkannt\tnatuerlich"]
    by_text = sorted(planned, key=lambda utterance: (utterance.text, utterance.name))
    for number, utterance in enumerate(by_text, start=1):
        rates = [f"{rate},00{pad * 5}" for rate in (utterance.recognised, utterance.natural)]
        lines.append("\t".join([f"{number}{pad * 2}", f"{utterance.name}.wav", *rates]))
    return "\n".join(lines) + "\n"
