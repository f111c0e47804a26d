"""EmoDB, the Berlin database of emotional speech (Burkhardt et al., Interspeech 2005; CC0).

``wav/03a01Fa.wav``: speaker 03, text a01, emotion F, version a. The published corpus has 535
utterances of ten actors; the four classes angry, happy, neutral and sad have 339. In a listening
test (``erkennung.txt``) 20 people named the emotion of each.
"""

import math
import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path

from sentemo.core.errors import Problems, SentemoError
from sentemo.core.files import read_bytes
from sentemo.corpora.release import (
    NOT_A_CLASS,
    OTHER_NAME,
    check_counts,
    check_labels,
    find_files,
    listing,
)
from sentemo.data.kaldi import Utterance
from sentemo.data.preparation import ParsedCorpus

EMOTION_OF_LETTER = {
    "W": "angry",  # Wut
    "L": "bored",  # Langeweile
    "E": "disgusted",  # Ekel
    "A": "fearful",  # Angst
    "F": "happy",  # Freude
    "T": "sad",  # Trauer
    "N": "neutral",
}
PUBLISHED_COUNTS = {
    "angry": 127,
    "bored": 81,
    "disgusted": 46,
    "fearful": 69,
    "happy": 71,
    "sad": 62,
    "neutral": 79,
}
GENDERS = {
    **dict.fromkeys(("03", "10", "11", "12", "15"), "male"),
    **dict.fromkeys(("08", "09", "13", "14", "16"), "female"),
}
AGES = {  # in years, as the database's page lists its speakers
    "03": 31,
    "08": 34,
    "09": 21,
    "10": 32,
    "11": 26,
    "12": 30,
    "13": 32,
    "14": 35,
    "15": 25,
    "16": 31,
}
TEXTS = {
    "a01": "Der Lappen liegt auf dem Eisschrank.",
    "a02": "Das will sie am Mittwoch abgeben.",
    "a04": "Heute abend könnte ich es ihm sagen.",
    "a05": "Das schwarze Stück Papier befindet sich da oben neben dem Holzstück.",
    "a07": "In sieben Stunden wird es soweit sein.",
    "b01": "Was sind denn das für Tüten, die da unter dem Tisch stehen?",
    "b02": "Sie haben es gerade hochgetragen und jetzt gehen sie wieder runter.",
    "b03": "An den Wochenenden bin ich jetzt immer nach Hause gefahren und habe Agnes besucht.",
    "b09": "Ich will das eben wegbringen und dann mit Karl was trinken gehen.",
    "b10": "Die wird auf dem Platz sein, wo wir sie immer hinlegen.",
}
LISTENING_TEST = "erkennung.txt"
_NAME = re.compile(r"(?P<speaker>\d\d)(?P<text>[ab]\d\d)(?P<emotion>[A-Z])[a-z]\.wav")


def find_wav_dir(corpus_dir: Path) -> Path:
    """Find the folder of wav files in the corpus folder.

    Raises
    ------
    SentemoError
        When there is none, saying what was expected and what was found.
    """
    corpus_dir = Path(corpus_dir)
    wav_dir = corpus_dir / "wav"
    if wav_dir.is_dir():
        return wav_dir
    if not corpus_dir.is_dir():
        raise SentemoError(f"{corpus_dir}: no such directory; give --corpus_dir EmoDB's folder")
    raise SentemoError(
        f"{corpus_dir}: not EmoDB. Expected files such as wav/03a01Fa.wav in it, "
        f"found {listing(corpus_dir)}"
    )


def find_sources(corpus_dir: Path) -> list[Path]:
    """Return the files and folders that `parse_emodb` reads; for errors see `find_wav_dir`."""
    return [find_wav_dir(corpus_dir), *Path(corpus_dir).glob(LISTENING_TEST)]


def parse_emodb(
    corpus_dir: Path, labels: Sequence[str], allow_partial: bool = False
) -> ParsedCorpus:
    """Parse EmoDB's file names into utterances of the wanted classes.

    Parameters
    ----------
    corpus_dir
        The folder that contains ``wav/``.
    labels
        The classes to keep, out of the values of `EMOTION_OF_LETTER`.
    allow_partial
        Accept class counts that differ from the published ones, with a note.

    Raises
    ------
    SentemoError
        When the folder is not EmoDB's, a file name has an unknown speaker, text or emotion, a label
        is not one of its classes, or a wanted class is incomplete.
    """
    check_labels(labels, PUBLISHED_COUNTS, "EmoDB")
    wav_dir = find_wav_dir(corpus_dir)
    problems = Problems(str(wav_dir))
    dropped: dict[str, list[str]] = defaultdict(list)
    utterances = []
    for file in find_files(wav_dir, "*.wav", dropped):
        if (match := _NAME.fullmatch(file.name)) is None:
            dropped[OTHER_NAME].append(file.name)
        elif (utt := _parse_name(file, match, problems)) is None:
            continue
        elif utt.label in labels:
            utterances.append(utt)
        else:
            dropped[NOT_A_CLASS].append(utt.id)
    problems.raise_if_any(
        "Remove them from the folder, or correct their names (such as 03a01Fa.wav)."
    )
    if not utterances:
        raise SentemoError(f"{wav_dir}: no utterances of the classes {', '.join(labels)}")
    counts = Counter(str(u.label) for u in utterances), {n: PUBLISHED_COUNTS[n] for n in labels}
    recognised = _read_listening_test(Path(corpus_dir) / LISTENING_TEST)
    return ParsedCorpus(
        utterances,
        dict(dropped),
        notes=check_counts(wav_dir, {"the published corpus": counts}, allow_partial, dropped),
        name="EmoDB",
        elicitation="play-acted",
        tables={
            "spk2gender": {utt.speaker: GENDERS[utt.speaker][0] for utt in utterances},
            "spk2age": {utt.speaker: str(AGES[utt.speaker]) for utt in utterances},
            "utt2sentence": {utt.id: utt.audio.name[2:5] for utt in utterances},
        },
        agreement={
            utt.id: recognised[utt.audio.name] for utt in utterances if utt.audio.name in recognised
        },
    )


def _parse_name(file: Path, match: re.Match[str], problems: Problems) -> Utterance | None:
    if match["speaker"] not in GENDERS:
        problems.add("unknown speaker", file.name, match["speaker"])
    elif match["text"] not in TEXTS:
        problems.add("unknown text", file.name, match["text"])
    elif match["emotion"] not in EMOTION_OF_LETTER:
        problems.add("unknown emotion letter", file.name, match["emotion"])
    else:
        return Utterance(
            id=f"{match['speaker']}-{file.stem}",
            speaker=match["speaker"],
            audio=file,
            label=EMOTION_OF_LETTER[match["emotion"]],
            text=TEXTS[match["text"]],
        )
    return None


def _read_listening_test(path: Path) -> dict[str, float]:
    """Read the share of the listeners who recognised each file's emotion.

    A line is ``<number> <file> <percent recognised> <percent natural>``, separated by tabs and
    padded with no-break spaces, with decimal commas, in Latin-1.
    """
    if not path.is_file():
        return {}
    problems = Problems(str(path))
    recognised = {}
    lines = read_bytes(path).decode("latin-1").splitlines()
    for number, line in enumerate(lines[1:], start=2):
        try:
            _, file, percent, _ = line.split("\t")
            share = float(percent.strip().replace(",", ".")) / 100
        except ValueError:
            share = math.nan
        if not 0 <= share <= 1:
            problems.add("malformed line", f"{path}:{number}", repr(line))
        else:
            recognised[file.strip()] = share
    problems.raise_if_any("Copy the file from the corpus again, or remove it; it is optional.")
    return recognised
