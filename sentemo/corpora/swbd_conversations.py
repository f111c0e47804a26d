"""Conversations of Switchboard whose segments somebody labelled: their files, and their words."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from sentemo.core.errors import Problems, SentemoError
from sentemo.corpora.release import OTHER_NAME
from sentemo.corpora.switchboard import (
    CALLER_LINE,
    CALLER_SIDES,
    CALLERS_FILE,
    TRANSCRIPT_LINE,
    VOCAL,
    SwitchboardFiles,
    Timed,
    pronounced_word,
    read_timed_words,
)
from sentemo.data.kaldi import UNKNOWN_SPEAKER
from sentemo.data.preparation import ParsedCorpus
from sentemo.data.word_times import Word

REMEDY = (
    f"A transcript line is like {TRANSCRIPT_LINE!r}, a line of {CALLERS_FILE} like "
    f"{CALLER_LINE!r}. Correct these lines, or leave them out and count them with "
    "--allow_partial true."
)
NO_AUDIO = "no audio of the conversation"
NO_TRANSCRIPT = "no transcript of both sides of the conversation"
UNKNOWN_CALLER = f"caller not in {CALLERS_FILE}"
CALLERS_SOURCE = "the documentation on the catalogue page of LDC97S62, catalog.ldc.upenn.edu"


def require_folders(**folders: Path) -> None:
    """Require folders, by the options that name them.

    Raises
    ------
    SentemoError
        Naming the first that is not there.
    """
    for option, folder in folders.items():
        if not Path(folder).is_dir():
            raise SentemoError(f"{folder}: no such directory; correct --{option}")


def files_left_out(files: SwitchboardFiles) -> defaultdict[str, list[str]]:
    """Return the names of files that are no part of the corpus, by reason."""
    dropped: defaultdict[str, list[str]] = defaultdict(list)
    if files.resource_files:
        dropped["macOS resource file"] = files.resource_files
    if files.others:
        dropped[OTHER_NAME] = files.others
    return dropped


def require_files(
    labelled: Mapping[str, Sequence[str]],
    files: SwitchboardFiles,
    dropped: defaultdict[str, list[str]],
    problems: Problems | None,
) -> list[str]:
    """Return the conversations that have audio and both transcripts, sorted.

    Parameters
    ----------
    labelled
        Names of the labelled utterances of each conversation.
    dropped
        Utterances of the other conversations are added here.
    problems
        Where the other conversations are added, to be refused; None leaves them out.

    Raises
    ------
    SentemoError
        Naming the conversations that lack files, unless these are left out.
    """
    found = []
    for name, utterances in sorted(labelled.items()):
        if name not in files.audio:
            reason = NO_AUDIO
        elif not all(f"{name}-{side}" in files.transcripts for side in CALLER_SIDES):
            reason = NO_TRANSCRIPT
        else:
            found.append(name)
            continue
        dropped[reason] += utterances
        if problems is not None:
            problems.add(reason, name, f"{len(utterances)} labels")
    if problems is not None:
        problems.raise_if_any(
            "Complete the corpus (sw02001.sph, sw2001A-ms98-a-trans.text, …), or accept the files "
            "that are there with --allow_partial true (results are then not comparable)."
        )
    return found


def words_of_segments(
    segments: Iterable[tuple[str, str]], files: SwitchboardFiles, problems: Problems
) -> dict[str, list[Timed]]:
    """Read the words of some segments, which are given as sides and names, by segment."""
    wanted: defaultdict[str, set[str]] = defaultdict(set)
    for side, segment in segments:
        wanted[side].add(segment)
    words: defaultdict[str, list[Timed]] = defaultdict(list)
    for side in wanted.keys() & files.words.keys():
        for word in read_timed_words(files.words[side], wanted[side], problems):
            words[word.segment].append(word)
    return words


def words_within(begin: float, stop: float, words: Sequence[Timed]) -> list[Word]:
    """Return the words and vocal sounds of a part of a conversation, with times from its start."""
    spoken = []
    for word in words:
        text = pronounced_word(word.text) or (word.text if word.text in VOCAL else "")
        start, end = max(word.start, begin), min(word.end, stop)
        if text and start <= end:
            spoken.append(Word(start - begin, end - start, text))
    return spoken


def limits(corpus: ParsedCorpus, files: SwitchboardFiles) -> list[str]:
    """Return notes for the results on missing callers, files and word times."""
    notes = []
    unknown = sum(utt.speaker == UNKNOWN_SPEAKER for utt in corpus.utterances)
    if files.callers is None:
        notes.append(f"callers are unknown without {CALLERS_FILE}")
    elif unknown:
        notes.append(f"utterances of callers who are not in {CALLERS_FILE}: {unknown}")
    if missing := sum(len(corpus.dropped.get(reason, ())) for reason in (NO_AUDIO, NO_TRANSCRIPT)):
        notes.append(f"labels without audio or transcripts: {missing}")
    if without := len(corpus.utterances) - len(corpus.words):
        notes.append(f"utterances without times of words: {without}")
    return notes
