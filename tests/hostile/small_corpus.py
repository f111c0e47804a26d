"""Three speakers with two recordings each, as utterances that cases change."""

from dataclasses import replace
from pathlib import Path

import soundfile

from hostile.audio_files import RATE, sound
from sentemo.data.kaldi import Utterance

SPEAKERS, LABELS = "abc", ("happy", "sad")


def utterances(folder: Path) -> list[Utterance]:
    """Write the recordings into a folder and return their utterances."""
    found = []
    for speaker in SPEAKERS:
        for label in LABELS:
            path = folder / f"{speaker}-{label}.wav"
            samples = sound(RATE // 2 + 100 * len(found))[:, 0] * (1 - 0.1 * len(found))
            soundfile.write(path, samples, RATE)
            found.append(Utterance(path.stem, speaker, path, label, "all is well"))
    return found


def again(utt: Utterance, folder: Path, name: str, **changes: object) -> Utterance:
    """Return an utterance with the same samples in a file of another format."""
    samples, rate = soundfile.read(utt.audio, dtype="int16")
    soundfile.write(folder / f"{name}.flac", samples, rate)
    given = {"id": name, "speaker": name[0], "audio": folder / f"{name}.flac", **changes}
    return replace(utt, **given)
