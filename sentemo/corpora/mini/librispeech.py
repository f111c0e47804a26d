"""A look-alike of LibriSpeech: parts with separate speakers, read in a neutral voice."""

from dataclasses import dataclass
from pathlib import Path

from sentemo.corpora.mini.english import SPEAKERS, draw_readings
from sentemo.corpora.mini.speech import RESOURCE_FILE, SAMPLE_RATE, Prosody, speak

# Speaker numbers of each part, in the order of the voices; as text they sort differently.
SPEAKERS_OF_PART = {
    "train-clean-100": (7, 23, 45, 101, 230, 450),
    "dev-clean": (88, 1012),
    "test-clean": (61, 1089),
}
PER_CHAPTER = 4


@dataclass(frozen=True)
class Reading:
    """A planned file: its folder, id, text, voice and prosody."""

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
        Seed of texts and prosody.
    per_speaker
        Utterances of each of the 10 speakers, 1 to 100. A larger number adds utterances to those of
        a smaller one.

    Raises
    ------
    SentemoError
        When `per_speaker` is out of range.
    """
    people = [(part, number) for part, numbers in SPEAKERS_OF_PART.items() for number in numbers]
    planned = []
    for (part, number), speaker in zip(people, SPEAKERS, strict=True):
        readings = draw_readings(speaker, per_speaker, f"librispeech {seed} {number}")
        for index, line in enumerate(readings):
            chapter = 1000 * number + index // PER_CHAPTER
            planned.append(
                Reading(
                    folder=Path("LibriSpeech", part, str(number), str(chapter)),
                    id=f"{number}-{chapter}-{index % PER_CHAPTER:04}",
                    text=line.text,
                    voice=line.voice,
                    prosody=line.prosody,
                )
            )
    return planned


def build(dest: Path, seed: int, per_speaker: int) -> str:
    """Fill the empty directory `dest` with a look-alike of LibriSpeech, and return a summary.

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
    """Return a table as in the original, with bars between columns and comments after ";"."""
    people = [(number, part) for part, numbers in SPEAKERS_OF_PART.items() for number in numbers]
    rows = [
        f"{number:<5}| {sex} | {part:<16} |  0.01 | {speaker.variant}"
        for (number, part), speaker, sex in zip(people, SPEAKERS, "MF" * 5, strict=True)
    ]
    header = ["; A synthetic look-alike", ";ID  |SEX| SUBSET           |MINUTES| NAME"]
    return "\n".join([*header, *rows, ""])
