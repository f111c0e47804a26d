"""LibriSpeech (Panayotov et al., ICASSP 2015; CC BY 4.0): read speech with transcripts.

``LibriSpeech/<part>/<speaker>/<chapter>/`` holds ``<speaker>-<chapter>-<nnnn>.flac`` files and
``<speaker>-<chapter>.trans.txt`` with one "<utterance> <TEXT>" line for each of them.
"""

import re
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from sentemo.corpora import ParsedCorpus
from sentemo.data.kaldi import Utterance
from sentemo.errors import Problems, SentemoError

PARTS = (
    "train-clean-100",
    "train-clean-360",
    "train-other-500",
    "dev-clean",
    "dev-other",
    "test-clean",
    "test-other",
)


def find_parts(corpus_dir: Path, wanted: Sequence[str] = ()) -> list[Path]:
    """Find the folders of the wanted parts, or of all that are there.

    Raises
    ------
    SentemoError
        Saying what was expected and what was found.
    """
    corpus_dir = Path(corpus_dir)
    if not corpus_dir.is_dir():
        raise SentemoError(f"{corpus_dir}: no such directory; give --corpus_dir LibriSpeech's")
    inner = corpus_dir / "LibriSpeech"
    root = inner if inner.is_dir() else corpus_dir
    found = [name for name in PARTS if (root / name).is_dir()]
    if unknown := [name for name in wanted if name not in PARTS]:
        raise SentemoError(
            f"not a part of LibriSpeech: {', '.join(unknown)}; choose from {', '.join(PARTS)}"
        )
    missing = [name for name in wanted if name not in found]
    if missing or not found:
        raise SentemoError(
            f"{root}: expected {' and '.join(missing) or 'parts such as test-clean'}, "
            f"found {', '.join(found) or 'no part of LibriSpeech'}"
        )
    return [root / name for name in found if name in wanted or not wanted]


def parse_librispeech(corpus_dir: Path, parts: Sequence[str] = ()) -> ParsedCorpus:
    """Parse transcripts and file names into utterances; texts stay upper-case.

    Parameters
    ----------
    corpus_dir
        The folder that holds the parts, or the one above with ``LibriSpeech/`` in it.
    parts
        Names such as ``test-clean``; none means all that are there.

    Raises
    ------
    SentemoError
        Naming file and line of every transcript without audio, and every file without transcript.
    """
    folders = find_parts(corpus_dir, parts)
    problems = Problems(str(folders[0].parent))
    dropped: dict[str, list[str]] = defaultdict(list)
    utterances: list[Utterance] = []
    for folder in folders:
        audio, transcripts = {}, []
        for file in sorted(folder.glob("*/*/*")):
            if file.name.startswith("._"):
                dropped["macOS resource file"].append(file.name)
            elif file.suffix == ".flac":
                audio[file.stem] = file
            elif file.name.endswith(".trans.txt"):
                transcripts.append(file)
        for transcript in transcripts:
            utterances += _parse_transcript(transcript, audio, problems)
        for file in audio.values():
            problems.add("audio without transcript", str(file), "no line in its trans.txt")
        if not transcripts:
            problems.add("empty part", folder.name, "no <speaker>/<chapter>/*.trans.txt")
    problems.raise_if_any("Unpack the part again: the archive's files belong together.")
    return ParsedCorpus(utterances, dict(dropped))


def _parse_transcript(
    transcript: Path, audio: dict[str, Path], problems: Problems
) -> list[Utterance]:
    """Turn a transcript's lines into utterances, taking their files out of `audio`."""
    speaker, chapter = transcript.parts[-3:-1]
    name = re.compile(rf"{re.escape(speaker)}-{re.escape(chapter)}-\d{{4}}")
    utterances = []
    for number, raw in enumerate(transcript.read_bytes().splitlines(), start=1):
        where = f"{transcript}:{number}"
        utt, _, text = raw.decode("utf-8", errors="replace").strip().partition(" ")
        if name.fullmatch(utt) is None or not text.strip() or "\N{REPLACEMENT CHARACTER}" in text:
            problems.add("malformed transcript line", where, repr(raw[:60]))
            continue
        file = audio.pop(utt, None)
        if file is None:
            problems.add("transcript without audio", where, f"no {utt}.flac, or named twice")
        elif file.parent != transcript.parent:
            problems.add("audio in another folder than its transcript", where, str(file))
        else:
            utterances.append(Utterance(utt, speaker, file, text=text.strip()))
    return utterances
