"""Writing a parsed corpus as a data directory, with counts; nothing is dropped silently.

Beside the tables of `kaldi`, a directory holds ``counts.json``, ``dropped.tsv`` (every utterance or
file that was left out, with the reason), and if the corpus has them ``words.ctm``
(``<utterance> 1 <start> <duration> <word>``, in seconds from the utterance's start) and
``utt2agreement`` (share of the annotators who agree with the label).
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypedDict

from sentemo.core.cells import text_cell
from sentemo.core.errors import Problems, SentemoError
from sentemo.core.files import atomic_dir, atomic_file, write_json
from sentemo.core.structured import read_json
from sentemo.data.audio import BAR_DELAY, READER_THREADS, read_headers, sound_level
from sentemo.data.directory_tables import directory_tables
from sentemo.data.kaldi import (
    CHANNELS,
    DATA_DIR_TABLES,
    DESCRIPTION_TABLES,
    UNKNOWN_SPEAKER,
    Utterance,
    duration,
    fits,
    read_data_dir,
)
from sentemo.data.tables import read_table, write_table
from sentemo.data.word_times import WORD_TIMES, Word, read_words, write_word_times

COUNTS = "counts.json"  # a directory with this file may be replaced
TRAINING_ONLY = "training_only"  # there: utterances without agreement, if there are some


@dataclass(frozen=True)
class ParsedCorpus:
    """A corpus as its parser found it.

    Parameters
    ----------
    utterances
        The utterances to keep.
    dropped
        Ids or file names that were left out on purpose, by reason.
    notes
        Deviations from the published corpus, and limits of its partition, for the results.
    name
        Name of the corpus, with its release if there are several: "MSP-Podcast 1.11".
    elicitation
        Elicitation of the speech, as in Table 1 of Lu et al.: "play-acted", "conversation".
    tables
        Further tables by file name, with a value per utterance, or per speaker (``spk2gender``).
    words
        Words with their times, by utterance.
    agreement
        Share of the annotators who agree with each utterance's label, 0 to 1.
    """

    utterances: list[Utterance]
    dropped: dict[str, list[str]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    name: str = ""
    elicitation: str = ""
    tables: dict[str, dict[str, str]] = field(default_factory=dict)
    words: dict[str, list[Word]] = field(default_factory=dict)
    agreement: dict[str, float] = field(default_factory=dict)


def write_data_dir(
    path: Path, corpus: ParsedCorpus, human: Mapping[str, float] | None = None
) -> dict[str, Any]:
    """Write a data directory atomically, replacing an earlier one that this function wrote.

    Parameters
    ----------
    path
        The data directory.
    corpus
        Content of the directory.
    human
        Accuracy of the annotators for ``counts.json``, from `sentemo.scoring.human`.

    Returns
    -------
    dict
        The content of ``counts.json``.

    Raises
    ------
    SentemoError
        When there are no utterances, ids repeat, audio is missing, unreadable, empty or silent, or
        `path` is a directory that this function did not write.
    """
    path = Path(path)
    require_replaceable(path, COUNTS)
    if not corpus.utterances:
        raise SentemoError(f"{path}: no utterances to write")
    _require_names(path, corpus.utterances)
    durations, levels = _durations_and_levels(path, corpus.utterances)
    counts = _counts(corpus, durations)
    if human is not None:
        counts["human"] = dict(human)
    with atomic_dir(path) as aside:
        agreement = {utt: f"{share:.4f}" for utt, share in corpus.agreement.items()}
        tables = directory_tables(corpus.utterances, durations, levels)
        tables["utt2agreement"] = agreement
        for name, table in {**tables, **corpus.tables}.items():
            if table:
                write_table(aside / name, table)
        if corpus.words:
            write_word_times(aside / WORD_TIMES, corpus.words)
        _write_dropped(aside / "dropped.tsv", corpus.dropped)
        write_json(aside / COUNTS, counts)
    return counts


AGAIN = "It may be damaged, or written by an older version: run stage data again."


class Counts(TypedDict):
    """Content of ``counts.json``."""

    corpus: str | None
    elicitation: str | None
    utterances: int
    speakers: int
    of_unknown_speakers: int
    hours: float
    labels: dict[str, int]
    splits: dict[str, int]
    dropped: dict[str, int]
    notes: list[str]


def read_counts(path: Path) -> dict[str, Any]:
    """Read the counts that `write_data_dir` wrote into a data directory.

    Raises
    ------
    SentemoError
        When there are none, or an older version wrote them.
    """
    file = path / COUNTS
    if not file.is_file():
        raise SentemoError(f"{file}: missing. {AGAIN}")
    return read_counts_file(file)


def read_counts_file(file: Path) -> dict[str, Any]:
    """Read a copy of the counts; see `read_counts`."""
    return dict(read_json(file, Counts, AGAIN))


def prepared_files(path: Path) -> list[Path]:
    """Return the files of a data directory that `read_prepared` reads, for a marker's inputs."""
    names = (*DATA_DIR_TABLES, *DESCRIPTION_TABLES, COUNTS, WORD_TIMES)
    return [path / name for name in names if (path / name).exists()]


def read_prepared(path: Path) -> ParsedCorpus:
    """Read a data directory of `write_data_dir`, to make another one from it.

    Utterances that were left out stay in the old directory's ``counts.json`` only.
    Of the further tables `DESCRIPTION_TABLES` are read.

    Raises
    ------
    SentemoError
        As `read_data_dir`, `read_counts` and `read_words` do.
    """
    utterances, counts = read_data_dir(path), read_counts(path)
    descriptions = [name for name in DESCRIPTION_TABLES if (path / name).is_file()]
    return ParsedCorpus(
        utterances,
        notes=counts["notes"],
        name=counts["corpus"],
        elicitation=counts["elicitation"],
        tables={name: read_table(path / name) for name in descriptions},
        words=read_words(path),
    )


def require_replaceable(path: Path, sign: str) -> None:
    """Refuse to replace anything but an empty directory or an earlier output.

    Parameters
    ----------
    path
        Path of the directory that will be written.
    sign
        Name of a file that every such output holds.
    """
    empty = path.is_dir() and not any(path.iterdir())
    if path.exists() and not empty and not (path / sign).is_file():
        raise SentemoError(
            f"{path}: exists and is not an earlier output, as it has no {sign}. "
            "Give another --dest, or remove it yourself."
        )


def _durations_and_levels(
    path: Path, utterances: Sequence[Utterance]
) -> tuple[dict[str, float], dict[str, float]]:
    headers = read_headers(u.audio for u in utterances)
    problems = Problems(str(path))
    durations: dict[str, float] = {}
    for utt in utterances:
        header = headers[utt.audio]
        if isinstance(header, SentemoError):
            problems.add("audio", utt.id, str(header))
        elif utt.id in durations:
            problems.add("duplicate id", utt.id, str(utt.audio))
        elif not fits(utt, header.duration):
            detail = f"{utt.start} to {utt.end} s of {header.duration:.3f} s in {utt.audio}"
            problems.add("segment ends after its recording", utt.id, detail)
        elif utt.channel is not None and not utt.channel < header.channels > 1:
            detail = f"{CHANNELS[utt.channel]} of {header.channels} in {utt.audio}"
            problems.add("no such channel", utt.id, detail)
        else:
            durations[utt.id] = duration(utt, header.duration)
    levels = _levels([utt for utt in utterances if utt.id in durations], problems)
    problems.raise_if_any("Repair or remove these audio files and utterances.")
    return durations, levels


def _levels(utterances: Sequence[Utterance], problems: Problems) -> dict[str, float]:
    """Measure levels, counting utterances in which nothing is heard, which prediction refuses."""

    def measured(utt: Utterance) -> float | SentemoError | None:
        try:
            return sound_level(utt.audio, utt.start, utt.end, utt.channel)
        except SentemoError as error:
            return error

    from tqdm import tqdm

    levels: dict[str, float] = {}
    with ThreadPoolExecutor(READER_THREADS) as pool:
        found = pool.map(measured, utterances)
        bar = tqdm(found, "levels", len(utterances), unit="utt", delay=BAR_DELAY)
        for utt, level in zip(utterances, bar, strict=True):
            if isinstance(level, SentemoError):
                problems.add("audio", utt.id, str(level))
            elif level is None:
                problems.add("silence", utt.id, f"nothing is heard in {utt.audio}")
            else:
                levels[utt.id] = level
    return levels


def _require_names(path: Path, utterances: Sequence[Utterance]) -> None:
    """Require names without white space, which ends a name in the tables."""
    problems = Problems(str(path))
    for utt in utterances:
        names = {"utterance": utt.id, "speaker": utt.speaker, "class": utt.label}
        for what, name in names.items():
            if name is not None and (not name or any(map(str.isspace, name))):
                problems.add(f"{what} empty or with white space", utt.id, repr(name))
    problems.raise_if_any("Rename these in the source, for example with _ in place of a space.")


def _write_dropped(path: Path, dropped: Mapping[str, Sequence[str]]) -> None:
    with atomic_file(path) as stream:
        stream.write("item\treason\n")
        for reason, items in dropped.items():
            for item in sorted(items):
                # File names may contain tabs, line breaks and bytes that are not text.
                shown = " ".join(item.encode(errors="replace").decode().split())
                stream.write(f"{text_cell(shown)}\t{reason}\n")


def _counts(corpus: ParsedCorpus, durations: Mapping[str, float]) -> dict[str, Any]:
    utterances = corpus.utterances
    speakers = {u.speaker for u in utterances if u.original is None}
    only = sum(u.is_training_only for u in utterances)
    agreed = (u for u in utterances if not u.is_training_only)
    labels = Counter(u.label for u in agreed if u.label is not None)
    splits = Counter(u.split for u in utterances if u.split is not None)
    return {
        "corpus": corpus.name,
        "elicitation": corpus.elicitation,
        "utterances": len(durations),
        "speakers": len(speakers - {UNKNOWN_SPEAKER}),
        "of_unknown_speakers": sum(u.speaker == UNKNOWN_SPEAKER for u in utterances),
        "hours": round(sum(durations.values()) / 3600, 4),
        "labels": dict(sorted(labels.items())),
        **({TRAINING_ONLY: only} if only else {}),
        "splits": dict(sorted(splits.items())),
        "dropped": {reason: len(items) for reason, items in corpus.dropped.items()},
        "notes": list(corpus.notes),
    }
