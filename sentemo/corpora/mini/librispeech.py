"""A look-alike of LibriSpeech: parts with speakers of their own, read in a neutral voice."""

import random
import re
from dataclasses import dataclass
from pathlib import Path

from sentemo.core.errors import SentemoError
from sentemo.corpora.mini.english import ALL_TEXTS, SPEAKERS, draw_line
from sentemo.corpora.mini.speech import RESOURCE_FILE, SAMPLE_RATE, Prosody, speak

# Numbers that sort differently as text, by part; in the order of the voices.
SPEAKERS_OF_PART = {
    "train-clean-100": (7, 23, 45, 101, 230, 450),
    "dev-clean": (88, 1012),
    "test-clean": (61, 1089),
}
PER_CHAPTER = 4
_PUNCTUATION = re.compile(r"[^A-Z' ]")


@dataclass(frozen=True)
class Reading:
    """One file to be: where it lies, what is read, and how."""

    folder: Path
    id: str
    text: str
    voice: str
    prosody: Prosody


def plan(seed: int, per_speaker: int) -> list[Reading]:
    """Draw the utterances of a look-alike, chapter by chapter.

    Parameters
    ----------
    seed
        Another seed draws other texts and other variations of the prosody.
    per_speaker
        Utterances of each of the 10 speakers, 1 to 100. A larger number keeps the smaller one's.

    Raises
    ------
    SentemoError
        `per_speaker` is out of range.
    """
    if not 1 <= per_speaker <= 100:
        raise SentemoError(f"--per_speaker {per_speaker}: 1 to 100")
    people = [(part, number) for part, numbers in SPEAKERS_OF_PART.items() for number in numbers]
    planned = []
    for (part, number), speaker in zip(people, SPEAKERS, strict=True):
        # A string seed: Python promises the same draws in every version.
        draw = random.Random(f"librispeech {seed} {number}")
        for index in range(per_speaker):
            chapter = 1000 * number + index // PER_CHAPTER
            line = draw_line("neutral", speaker, draw)
            planned.append(
                Reading(
                    folder=Path("LibriSpeech", part, str(number), str(chapter)),
                    id=f"{number}-{chapter}-{index % PER_CHAPTER:04}",
                    # Readers have no favourites: every sentence is as likely.
                    text=_PUNCTUATION.sub("", draw.choice(ALL_TEXTS).upper()),
                    voice=line.voice,
                    prosody=line.prosody,
                )
            )
    return planned


def build(dest: Path, seed: int, per_speaker: int) -> str:
    """Fill the empty directory `dest` with a look-alike of LibriSpeech; returns a summary of it.

    Parameters and errors are those of `plan`.
    """
    import soundfile

    planned = plan(seed, per_speaker)
    seconds = 0.0
    for index, reading in enumerate(planned):
        folder = dest / reading.folder
        folder.mkdir(parents=True, exist_ok=True)
        speech = speak(reading.text.lower(), reading.voice, reading.prosody, (seed, index))
        soundfile.write(folder / f"{reading.id}.flac", speech, SAMPLE_RATE, subtype="PCM_16")
        transcript = folder / f"{reading.id[:-5]}.trans.txt"
        with open(transcript, "a", encoding="utf-8", newline="\n") as stream:
            stream.write(f"{reading.id} {reading.text}\n")
        seconds += len(speech) / SAMPLE_RATE
    (dest / planned[0].folder / f"._{planned[0].id}.flac").write_bytes(RESOURCE_FILE)
    (dest / "LibriSpeech" / "SPEAKERS.TXT").write_text(_speakers(), encoding="utf-8", newline="\n")
    return f"{len(planned)} utterances, {len(SPEAKERS)} speakers, {seconds / 3600:.2f} h"


def _speakers() -> str:
    """The original's table: bars between columns, comments after semicolons."""
    people = [(number, part) for part, numbers in SPEAKERS_OF_PART.items() for number in numbers]
    rows = [
        f"{number:<5}| {sex} | {part:<16} |  0.01 | {speaker.variant}"
        for (number, part), speaker, sex in zip(people, SPEAKERS, "MF" * 5, strict=True)
    ]
    header = ["; A synthetic look-alike", ";ID  |SEX| SUBSET           |MINUTES| NAME"]
    return "\n".join([*header, *rows, ""])
