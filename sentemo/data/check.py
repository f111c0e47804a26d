"""Checks of a data directory before anything is computed from it, which count all problems."""

import re
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from sentemo.core.errors import Problems, SentemoError
from sentemo.data.audio import AudioHeader, conversions, read_headers, without_errors
from sentemo.data.fold_files import read_folds
from sentemo.data.kaldi import (
    GENDER_VALUES,
    SPEAKER_TABLES,
    UNKNOWN_SPEAKER,
    Utterance,
    duration,
    fits,
    read_data_dir,
)
from sentemo.data.labels import read_labels
from sentemo.data.splits import overlap_notes
from sentemo.data.tables import read_table


def check_data_dir(
    path: Path,
    labels: Sequence[str] | None = None,
    sample_rate: int = 16000,
    convert: bool = False,
) -> str:
    """Check a data directory's tables, audio headers and labels.

    Parameters
    ----------
    path
        The data directory.
    labels
        The allowed labels in their order; None for a corpus without labels.
    sample_rate
        Required rate of the audio in Hz.
    convert
        Accept other rates and several channels, because they will be converted.

    Returns
    -------
    str
        One line that summarises the directory.

    Raises
    ------
    SentemoError
        Counting all problems by kind, with examples.
    """
    utterances = read_data_dir(path)
    problems = Problems(str(path))
    headers = read_headers(utt.audio for utt in utterances)
    for utt in utterances:
        _check_audio(utt, headers[utt.audio], sample_rate, convert, problems)
    if labels is not None:
        _check_labels(utterances, labels, problems)
    _check_derived_tables(Path(path), utterances, problems)
    _check_descriptions(Path(path), utterances, problems)
    remedies = "Correct the data directory, or the corpus and prepare it again (stage data)."
    if not convert:
        remedies += " --convert_audio true resamples and downmixes other audio."
    problems.raise_if_any(remedies)
    return _summary(path, utterances, without_errors(headers), labels)


def print_check(
    data: Path,
    labels: Path | None,
    folds: Path | None,
    *,
    allow_partial: bool,
    convert_audio: bool,
    sample_rate: int = 16000,
) -> None:
    """Check a data directory, and a fold file against it; print one line about each.

    Parameters
    ----------
    data
        The data directory.
    labels, folds
        Files of the allowed labels and of the folds; what has no file is not checked.
    allow_partial
        Print a warning where the folds do not fit, instead of raising.
    convert_audio, sample_rate
        As `convert` and `sample_rate` of `check_data_dir`.

    Raises
    ------
    SentemoError
        When the directory or the fold file is wrong.
    """
    allowed = read_labels(labels) if labels else None
    print(check_data_dir(data, allowed, sample_rate, convert_audio))
    if folds is None:
        return
    utterances = read_data_dir(data)
    try:
        found = read_folds(folds, utterances)
    except SentemoError as error:
        if not allow_partial:
            raise
        print(
            f"warning: training needs other data, or --folds that fit these: {error}",
            file=sys.stderr,
        )
        return
    for note in overlap_notes(found, utterances):
        print(f"{data}: {note}")


def _check_audio(
    utt: Utterance,
    header: AudioHeader | SentemoError,
    sample_rate: int,
    convert: bool,
    problems: Problems,
) -> None:
    if isinstance(header, SentemoError):
        problems.add("audio missing, unreadable or empty", utt.id, str(header))
        return
    if conversions(header, sample_rate, utt.channel) and not convert:
        detail = f"{header.rate} Hz, {header.channels} channel(s) in {utt.audio}"
        problems.add(f"not {sample_rate} Hz mono", utt.id, detail)
    if not fits(utt, header.duration):
        detail = f"{utt.start} to {utt.end} s of {header.duration:.3f} s in {utt.audio}"
        problems.add("segment ends after its recording", utt.id, detail)


def _check_labels(
    utterances: Sequence[Utterance], labels: Sequence[str], problems: Problems
) -> None:
    for utt in utterances:
        if utt.is_training_only:
            continue
        if utt.label is None:
            problems.add("no label", utt.id, "not in utt2label")
        elif utt.label not in labels:
            problems.add("unknown label", utt.id, f"{utt.label} (known: {', '.join(labels)})")


def _check_derived_tables(path: Path, utterances: Sequence[Utterance], problems: Problems) -> None:
    """Check spk2utt, utt2dur and utt2level, if they exist, against what they derive from."""
    if (path / "spk2utt").is_file():
        of_utterance = {
            (utt, speaker)
            for speaker, ids in read_table(path / "spk2utt").items()
            for utt in ids.split()
        }
        for utt, speaker in sorted(of_utterance ^ {(u.id, u.speaker) for u in utterances}):
            problems.add("utt2spk and spk2utt disagree", utt, f"speaker {speaker}")
    ids = {utt.id for utt in utterances}
    for name in ("utt2dur", "utt2level"):
        listed = read_table(path / name).keys() if (path / name).is_file() else ids
        for utt in sorted(listed ^ ids):
            problems.add(f"{name} lists other utterances", utt, "in one of the files only")


def _check_descriptions(path: Path, utterances: Sequence[Utterance], problems: Problems) -> None:
    """Check the tables by which results are told apart; they may lack speakers and utterances."""
    speakers, ids = {utt.speaker for utt in utterances}, {utt.id for utt in utterances}
    for name, known in (*((name, speakers) for name in SPEAKER_TABLES), ("utt2sentence", ids)):
        table = read_table(path / name) if (path / name).is_file() else {}
        for key in sorted(table.keys() - known):
            problems.add(f"in {name} but not in utt2spk", key, table[key])
        for key, value in table.items():
            if name == "spk2gender" and value not in GENDER_VALUES:
                problems.add("gender that is neither f nor m", key, value)
            if name == "spk2age" and not (
                re.fullmatch("[0-9]{1,3}", value) and 0 < int(value) < 150
            ):
                problems.add("age that is no number of years", key, value)


def _summary(
    path: Path,
    utterances: Sequence[Utterance],
    headers: dict[Path, AudioHeader],
    labels: Sequence[str] | None,
) -> str:
    seconds = sum(duration(utt, headers[utt.audio].duration) for utt in utterances)
    speakers = len({u.speaker for u in utterances if u.original is None} - {UNKNOWN_SPEAKER})
    parts = [f"{len(utterances)} utterances", f"{speakers} speakers", f"{seconds / 3600:.2f} h"]
    counts = Counter(utt.label for utt in utterances if utt.label is not None)
    if counts:
        order = labels if labels is not None else sorted(counts)
        parts.append(" · ".join(f"{label} {counts[label]}" for label in order))
    if only := sum(utt.is_training_only for utt in utterances):
        parts.append(f"{only} without agreement, only trained on")
    return f"{path}: {', '.join(parts)}"
