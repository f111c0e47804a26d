"""A look-alike of nEMO: the original's speakers, emotions, layout and rate, other sentences."""

import random
from dataclasses import dataclass
from pathlib import Path

from sentemo.core.errors import SentemoError
from sentemo.corpora import nemo
from sentemo.corpora.mini.speech import (
    RESOURCE_FILE,
    Emotion,
    Prosody,
    Speaker,
    draw_prosody,
    speak,
)

NEMO_SAMPLE_RATE = 24000  # as the original's
# The original's speakers, with voices of their gender.
NEMO_SPEAKERS = {
    "EB0": Speaker("f1", 46),
    "IC0": Speaker("f4", 54),
    "KD0": Speaker("linda", 34),
    "KS0": Speaker("m1", 58),
    "MK0": Speaker("Annie", 30),
    "MP0": Speaker("m2", 46),
    "SM0": Speaker("m3", 62),
    "TP0": Speaker("m4", 50),
    "WR0": Speaker("m7", 42),
}
# No favourite texts: in the original every sentence is said in every emotion.
NEMO_EMOTIONS = {
    "anger": Emotion(Prosody(rate=204, pitch=22, pitch_range=88, volume=78), ()),
    "fear": Emotion(Prosody(rate=196, pitch=12, pitch_range=24, volume=46), ()),
    "happiness": Emotion(Prosody(rate=184, pitch=25, pitch_range=92, volume=64), ()),
    "neutral": Emotion(Prosody(rate=168, pitch=0, pitch_range=36, volume=60), ()),
    "sadness": Emotion(Prosody(rate=132, pitch=-14, pitch_range=16, volume=37), ()),
    "surprised": Emotion(Prosody(rate=150, pitch=30, pitch_range=98, volume=68), ()),
}
NEMO_MISSING = {("MK0", "surprised")}  # in the original, too
NEMO_TEXTS = (
    "Dzisiaj jest piękna pogoda.",
    "Pociąg przyjeżdża o szóstej.",
    "Gdzie położyłeś klucze?",
    "Jutro idziemy do kina.",
    "Na stole leży zielone jabłko.",
    "Sklep jest zamknięty, wracajmy.",
    "Mój brat gra na skrzypcach.",
    "Za oknem pada deszcz.",
    "Zadzwoń do mnie wieczorem.",
    "Kot śpi pod łóżkiem.",
    "Proszę zamknąć drzwi.",
    "Ta książka ma sto stron.",
    "Wczoraj widziałem twoją siostrę.",
    "Autobus znowu się spóźnił.",
    "W szufladzie nic nie ma.",
    "Babcia upiekła chleb.",
    "Nie wiem, kto to napisał.",
    "Jezioro jest głębokie i zimne.",
    "Mamy jeszcze dużo czasu.",
    "Ktoś puka do drzwi.",
)
LEAST, MOST = len(NEMO_EMOTIONS), len(NEMO_TEXTS) * (len(NEMO_EMOTIONS) - 1)


@dataclass(frozen=True)
class NemoRecording:
    """One file to be: who says which sentence in which emotion, and how."""

    speaker: str
    emotion: str
    sentence: int
    prosody: Prosody

    @property
    def name(self) -> str:
        """The file's name."""
        return f"{self.speaker}_{self.emotion}_{self.sentence}.wav"


def plan(seed: int, per_speaker: int) -> list[NemoRecording]:
    """Draw the recordings of a look-alike of nEMO, sorted by name.

    Parameters
    ----------
    seed
        Another seed draws other sentences and other variations of the prosody.
    per_speaker
        Recordings of each of the 9 speakers, shared evenly among their emotions, 6 to 100.
        A larger number keeps the smaller one's recordings.

    Raises
    ------
    SentemoError
        `per_speaker` is out of range.
    """
    if not LEAST <= per_speaker <= MOST:
        raise SentemoError(
            f"--per_speaker {per_speaker}: {LEAST} (one of each emotion) to {MOST} "
            "(each sentence in each emotion)"
        )
    planned = []
    for name, speaker in NEMO_SPEAKERS.items():
        # A string seed: Python promises the same draws in every version.
        draw = random.Random(f"nemo {seed} {name}")
        emotions = [emotion for emotion in NEMO_EMOTIONS if (name, emotion) not in NEMO_MISSING]
        orders = {
            emotion: draw.sample(range(len(NEMO_TEXTS)), len(NEMO_TEXTS)) for emotion in emotions
        }
        for index in range(per_speaker):
            emotion = emotions[index % len(emotions)]
            sentence = orders[emotion][index // len(emotions)] + 1
            prosody = draw_prosody(NEMO_EMOTIONS[emotion], speaker, draw)
            planned.append(NemoRecording(name, emotion, sentence, prosody))
    return sorted(planned, key=lambda recording: recording.name)


def build(dest: Path, seed: int, per_speaker: int) -> str:
    """Fill the empty directory `dest` with a look-alike of nEMO; returns a summary of it.

    Parameters and errors are those of `plan`.
    """
    import soundfile

    planned = plan(seed, per_speaker)
    samples = dest / nemo.SAMPLES
    samples.mkdir()
    seconds = 0.0
    for index, recording in enumerate(planned):
        voice = f"pl+{NEMO_SPEAKERS[recording.speaker].variant}"
        text = NEMO_TEXTS[recording.sentence - 1]
        speech = speak(text, voice, recording.prosody, (seed, index), NEMO_SAMPLE_RATE)
        soundfile.write(samples / recording.name, speech, NEMO_SAMPLE_RATE, subtype="PCM_16")
        seconds += len(speech) / NEMO_SAMPLE_RATE
    (samples / f"._{planned[0].name}").write_bytes(RESOURCE_FILE)
    (dest / nemo.METADATA).write_text(_table(planned, seed), encoding="utf-8", newline="\n")
    return f"{len(planned)} utterances, {len(NEMO_SPEAKERS)} speakers, {seconds / 3600:.2f} h"


def _table(planned: list[NemoRecording], seed: int) -> str:
    """The original's table: in no order, with eight blanks before the speaker."""
    lines = []
    for recording in random.Random(f"nemo {seed} table").sample(planned, len(planned)):
        text = NEMO_TEXTS[recording.sentence - 1]
        normalised = text.lower().translate(str.maketrans("", "", ".,?"))
        speaker = f"{'':8}{recording.speaker}"
        columns = (recording.name, recording.emotion, text, normalised, speaker)
        lines.append("\t".join([*columns, *nemo.GENDER_AND_AGE[recording.speaker]]))
    return "\n".join(["\t".join(nemo.METADATA_COLUMNS), *lines]) + "\n"
