"""Importing a Kaldi-style data directory that another program wrote."""

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from sentemo.core.errors import Problems, SentemoError
from sentemo.core.markers import Marker
from sentemo.data.audio import audio_fingerprint
from sentemo.data.conversion import convert_unreadable, find_unreadable
from sentemo.data.dimensions import constant_notes
from sentemo.data.kaldi import DATA_DIR_TABLES, UNKNOWN_SPEAKER, Utterance, read_data_dir
from sentemo.data.labels import read_labels
from sentemo.data.preparation import ParsedCorpus, read_counts, write_data_dir
from sentemo.data.spellings import add_look_alikes, is_unknown
from sentemo.data.splits import SIDES
from sentemo.data.target_files import task_of, write_target_files
from sentemo.data.targets import TARGET_TABLES, TASKS


def import_data_dir(
    source: Path,
    dest: Path,
    labels: Path | None = None,
    audio_root: Path = Path(),
    task: str | None = None,
    scale: str | None = None,
    convert_audio: bool = False,
    nj: int | None = None,
) -> dict[str, Any] | None:
    """Import a data directory, and return its counts, or None if that is done already.

    Parameters
    ----------
    source
        A directory with the tables that ``sentemo.bin.import_data_dir --help`` explains.
    dest
        Data directory to write.
    labels
        File of the classes in their order; None takes those of ``utt2label``.
    audio_root
        Folder that relative audio paths start from.
    task, scale
        See `ListedRecordings`.
    convert_audio
        Convert audio that only the sox program reads, instead of refusing it.
    nj
        Conversions at a time; None means one per available core.

    Raises
    ------
    SentemoError
        When tables are missing, or naming the utterances with wrong values or unreadable audio.
    """
    task = _task_of_tables(source, task)
    if source.resolve() == dest.resolve():
        raise SentemoError(f"{dest}: is the source itself. Give another --dest (--work_dir).")
    inputs = [source / name for name in DATA_DIR_TABLES if (source / name).is_file()]
    if labels:
        inputs.append(labels)
    unknown = None if (source / "utt2spk").is_file() else UNKNOWN_SPEAKER
    utterances = [
        replace(
            utt,
            audio=audio_root / utt.audio,
            speaker=UNKNOWN_SPEAKER if is_unknown(utt.speaker) else utt.speaker,
        )
        for utt in read_data_dir(source, speaker=unknown)
    ]
    name, notes = _described(source)
    if convert_audio:
        utterances, converted = _converted(utterances, dest.with_name("converted"), nj)
        notes = [*notes, *converted]
    options = {
        "audio_root": os.path.abspath(audio_root),
        "task": task,
        "scale": scale,
        "convert_audio": convert_audio,
        "audio": audio_fingerprint(utt.audio for utt in utterances),
    }
    marker = Marker(dest / ".done.json", inputs, options)
    if marker.is_current():
        print(f"{dest}: up to date")
        return None
    learns_classes = "label" in TASKS[task]
    _check_values(source, utterances, read_labels(labels) if labels and learns_classes else None)
    if not convert_audio:
        _require_readable(source, utterances)
    if "avd" in TASKS[task]:
        notes = [*notes, *constant_notes(utterances)]
    write_target_files(dest, source, utterances, task, labels, scale)
    counts = write_data_dir(dest, ParsedCorpus(utterances, notes=notes, name=name))
    marker.write()
    return counts


def _described(source: Path) -> tuple[str, list[str]]:
    """Return the name of a corpus, and the notes on it where a command of ours wrote it."""
    name = source.resolve().name
    try:
        counts = read_counts(source)
    except SentemoError:  # another program's directory
        return name, []
    return counts["corpus"] or name, counts["notes"]


def _check_values(
    source: Path, utterances: Sequence[Utterance], labels: Sequence[str] | None
) -> None:
    problems = Problems(str(source))
    has_sides = any(utt.split in SIDES for utt in utterances)
    remedies = ["Correct these lines, or leave these utterances out of the source."]
    for utt in utterances:
        if labels is not None and utt.label not in labels and not utt.is_training_only:
            problems.add("label not in the labels file", utt.id, str(utt.label))
        if utt.split is not None and utt.split not in SIDES and has_sides:
            problems.add("unknown part in utt2split", utt.id, utt.split)
    add_look_alikes("speaker", ((utt.speaker, utt.id) for utt in utterances), problems)
    add_look_alikes("label", ((utt.label, utt.id) for utt in utterances), problems)
    if labels is not None:
        remedies.append(f"The labels file has {', '.join(labels)}; utt2split {', '.join(SIDES)}.")
    problems.raise_if_any(" ".join(remedies))


def _converted(
    utterances: Sequence[Utterance], folder: Path, nj: int | None
) -> tuple[list[Utterance], list[str]]:
    """Replace audio that only sox reads by its conversion, and return a note about it."""
    recordings = {utt.recording or utt.id: utt.audio for utt in utterances}
    files = convert_unreadable(recordings, folder, nj)
    notes = [f"converted by sox: {len(files)} recordings"] if files else []
    return [replace(u, audio=files.get(u.recording or u.id, u.audio)) for u in utterances], notes


def _require_readable(source: Path, utterances: Sequence[Utterance]) -> None:
    problems = Problems(str(source))
    for name, path in find_unreadable({u.recording or u.id: u.audio for u in utterances}).items():
        problems.add("unreadable audio", name, str(path))
    problems.raise_if_any(
        "Repair these files, or leave them out. --convert_audio true converts formats that only "
        "the sox program reads, such as AMR and WavPack."
    )


def _task_of_tables(source: Path, task: str | None) -> str:
    """Return what is learnt from a directory, and require that it has the tables of it."""
    if not source.is_dir():
        raise SentemoError(f"{source}: no such directory; set --data_dir to your data directory")
    has = {name for name in DATA_DIR_TABLES if (source / name).is_file()}
    if "wav.scp" not in has or not has & {"utt2label", "utt2avd"}:
        missing = "wav.scp" if "wav.scp" not in has else "utt2label or utt2avd"
        raise SentemoError(
            f"{source}: no {missing}; it must have wav.scp, utt2label or utt2avd, and utt2spk"
        )
    task = task or task_of("utt2label" in has, "utt2avd" in has)
    for table in map(TARGET_TABLES.__getitem__, TASKS[task]):
        if table not in has:
            raise SentemoError(f"{source}: no {table} for --task {task}")
    if not has & {"utt2spk", "utt2split"}:
        raise SentemoError(
            f"{source}: no utt2spk. Results only hold for new speakers when no speaker is both "
            "trained on and tested, so every utterance needs its speaker. Write "
            f'{source / "utt2spk"} with one "<utterance> <speaker>" line per utterance, sorted by '
            "utterance. If speakers are unknown, use a session, a call or another unit that surely "
            "has one voice, or decide yourself which utterances are tested: write utt2split with "
            '"<utterance> <train, valid or test>" lines; results then say that speakers may be on '
            "both sides."
        )
    return task
