"""A look-alike of speechocean762: two sides with separate speakers, who read in a neutral voice."""

from dataclasses import dataclass
from pathlib import Path

from sentemo.corpora.mini.english import SPEAKERS, Line, draw_readings
from sentemo.corpora.mini.speech import RESOURCE_FILE, SAMPLE_RATE, speak
from sentemo.corpora.speechocean762 import WAVES

# Number and age of the speakers of each side, in the order of the voices: male, female, male and so
# on. Two are `VALIDATION_SPEAKERS`.
SPEAKERS_OF_SIDE = {
    "train": (
        *(("0001", 6), ("0006", 6), ("0075", 6), ("2089", 20)),
        *(("1027", 37), ("1029", 31), ("0005", 7), ("9605", 21)),
    ),
    "test": (("0003", 6), ("9607", 24)),
}
NOT_NAMED = "9600"  # speaker of a recording that no table names


@dataclass(frozen=True)
class Reading:
    """A planned recording: its side, speaker and id, and the sentence that is read."""

    side: str
    speaker: str
    id: str
    line: Line

    @property
    def audio(self) -> str:
        """Path below the corpus' folder."""
        return f"{WAVES}/SPEAKER{self.speaker}/{self.id}.WAV"


def plan(seed: int, per_speaker: int) -> list[Reading]:
    """Draw the utterances of a look-alike, sorted by side and id.

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
    people = [(side, name) for side, named in SPEAKERS_OF_SIDE.items() for name, _ in named]
    planned = []
    for (side, name), speaker in zip(people, SPEAKERS, strict=True):
        readings = draw_readings(speaker, per_speaker, f"speechocean762 {seed} {name}")
        for index, line in enumerate(readings, start=1):
            planned.append(Reading(side, name, f"0{name}{index:04}", line))
    return sorted(planned, key=lambda reading: (reading.side, reading.id))


def build(dest: Path, seed: int, per_speaker: int) -> str:
    """Fill the empty directory `dest` with a look-alike of speechocean762, and return a summary.

    Parameters and errors are those of `plan`.
    """
    import soundfile

    planned = plan(seed, per_speaker)
    seconds = 0.0
    for index, reading in enumerate(planned):
        file = dest / reading.audio
        file.parent.mkdir(parents=True, exist_ok=True)
        line = reading.line
        speech = speak(line.text.lower(), line.voice, line.prosody, (seed, index))
        soundfile.write(file, speech, SAMPLE_RATE, subtype="PCM_16", format="WAV")
        seconds += len(speech) / SAMPLE_RATE
    file.with_name(f"._{file.name}").write_bytes(RESOURCE_FILE)
    other = dest / WAVES / f"SPEAKER{NOT_NAMED}" / f"0{NOT_NAMED}0001.WAV"
    other.parent.mkdir()
    other.write_bytes(file.read_bytes())
    for side in SPEAKERS_OF_SIDE:
        _write_tables(dest / side, side, [r for r in planned if r.side == side])
    return f"{len(planned)} utterances, {len(SPEAKERS)} speakers, {seconds / 3600:.2f} h"


def _write_tables(folder: Path, side: str, readings: list[Reading]) -> None:
    """Write the original's tables, some with tabs, and the ages in another order."""
    people = SPEAKERS_OF_SIDE[side]
    utterances: dict[str, list[str]] = {name: [] for name, _ in people}
    for reading in readings:
        utterances[reading.speaker].append(reading.id)
    tables = {
        "text": [f"{r.id}\t{r.line.text}" for r in readings],
        "wav.scp": [f"{r.id}\t{r.audio}" for r in readings],
        "utt2spk": [f"{r.id} {r.speaker}" for r in readings],
        "spk2utt": [f"{name} {' '.join(ids)}" for name, ids in sorted(utterances.items())],
        "spk2gender": sorted(f"{name}\t{'mf'[i % 2]}" for i, (name, _) in enumerate(people)),
        "spk2age": [f"{name}\t{age}" for name, age in people],
    }
    folder.mkdir()
    for name, lines in tables.items():
        (folder / name).write_text("\n".join([*lines, ""]), encoding="utf-8", newline="\n")
