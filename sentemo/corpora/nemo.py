"""nEMO, acted emotions in Polish (Christop, LREC-COLING 2024; CC BY-NC-SA 4.0).

``samples/EB0_anger_1.wav``: speaker EB0, emotion anger, sentence 1. ``data.tsv`` has a header and
one line per recording: file, emotion, sentence as written and as normalised, speaker, gender, age.
Every speaker says the same 90 sentences in six emotions; 379 of these 4,860 recordings were not
published, most of them of the speaker MP0, and all of MK0's surprise.
"""

import codecs
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sentemo.core.errors import Problems, SentemoError
from sentemo.core.files import read_bytes
from sentemo.corpora.release import (
    NOT_A_CLASS,
    OTHER_NAME,
    check_counts,
    check_labels,
    excerpt,
    find_files,
    listing,
)
from sentemo.data.kaldi import Utterance
from sentemo.data.preparation import ParsedCorpus

METADATA, SAMPLES = "data.tsv", "samples"
METADATA_COLUMNS = (
    *("file_id", "emotion", "raw_text", "normalized_text"),
    *("speaker_id", "gender", "age"),
)
# The corpus' own names, and those of the other recipes, so that corpora can be put together.
LABEL_OF_EMOTION = {
    "anger": "angry",
    "fear": "fearful",
    "happiness": "happy",
    "neutral": "neutral",
    "sadness": "sad",
    "surprised": "surprised",
}
# Gender and age as in the table, which has them with every recording.
GENDER_AND_AGE = {
    "EB0": ("female", "27"),
    "IC0": ("female", "28"),
    "KD0": ("female", "28"),
    "KS0": ("male", "23"),
    "MK0": ("female", "23"),
    "MP0": ("male", "24"),
    "SM0": ("male", "24"),
    "TP0": ("male", "26"),
    "WR0": ("male", "23"),
}
SENTENCES = 90
# Recordings of a speaker in an emotion, where these are not all the sentences.
_FEWER = {
    **{("EB0", "surprised"): 89, ("MK0", "surprised"): 0, ("TP0", "surprised"): 89},
    **{("SM0", "fearful"): 89, ("SM0", "happy"): 89, ("WR0", "neutral"): 89},
    **{("MP0", "angry"): 29, ("MP0", "fearful"): 17, ("MP0", "happy"): 30},
    **{("MP0", "sad"): 49, ("MP0", "surprised"): 41},
}
PUBLISHED_COUNTS = {
    (speaker, label): _FEWER.get((speaker, label), SENTENCES)
    for speaker in GENDER_AND_AGE
    for label in LABEL_OF_EMOTION.values()
}
NOT_A_RECORDING = "not a wav file"
METADATA_REMEDY = (
    f"Take {METADATA} from the corpus again: a line of it is {', '.join(METADATA_COLUMNS)}, with "
    "tabs between, in UTF-8, and belongs to one file EB0_anger_1.wav."
)
FILES_REMEDY = (
    f"Take {METADATA} and {SAMPLES}/ from the corpus again: they belong together. --allow_partial "
    "true leaves these recordings out, counted."
)
_FILE = re.compile(r"(?P<speaker>[^_]+)_(?P<emotion>[^_]+)_(?P<sentence>[1-9][0-9]*)\.wav")
_QUOTES = str.maketrans("", "", "„”")  # which the normalised text still has in one sentence
_TEXT = re.compile(r"[a-zóąćęłńśźż]+( [a-zóąćęłńśźż]+)*")


@dataclass(frozen=True)
class NemoRow:
    """A line of the table, whose columns agree with each other and with the file's name.

    Attributes
    ----------
    where
        File and line, for messages.
    file
        Name of the recording in ``samples/``.
    speaker, label, sentence
        Speaker, class, and number of the sentence (1 to 90).
    written, text
        The sentence as written, and in lower case without punctuation.
    """

    where: str
    file: str
    speaker: str
    label: str
    sentence: str
    written: str
    text: str

    @property
    def id(self) -> str:
        """Utterance id, which begins with the speaker as Kaldi wants it: ``EB0_anger_1``."""
        return Path(self.file).stem


def find_sources(corpus_dir: Path) -> list[Path]:
    """Find the table and the folder of recordings in the corpus folder.

    Raises
    ------
    SentemoError
        When one is missing, saying what was expected and what was found.
    """
    corpus_dir = Path(corpus_dir)
    if not corpus_dir.is_dir():
        raise SentemoError(f"{corpus_dir}: no such directory; give --corpus_dir nEMO's folder")
    table, samples = corpus_dir / METADATA, corpus_dir / SAMPLES
    if not table.is_file() or not samples.is_dir():
        raise SentemoError(
            f"{corpus_dir}: not nEMO. Expected {METADATA} and {SAMPLES}/EB0_anger_1.wav and so on "
            f"in it, found {listing(corpus_dir)}"
        )
    return [table, samples]


def parse_nemo(
    corpus_dir: Path, labels: Sequence[str], allow_partial: bool = False
) -> ParsedCorpus:
    """Parse nEMO's table into utterances of the wanted classes, and find their recordings.

    Beside the text (lower case, no punctuation) the tables ``text_raw`` (the sentence as written),
    ``utt2sentence`` (its number), ``spk2gender`` (f or m) and ``spk2age`` (in years) are returned.

    Parameters
    ----------
    corpus_dir
        The folder that holds ``data.tsv`` and ``samples/``.
    labels
        The classes to keep, out of `LABEL_OF_EMOTION`' values.
    allow_partial
        Accept other counts than the published ones, and leave out lines without a recording and
        recordings without a line, with notes.

    Raises
    ------
    SentemoError
        When the folder is not nEMO's, a label is not one of its classes, or something is missing;
        naming every line of the table that is malformed or contradicts itself or a file's name.
    """
    check_labels(labels, LABEL_OF_EMOTION.values(), "nEMO")
    table, samples = find_sources(corpus_dir)
    rows = _read_table(table)
    dropped: dict[str, list[str]] = {}
    recordings = _find_recordings(samples, dropped)
    problems = Problems(str(corpus_dir))
    present = []
    for row in rows:
        if recordings.pop(row.file, None):
            present.append(row)
        else:
            problems.add("line without recording", row.where, f"no {SAMPLES}/{row.file}")
    for name in recordings:
        if _FILE.fullmatch(name) is None:
            dropped.setdefault(OTHER_NAME, []).append(name)
            continue
        problems.add("recording without line", f"{SAMPLES}/{name}", f"not in {METADATA}")
    notes = problems.settle(allow_partial, dropped, FILES_REMEDY)
    kept = [row for row in present if row.label in labels]
    if others := [row.id for row in present if row.label not in labels]:
        dropped[NOT_A_CLASS] = others
    if not kept:
        raise SentemoError(f"{table}: no utterances of the classes {', '.join(labels)}")
    return ParsedCorpus(
        [Utterance(r.id, r.speaker, samples / r.file, r.label, r.text) for r in kept],
        dropped,
        notes=[*notes, *_check_counts(corpus_dir, kept, labels, allow_partial, dropped)],
        name="nEMO",
        elicitation="play-acted",
        tables=_further_tables(kept),
    )


def _find_recordings(samples: Path, dropped: dict[str, list[str]]) -> dict[str, Path]:
    """Find the wav files by name; whatever else lies beside them is counted in `dropped`."""
    recordings = {}
    for file in find_files(samples, "*", dropped):
        if file.suffix == ".wav" and file.is_file():
            recordings[file.name] = file
        else:
            dropped.setdefault(NOT_A_RECORDING, []).append(file.name)
    return recordings


def _read_table(table: Path) -> list[NemoRow]:
    """Read every line of the table; raises with all that are wrong."""
    problems = Problems(str(table))
    lines = _decoded_lines(table, problems)
    header = lines[0][1] if lines else []
    if header != list(METADATA_COLUMNS):
        problems.add("other columns", f"{table.name}:1", ", ".join(header) or "an empty file")
        problems.raise_if_any(METADATA_REMEDY)
    rows: dict[str, NemoRow] = {}
    spoken: dict[str, NemoRow] = {}
    for where, fields in lines[1:]:
        if (row := _parse_row(where, fields, problems)) is None:
            continue
        first = spoken.setdefault(row.sentence, row)
        if row.file in rows:
            problems.add("file named twice", where, f"{row.file}, also {rows[row.file].where}")
        elif (row.written, row.text) != (first.written, first.text):
            detail = f"sentence {row.sentence} is {excerpt(row.text)}, in {first.where} "
            problems.add("sentence with two texts", where, detail + excerpt(first.text))
        else:
            rows[row.file] = row
    problems.raise_if_any(METADATA_REMEDY)
    return list(rows.values())


def _decoded_lines(table: Path, problems: Problems) -> list[tuple[str, list[str]]]:
    """Return the fields, without margins, of every line that is not blank, and where it is."""
    lines = []
    content = read_bytes(table).removeprefix(codecs.BOM_UTF8)
    for number, raw in enumerate(content.splitlines(), start=1):
        where = f"{table.name}:{number}"
        try:
            line = raw.decode("utf-8")
        except UnicodeDecodeError as error:
            problems.add("not UTF-8", where, f"byte {error.start + 1} of the line")
            continue
        if line.strip():
            lines.append((where, [field.strip() for field in line.split("\t")]))
    return lines


def _parse_row(where: str, fields: Sequence[str], problems: Problems) -> NemoRow | None:
    """Check a line against its file's name, the speakers, the emotions and the alphabet."""
    if len(fields) != len(METADATA_COLUMNS) or not all(fields):
        problems.add("malformed line", where, f"{len(fields)} fields: {excerpt(str(fields))}")
        return None
    file, emotion, written, normalised, speaker, gender, age = fields
    text = " ".join(normalised.translate(_QUOTES).split())
    name = _FILE.fullmatch(file)
    if name is None:
        problems.add("not a file name of nEMO", where, f"{file}, expected one as EB0_anger_1.wav")
    elif speaker not in GENDER_AND_AGE:
        problems.add("unknown speaker", where, speaker)
    elif emotion not in LABEL_OF_EMOTION:
        problems.add("unknown emotion", where, f"{emotion} (known: {', '.join(LABEL_OF_EMOTION)})")
    elif (name["speaker"], name["emotion"]) != (speaker, emotion):
        problems.add("file name and table disagree", where, f"{file}: {speaker}, {emotion}")
    elif int(name["sentence"]) > SENTENCES:
        problems.add("unknown sentence", where, f"{file}: there are {SENTENCES}")
    elif (gender, age) != GENDER_AND_AGE[speaker]:
        published = ", ".join(GENDER_AND_AGE[speaker])
        problems.add("other gender or age", where, f"{speaker}: {gender}, {age}, not {published}")
    elif _TEXT.fullmatch(text) is None:
        problems.add("character outside the Polish alphabet", where, excerpt(text))
    else:
        return NemoRow(
            where, file, speaker, LABEL_OF_EMOTION[emotion], name["sentence"], written, text
        )
    return None


def _check_counts(
    corpus_dir: Path,
    rows: Sequence[NemoRow],
    labels: Sequence[str],
    allow_partial: bool,
    dropped: Mapping[str, Sequence[str]],
) -> list[str]:
    of_label: Counter[str] = Counter()
    of_speaker: Counter[str] = Counter()
    for (speaker, label), count in PUBLISHED_COUNTS.items():
        if label in labels:
            of_label[label] += count
            of_speaker[speaker] += count
    checks = {
        "the published emotions": (Counter(row.label for row in rows), of_label),
        "the published speakers": (Counter(row.speaker for row in rows), of_speaker),
    }
    return check_counts(corpus_dir, checks, allow_partial, dropped)


def _further_tables(rows: Sequence[NemoRow]) -> dict[str, dict[str, str]]:
    speakers = {row.speaker: GENDER_AND_AGE[row.speaker] for row in rows}
    return {
        "text_raw": {row.id: row.written for row in rows},
        "utt2sentence": {row.id: row.sentence for row in rows},
        "spk2gender": {speaker: gender[0] for speaker, (gender, _) in speakers.items()},
        "spk2age": {speaker: age for speaker, (_, age) in speakers.items()},
    }
