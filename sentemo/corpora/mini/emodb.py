"""A look-alike of EmoDB: the original's speakers, texts and file names, with four emotions."""

import random
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from sentemo.core.errors import SentemoError
from sentemo.corpora import emodb
from sentemo.corpora.mini.speech import (
    SAMPLE_RATE,
    Emotion,
    Prosody,
    Speaker,
    draw_prosody,
    draw_text,
    speak,
)


@dataclass(frozen=True)
class EmoDBUtterance:
    """A planned file: its name, the text's code, voice and prosody, and the listening test.

    `recognised` and `natural` are the percentages of the listening test.
    """

    name: str
    text: str
    voice: str
    prosody: Prosody
    recognised: int
    natural: int


# Speakers of the original, with voices of the same gender.
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
# Emotions by letter: anger, happiness, sadness, neutral.
EMODB_EMOTIONS = {
    "W": Emotion(Prosody(rate=204, pitch=22, pitch_range=88, volume=90), ("a01", "b02", "b10")),
    "F": Emotion(Prosody(rate=184, pitch=25, pitch_range=92, volume=68), ("a07", "b03", "b09")),
    "T": Emotion(Prosody(rate=132, pitch=-14, pitch_range=16, volume=37), ("a04", "a05", "b03")),
    "N": Emotion(Prosody(rate=168, pitch=0, pitch_range=36, volume=60), ("a01", "a02", "b01")),
}


def plan(seed: int, per_speaker: int) -> list[EmoDBUtterance]:
    """Draw the utterances of a look-alike of EmoDB, sorted by name.

    Parameters
    ----------
    seed
        Seed of texts and prosody.
    per_speaker
        Utterances of each of the 10 speakers, divided evenly among the four emotions, 4 to 100.
        A larger number adds utterances to those of a smaller one.

    Raises
    ------
    SentemoError
        When `per_speaker` is out of range.
    """
    if not len(EMODB_EMOTIONS) <= per_speaker <= 100:
        raise SentemoError(
            f"--per_speaker {per_speaker}: 4 (one of each emotion) to 100 (versions a to z)"
        )
    planned = []
    for number, speaker in EMODB_SPEAKERS.items():
        # A string seed gives the same draws in every version of Python.
        draw = random.Random(f"emodb {seed} {number}")
        versions: Counter[str] = Counter()
        for index in range(per_speaker):
            letter = list(EMODB_EMOTIONS)[index % len(EMODB_EMOTIONS)]
            emotion = EMODB_EMOTIONS[letter]
            text = draw_text(emotion, list(emodb.TEXTS), draw)
            stem = f"{number}{text}{letter}"
            planned.append(
                EmoDBUtterance(
                    name=stem + chr(ord("a") + versions[stem]),
                    text=text,
                    voice=f"de+{speaker.variant}",
                    prosody=draw_prosody(emotion, speaker, draw),
                    # In the original, 80 % of 20 listeners recognised and 60 % believed each file.
                    recognised=draw.randrange(80, 101, 5),
                    natural=draw.randrange(60, 101, 5),
                )
            )
            versions[stem] += 1
    return sorted(planned, key=lambda utterance: utterance.name)


def build(dest: Path, seed: int, per_speaker: int) -> str:
    """Fill the empty directory `dest` with a look-alike of EmoDB, and return a summary.

    Parameters and errors are those of `plan`.
    """
    import soundfile

    planned = plan(seed, per_speaker)
    (dest / "wav").mkdir()
    seconds = 0.0
    for index, utterance in enumerate(planned):
        speech = speak(
            emodb.TEXTS[utterance.text], utterance.voice, utterance.prosody, (seed, index)
        )
        path = dest / "wav" / f"{utterance.name}.wav"
        soundfile.write(path, speech, SAMPLE_RATE, subtype="PCM_16")
        seconds += len(speech) / SAMPLE_RATE
    (dest / "erkennung.txt").write_text(_listening_test(planned), encoding="latin-1", newline="\n")
    return f"{len(planned)} utterances, {len(EMODB_SPEAKERS)} speakers, {seconds / 3600:.2f} h"


def _listening_test(planned: list[EmoDBUtterance]) -> str:
    """Return a table as in the original: by text, with decimal commas and no-break spaces."""
    pad = "\N{NO-BREAK SPACE}"
    lines = ["Nr.\tSatz\terkannt\tnatuerlich"]
    by_text = sorted(planned, key=lambda utterance: (utterance.text, utterance.name))
    for number, utterance in enumerate(by_text, start=1):
        rates = [f"{rate},00{pad * 5}" for rate in (utterance.recognised, utterance.natural)]
        lines.append("\t".join([f"{number}{pad * 2}", f"{utterance.name}.wav", *rates]))
    return "\n".join(lines) + "\n"
