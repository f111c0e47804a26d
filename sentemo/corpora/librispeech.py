"""LibriSpeech (Panayotov et al., ICASSP 2015; CC BY 4.0): read speech with transcripts.

``LibriSpeech/<part>/<speaker>/<chapter>/`` contains ``<speaker>-<chapter>-<nnnn>.flac`` files, and
``<speaker>-<chapter>.trans.txt`` with one "<utterance> <TEXT>" line for each of them.
"""

import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from sentemo.core.errors import Problems, SentemoError
from sentemo.corpora.release import (
    OTHER_NAME,
    check_counts,
    excerpt,
    find_files,
    numbered_lines,
)
from sentemo.data.kaldi import Utterance
from sentemo.data.preparation import ParsedCorpus

PUBLISHED_COUNTS = {
    "train-clean-100": 28539,
    "train-clean-360": 104014,
    "train-other-500": 148688,
    "dev-clean": 2703,
    "dev-other": 2864,
    "test-clean": 2620,
    "test-other": 2939,
}
REMEDY = (
    "Unpack the part again, as it needs all files of its archive. --allow_partial true leaves "
    "these out and counts them."
)
PART_NAMES = tuple(PUBLISHED_COUNTS)
# The 29 characters of SA2SR (section 4.2), except for the blank.
_NAME = re.compile(r"\d+-\d+-\d{4}", re.ASCII)
_TEXT = re.compile(r"[A-Za-z' ]+")


def find_parts(corpus_dir: Path, wanted: Sequence[str] = ()) -> list[Path]:
    """Find the folders of the wanted parts, or of all parts that are there.

    Raises
    ------
    SentemoError
        When a part is missing, saying what was expected and what was found.
    """
    corpus_dir = Path(corpus_dir)
    if not corpus_dir.is_dir():
        raise SentemoError(f"{corpus_dir}: no such directory; give --corpus_dir LibriSpeech's")
    inner = corpus_dir / "LibriSpeech"
    root = inner if inner.is_dir() else corpus_dir
    found = [name for name in PART_NAMES if (root / name).is_dir()]
    if unknown := [name for name in wanted if name not in PART_NAMES]:
        raise SentemoError(
            f"not a part of LibriSpeech: {', '.join(unknown)}; choose from {', '.join(PART_NAMES)}"
        )
    missing = [name for name in wanted if name not in found]
    if missing or not found:
        raise SentemoError(
            f"{root}: expected {' and '.join(missing) or 'parts such as test-clean'}, "
            f"found {', '.join(found) or 'no part of LibriSpeech'}"
        )
    return [root / name for name in found if name in wanted or not wanted]


def find_sources(corpus_dir: Path, parts: Sequence[str] = ()) -> list[Path]:
    """Return the folders that `parse_librispeech` reads; see `find_parts`."""
    return find_parts(corpus_dir, parts)


def parse_librispeech(
    corpus_dir: Path, parts: Sequence[str] = (), allow_partial: bool = False
) -> ParsedCorpus:
    """Parse transcripts and file names into utterances.

    Texts are upper-case words of A to Z and the apostrophe, with single spaces between them.

    Parameters
    ----------
    corpus_dir
        The folder that contains the parts, or the folder above with ``LibriSpeech/`` in it.
    parts
        Names such as ``test-clean``; no names mean all parts that are there.
    allow_partial
        Accept other numbers of utterances than the published ones, and leave out malformed or
        incomplete utterances, with notes.

    Raises
    ------
    SentemoError
        When a part is incomplete; naming file and line of every transcript without audio or with
        other characters, and every file without a transcript.
    """
    folders = find_parts(corpus_dir, parts)
    root = folders[0].parent
    problems = Problems(str(root))
    dropped: dict[str, list[str]] = {}
    utterances: list[Utterance] = []
    for folder in folders:
        files = [*find_files(root, f"{folder.name}/*/*/*", dropped)]
        audio = {file.stem: file for file in files if file.suffix == ".flac"}
        transcripts = [file for file in files if file.name.endswith(".trans.txt")]
        for transcript in transcripts:
            utterances += _parse_transcript(transcript, root, audio, problems)
        for file in audio.values():
            if _NAME.fullmatch(file.stem) is None:
                dropped.setdefault(OTHER_NAME, []).append(str(file.relative_to(root)))
                continue
            problems.add("audio without transcript", str(file), "no line in its trans.txt")
        if not transcripts:
            problems.add("empty part", folder.name, "no <speaker>/<chapter>/*.trans.txt")
    notes = problems.settle(allow_partial, dropped, REMEDY)
    if not utterances:
        reasons = "; ".join(f"{len(items)} {reason}" for reason, items in dropped.items())
        raise SentemoError(f"{root}: no utterances are left ({reasons})")
    found = Counter(str(utt.split) for utt in utterances)
    published = {folder.name: PUBLISHED_COUNTS[folder.name] for folder in folders}
    checks = {"the published parts": (found, published)}
    notes += check_counts(root, checks, allow_partial, dropped)
    which = folders[0].name if len(folders) == 1 else f"({len(folders)} parts)"
    return ParsedCorpus(
        utterances, dropped, notes, name=f"LibriSpeech {which}", elicitation="read speech"
    )


def _parse_transcript(
    transcript: Path, root: Path, audio: dict[str, Path], problems: Problems
) -> list[Utterance]:
    """Turn the lines of a transcript into utterances, and remove their files from `audio`."""
    part, speaker, chapter = transcript.parts[-4:-1]
    name = re.compile(rf"{re.escape(speaker)}-{re.escape(chapter)}-\d{{4}}")
    utterances = []
    for where, line in numbered_lines(transcript, root):
        utt, *words = line.split()
        text = " ".join(words)
        if name.fullmatch(utt) is None or not words:
            problems.add("malformed transcript line", where, excerpt(line))
            continue
        file = audio.pop(utt, None)
        if file is None:
            problems.add("transcript without audio", where, f"no {utt}.flac, or named twice")
        elif file.parent != transcript.parent:
            problems.add("audio in another folder than its transcript", where, str(file))
        elif _TEXT.fullmatch(text) is None:
            problems.add("character outside A to Z, apostrophe and space", where, excerpt(text))
        else:
            utterances.append(Utterance(utt, speaker, file, text=text.upper(), split=part))
    return utterances
