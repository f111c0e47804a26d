"""Transcripts of IEMOCAP's dialogues, and word times of its utterances.

A line of ``dialog/transcriptions/<dialogue>.txt``::

    Ses01F_impro01_F000 [006.2901-008.2357]: Excuse me. [BREATHING]

Lines of ``sentences/ForcedAlignment/<dialogue>/<utterance>.wdseg``, between a header and a total,
with the first and the last frame of each word, in frames of 10 ms::

        SFrm    EFrm    SegAScr Word
          13      56    -118044 EXCUSE
"""

import re
from collections.abc import Collection, Iterable
from pathlib import Path

from sentemo.core.errors import Problems
from sentemo.corpora.release import excerpt, numbered_lines
from sentemo.data.word_times import Word

NOT_A_WAV = "transcript line without wav"
ONLY_A_LETTER = "transcript line with a letter instead of an utterance"
REPEATED = "transcript line that repeats an utterance"
ALIGNMENT_FRAMES_PER_SECOND = 100
_TRANSCRIPT = re.compile(r"(?P<utterance>Ses\S+)\s+\[[^]]*\]:\s*(?P<text>.*)")
_LETTER = re.compile(r"[FM]\b.*")
_TAG = re.compile(r"\[[^]]*\]")
_HEADER = ["SFrm", "EFrm", "SegAScr", "Word"]
_SILENCE = ("<s>", "</s>", "<sil>")
_WORD = re.compile(
    r"(?P<first>[0-9]{1,9})\s+(?P<last>[0-9]{1,9})\s+\S+\s+(?P<word>\S+?)(?:\([0-9]+\))?"
)
_NON_VERBAL = re.compile(r"\+\+(.+)\+\+")


def parse_transcripts(
    files: Iterable[Path],
    root: Path,
    utterances: Collection[str],
    dropped: dict[str, list[str]],
    problems: Problems,
) -> dict[str, str]:
    """Parse the transcripts of all dialogues.

    Parameters
    ----------
    utterances
        Names of the utterances that have a wav file; lines of others are added to `dropped`.

    Returns
    -------
    dict
        Text with tags, by utterance.
    """
    texts: dict[str, str] = {}
    for file in files:
        for where, line in numbered_lines(file, root):
            match = _TRANSCRIPT.fullmatch(line)
            if match is None and _LETTER.fullmatch(line):
                dropped[ONLY_A_LETTER].append(where)
            elif match is None:
                problems.add("malformed transcript line", where, excerpt(line))
            elif match["utterance"] not in utterances:
                dropped[NOT_A_WAV].append(where)
            elif match["utterance"] in texts:
                dropped[REPEATED].append(where)
            else:
                texts[match["utterance"]] = " ".join(match["text"].split())
    return texts


def spoken_words(tagged: str) -> str | None:
    """Return a transcript without its tags, or None if no word remains."""
    text = " ".join(_TAG.sub(" ", tagged).split())
    return text if re.search(r"\w", text) else None


def parse_word_times(file: Path, root: Path, problems: Problems) -> list[Word]:
    """Parse an utterance's alignment: its words, and sounds such as ``[LAUGHTER]``."""
    words = []
    for where, line in numbered_lines(file, root):
        if line.split() == _HEADER or line.startswith("Total score"):
            continue
        match = _WORD.fullmatch(line)
        if match is None or int(match["first"]) > int(match["last"]):
            problems.add("malformed line of an alignment", where, excerpt(line))
        elif match["word"] not in _SILENCE:
            first, last = int(match["first"]), int(match["last"])
            word = _NON_VERBAL.sub(r"[\1]", match["word"])
            frames = last + 1 - first
            rate = ALIGNMENT_FRAMES_PER_SECOND
            words.append(Word(first / rate, frames / rate, word))
    return words
