"""A look-alike of MSP-Podcast: folders, label files and partitions as in release 1.11.

Six speakers train, two validate, and two are in both Test1 and Test2. Five annotators chose a class
of each segment. The traps are columns in an unusual order, ``Validation`` as in older releases,
unknown speakers, a missing transcript, segments of the classes X and O, a speaker in Train and
Test1, Test3 without labels, free text among the votes, and a resource file of macOS.
"""

import csv
import json
import random
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from sentemo.core.errors import SentemoError
from sentemo.corpora.mini.english import SPEAKERS, Line, draw_line
from sentemo.corpora.mini.speech import RESOURCE_FILE, SAMPLE_RATE, speak

RELEASE = "MSP-PODCAST-Publish-1.11"
EMOTION_OF_CLASS = {"A": "angry", "H": "happy", "S": "sad", "N": "neutral"}
SPOKEN_LIKE = {"U": "happy", "F": "sad", "D": "angry", "C": "neutral"}  # the rare classes
# Partition, class and speaker of further segments: listeners did not agree (X) or chose another
# class (O); a speaker of Train in Test1; and the rare classes.
EXTRAS = (
    *(("Train", "X", 0), ("Train", "O", 1), ("Validation", "X", 6), ("Test1", "O", 8)),
    ("Test1", "N", 0),
    *(
        (partition, letter, speaker)
        for letter in SPOKEN_LIKE
        for partition, speaker in (("Train", 1), ("Train", 3), ("Validation", 7), ("Test1", 8))
    ),
    *(("Test2", letter, 9) for letter in SPOKEN_LIKE),
)
WORDS = {
    **{"A": "Angry", "S": "Sad", "H": "Happy", "U": "Surprise", "F": "Fear", "D": "Disgust"},
    **{"C": "Contempt", "N": "Neutral"},
}
FREE_TEXT = "Other-tired; bored"  # with the separator of the fields
ANNOTATORS = 5
WITH_UNKNOWN = (5, 9)  # speakers of Train and of the test sets who are sometimes unknown


@dataclass(frozen=True)
class LabelColumns:
    """A row of the label files; the columns have another order than in the release."""

    Split_Set: str
    SpkrID: str
    FileName: str
    EmoVal: float | None
    EmoDom: float | None
    EmoAct: float | None
    Gender: str
    EmoClass: str


@dataclass(frozen=True)
class Segment:
    """A planned file: its labels, its sentence, and the primary emotions of its annotators."""

    labels: LabelColumns
    line: Line
    votes: tuple[str, ...]


def plan(seed: int, per_speaker: int) -> list[Segment]:
    """Draw the segments of a look-alike, sorted by file name.

    Parameters
    ----------
    seed
        Seed of texts and prosody.
    per_speaker
        Segments of each of the 10 speakers in the four emotions, 8 to 100. A larger number adds
        segments to those of a smaller one.

    Raises
    ------
    SentemoError
        When `per_speaker` is out of range.
    """
    if not 2 * len(EMOTION_OF_CLASS) <= per_speaker <= 100:
        raise SentemoError(
            f"--per_speaker {per_speaker}: 8 (each emotion in Test1 and in Test2) to 100"
        )
    planned = []
    for speaker in range(len(SPEAKERS)):
        # A string seed gives the same draws in every version of Python.
        draw = random.Random(f"msp_podcast {seed} {speaker}")
        for index in range(per_speaker):
            emotion = list(EMOTION_OF_CLASS)[index % len(EMOTION_OF_CLASS)]
            name = f"MSP-PODCAST_{speaker + 1:04}_{index + 1:04}"
            is_known = speaker not in WITH_UNKNOWN or index % 5 > 0
            planned.append(
                _draw(name, _partition(speaker, index), emotion, speaker, is_known, draw)
            )
    draw = random.Random(f"msp_podcast {seed} extras")
    for number, (partition, emotion, speaker) in enumerate(EXTRAS, start=1):
        name = f"MSP-PODCAST_0101_{number:04}"
        planned.append(_draw(name, partition, emotion, speaker, True, draw))
    for number in (1, 2):
        planned.append(_draw(f"MSP-PODCAST_test3_{number:04}", "Test3", "", 9, False, draw))
    return planned


def _partition(speaker: int, index: int) -> str:
    if speaker < 6:
        return "Train"
    if speaker < 8:
        return "Validation"
    return "Test2" if index // len(EMOTION_OF_CLASS) % 2 else "Test1"


def _draw(
    name: str, partition: str, emotion: str, speaker: int, is_known: bool, draw: random.Random
) -> Segment:
    spoken = {**EMOTION_OF_CLASS, **SPOKEN_LIKE}.get(emotion, "neutral")
    line = draw_line(spoken, SPEAKERS[speaker], draw)
    rated = partition != "Test3"
    labels = LabelColumns(
        Split_Set=partition,
        SpkrID=str(11 * (speaker + 1)) if is_known else "Unknown",
        FileName=f"{name}.wav",
        EmoVal=_on_scale(line.valence) if rated else None,
        EmoDom=_on_scale(line.dominance) if rated else None,
        EmoAct=_on_scale(line.activation) if rated else None,
        Gender=("Male", "Female")[speaker % 2] if is_known else "Unknown",
        EmoClass=emotion,
    )
    # A stream of its own, so that votes change nothing of what else is drawn.
    votes = _draw_votes(emotion, random.Random(f"msp_podcast votes {name} {speaker}"))
    return Segment(labels, line, votes if rated else ())


def _draw_votes(emotion: str, draw: random.Random) -> tuple[str, ...]:
    """Draw primary emotions: three or more of the class; of two each where there is none."""
    if emotion == "X":
        first, second = draw.sample([WORDS["N"], WORDS["S"], WORDS["H"], WORDS["A"]], 2)
        return (first, second, first, second, FREE_TEXT)
    word = WORDS.get(emotion, FREE_TEXT)
    others = [draw.choice([word, *WORDS.values()]) for _ in range(ANNOTATORS - 3)]
    return (*others, word, word, word)


def _on_scale(share: float) -> float:
    """Map a share from 0 to 1 to a mean rating of the crowd, from 1 to 7."""
    return round(1 + 6 * share, 2)


def build(dest: Path, seed: int, per_speaker: int) -> str:
    """Fill the empty directory `dest` with a look-alike of MSP-Podcast, and return a summary.

    Parameters and errors are those of `plan`.
    """
    import soundfile

    planned = plan(seed, per_speaker)
    audio, labels, transcripts = (
        dest / RELEASE / name for name in ("Audios", "Labels", "Transcripts")
    )
    for folder in (audio, labels, transcripts):
        folder.mkdir(parents=True)
    seconds = 0.0
    for index, segment in enumerate(planned):
        speech = speak(segment.line.text, segment.line.voice, segment.line.prosody, (seed, index))
        file = audio / segment.labels.FileName
        soundfile.write(file, speech, SAMPLE_RATE, subtype="PCM_16")
        (transcripts / f"{file.stem}.txt").write_text(segment.line.text + "\n", newline="\n")
        seconds += len(speech) / SAMPLE_RATE
    (transcripts / f"{Path(planned[0].labels.FileName).stem}.txt").unlink()
    (audio / f"._{planned[0].labels.FileName}").write_bytes(RESOURCE_FILE)
    # The last file, which is of Test3, is not in the labels at all.
    _write_labels(labels, [segment.labels for segment in planned[:-1]])
    _write_votes(labels, planned)
    return f"{len(planned)} utterances, {len(SPEAKERS)} speakers, {seconds / 3600:.2f} h"


def _write_labels(folder: Path, rows: list[LabelColumns]) -> None:
    tables = {row.FileName: asdict(row) for row in rows}
    with open(folder / "labels_consensus.csv", "w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(tables[rows[0].FileName]))
        writer.writeheader()
        writer.writerows(tables.values())
    for labels in tables.values():
        del labels["FileName"]
    text = json.dumps(tables, indent=1) + "\n"
    (folder / "labels_consensus.json").write_text(text, encoding="utf-8", newline="\n")


def _write_votes(folder: Path, planned: list[Segment]) -> None:
    """Write the votes as release 1.11 has them; of Test3 there are none."""
    rows = [["FileName", "EmoDetail"]]
    table: dict[str, dict[str, Any]] = {}
    for segment in planned:
        labels = segment.labels
        for number, word in enumerate(segment.votes, start=1):
            ratings = [labels.EmoAct, labels.EmoVal, labels.EmoDom]
            act, val, dom = (round(rating or 0) for rating in ratings)
            worker = f"WORKER{number:08}"
            said = f"{worker}; {word}; {word}; A:{act}.0; V:{val}.0; D:{dom}.0;"
            rows.append([labels.FileName, said])
            table.setdefault(labels.FileName, {})[worker] = {
                **{"EmoClass_Major": word, "EmoClass_Second": word},
                **{"EmoAct": act, "EmoVal": val, "EmoDom": dom},
            }
    with open(folder / "labels_detailed.csv", "w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows(rows)
    text = json.dumps(table, indent=1) + "\n"
    (folder / "labels_detailed.json").write_text(text, encoding="utf-8", newline="\n")
