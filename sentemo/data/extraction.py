"""Extraction of features, or of raw audio, from a data directory's audio, in parallel.

Each archive holds a fixed number of utterances, so the result does not depend on the processes.
"""

import hashlib
import math
import os
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np

from sentemo.core.errors import Problems, SentemoError
from sentemo.core.files import atomic_dir, atomic_file, write_json
from sentemo.core.processes import one_thread
from sentemo.data.audio import (
    AudioHeader,
    conversions,
    read_audio,
    read_headers,
    samples_digest,
    to_int16,
    without_errors,
)
from sentemo.data.compressed import compress
from sentemo.data.features import (
    DIGESTS,
    FEATS_JSON,
    FRAMES_PER_SECOND,
    SAMPLE_RATE,
    UTT_STATS,
    WINDOW_MS,
    describe_files,
    feature_dim,
    raw_rate,
    source_digest,
)
from sentemo.data.filterbank import fbank
from sentemo.data.kaldi import Utterance
from sentemo.data.preparation import require_replaceable
from sentemo.data.same_recordings import repetition_notes, same_recordings
from sentemo.data.sound import is_silent
from sentemo.data.tables import write_table
from sentemo.launch.workers import ONE_PROCESS, Workers

UTTERANCES_PER_ARK = 100


def extract(
    utterances: Sequence[Utterance],
    dest: Path,
    feature_type: str = "fbank80",
    workers: Workers = ONE_PROCESS,
    convert: bool = False,
) -> dict[str, Any]:
    """Write the features of `utterances` as a feature directory, atomically.

    Parameters
    ----------
    utterances
        All utterances of a data directory.
    dest
        The feature directory; an earlier one is replaced.
    feature_type
        ``fbank40``, ``fbank80`` or a type of raw audio.
    workers
        Workers that compute the features; they do not change the result.
    convert
        Resample and downmix audio that is not mono at the type's rate, instead of refusing it.

    Returns
    -------
    dict
        The content of ``feats.json``.

    Raises
    ------
    SentemoError
        Naming all utterances whose audio cannot be used, is silent, or shorter than one window.
    """
    dest = Path(dest)
    dim, rate = feature_dim(feature_type), raw_rate(feature_type) or SAMPLE_RATE
    require_replaceable(dest, FEATS_JSON)
    headers = read_headers(utt.audio for utt in utterances)
    notes = check_audio(dest, utterances, headers, rate, convert)
    ordered = sorted(utterances, key=lambda u: u.id)
    with atomic_dir(dest) as aside:
        done = _run_jobs(_jobs(ordered, headers, aside, feature_type, convert), workers)
        problems = Problems(str(dest))
        for result in done:
            if result.problem:
                problems.add("audio", result.id, result.problem)
        problems.raise_if_any("Repair these files, or remove these utterances from the data.")

        final = os.path.abspath(dest)
        write_table(
            aside / "feats.scp", {r.id: f"{final}/feats.{r.ark}.ark:{r.offset}" for r in done}
        )
        write_table(aside / "utt2num_frames", {r.id: str(r.num_frames) for r in done})
        if raw_rate(feature_type) is None:
            _write_stats(aside / UTT_STATS, done)
        digests = {r.id: r.digest for r in done}
        write_table(aside / DIGESTS, digests)
        notes += repetition_notes(same_recordings(utterances, digests))
        content = "".join(f"{r.id} {r.digest}\n" for r in done)
        summary = {
            "feature_type": feature_type,
            "dim": dim,
            "sample_rate": rate,
            "utterances": len(done),
            "source": source_digest(utterances),
            "hours": round(sum(r.seconds for r in done) / 3600, 4),
            "sha256": hashlib.sha256(content.encode()).hexdigest(),
            "notes": notes,
            **describe_files(aside),
        }
        write_json(aside / FEATS_JSON, summary)
    return summary


def check_audio(
    dest: Path,
    utterances: Sequence[Utterance],
    headers: Mapping[Path, AudioHeader | SentemoError],
    rate: int,
    convert: bool,
) -> list[str]:
    """Check all recordings, and return a note for each kind of conversion or header with its count.

    Parameters
    ----------
    headers
        What `read_headers` found in each recording.

    Raises
    ------
    SentemoError
        Naming the files that cannot be read, or that need a conversion that `convert` does not
        allow.
    """
    problems = Problems(str(dest))
    notes: Counter[str] = Counter()
    for header in headers.values():
        if isinstance(header, AudioHeader) and header.note:
            notes[header.note] += 1
    for path, channel in dict.fromkeys((u.audio, u.channel) for u in utterances):
        header = headers[path]
        if not isinstance(header, AudioHeader):
            problems.add("audio", str(path), str(header))
        elif needed := conversions(header, rate, channel):
            notes.update(needed)
            if not convert:
                detail = f"{header.rate} Hz, {header.channels} channel(s)"
                problems.add(f"not {rate} Hz mono", str(path), detail)
    problems.raise_if_any(
        "Repair or remove these files; --convert_audio true resamples and downmixes "
        "(only valid if all classes were recorded in the same way)."
    )
    return [f"{how}: {n} recording{'s' * (n > 1)}" for how, n in sorted(notes.items())]


@dataclass(frozen=True)
class _Job:
    """One archive to write, as it is sent to a worker process."""

    number: int
    archive: Path
    utterances: Sequence[Utterance]
    headers: Mapping[Path, AudioHeader]
    feature_type: str
    convert: bool


@dataclass(frozen=True)
class _Result:
    """A worker's result for one utterance; `stats` are sum and sum of squares, ``(2, dim)``."""

    id: str
    problem: str = ""
    ark: int = 0
    offset: int = 0
    num_frames: int = 0
    seconds: float = 0.0
    digest: str = ""
    stats: np.ndarray | None = None


def _jobs(
    ordered: Sequence[Utterance],
    headers: Mapping[Path, AudioHeader | SentemoError],
    folder: Path,
    feature_type: str,
    convert: bool,
) -> list[_Job]:
    sound = without_errors(headers)
    jobs = []
    for number, first in enumerate(range(0, len(ordered), UTTERANCES_PER_ARK), start=1):
        part = ordered[first : first + UTTERANCES_PER_ARK]
        of_part = {utt.audio: sound[utt.audio] for utt in part}
        archive = folder / f"feats.{number}.ark"
        jobs.append(_Job(number, archive, part, of_part, feature_type, convert))
    return jobs


def _run_jobs(jobs: Sequence[_Job], workers: Workers) -> list[_Result]:
    from tqdm import tqdm

    results: list[_Result] = []
    with tqdm(total=sum(len(j.utterances) for j in jobs), desc="features", unit="utt") as bar:
        for _, found in workers.run(_extract_archive, jobs):
            results += found
            bar.update(len(found))
    return sorted(results, key=lambda r: r.id)


def _extract_archive(job: _Job) -> list[_Result]:
    raw = raw_rate(job.feature_type)
    rate = raw or SAMPLE_RATE
    results = []
    # Raw audio needs no torch, which a process takes seconds to load.
    with nullcontext() if raw else one_thread(), open(job.archive, "wb") as stream:
        for utt in job.utterances:
            try:
                samples = read_utterance(utt, rate, job.convert, job.headers[utt.audio])
            except SentemoError as error:
                results.append(_Result(utt.id, problem=str(error)))
                continue
            offset = stream.tell() + len(f"{utt.id} ".encode())
            # Compression is lossy, so statistics and digest are those of the stored features.
            if raw:
                described = _describe_audio(_write_audio(stream, utt.id, rate, samples))
            else:
                features = fbank(samples, feature_dim(job.feature_type))
                described = _describe_features(_write_features(stream, utt.id, features))
            seconds = len(samples) / rate
            results.append(
                _Result(utt.id, ark=job.number, offset=offset, seconds=seconds, **described)
            )
    return results


def read_utterance(
    utt: Utterance, rate: int, convert: bool, header: AudioHeader | None = None
) -> np.ndarray:
    """Read the audio of an utterance, and refuse what cannot be learnt from; see `read_audio`.

    Parameters
    ----------
    header
        Header of the recording, where it was read and checked before.

    Raises
    ------
    SentemoError
        When it cannot be read, is silent, or shorter than one window.
    """
    samples = read_audio(utt.audio, rate, convert, utt.start, utt.end, utt.channel, header)
    if len(samples) < rate * WINDOW_MS / 1000:
        raise SentemoError(
            f"{utt.audio}: {len(samples)} samples, less than one {WINDOW_MS:g} ms window"
        )
    if is_silent(samples):
        raise SentemoError(f"{utt.audio}: silence: nothing in it to learn from")
    return samples


def _write_features(stream: IO[bytes], utt: str, features: np.ndarray) -> np.ndarray:
    """Write features into an archive, and return them as they are stored."""
    stored, values = compress(features)
    stream.write(f"{utt} ".encode() + stored)
    return values


def _write_audio(
    stream: IO[bytes], utt: str, rate: int, samples: np.ndarray
) -> tuple[int, np.ndarray]:
    """Write audio into an archive, and return rate and samples as they are stored."""
    import kaldiio

    offset = stream.tell() + len(f"{utt} ".encode())
    kaldiio.save_ark(
        stream,
        {utt: (rate, to_int16(samples))},
        write_function="soundfile",
        write_kwargs={"format": "FLAC"},
    )
    stream.flush()
    return kaldiio.load_mat(f"{stream.name}:{offset}")


def _describe_features(features: np.ndarray) -> dict[str, Any]:
    values = features.astype(np.float64)
    return {
        "num_frames": len(features),
        "digest": hashlib.sha256(features.astype("<f4").tobytes()).hexdigest(),
        "stats": np.stack([values.sum(axis=0), np.square(values).sum(axis=0)]),
    }


def _describe_audio(audio: tuple[int, np.ndarray]) -> dict[str, Any]:
    rate, samples = audio
    return {
        "num_frames": math.ceil(len(samples) * FRAMES_PER_SECOND / rate),
        "digest": samples_digest(samples),
    }


def _write_stats(path: Path, results: Sequence[_Result]) -> None:
    stats = np.stack([result.stats for result in results if result.stats is not None])
    with atomic_file(path, "wb") as stream:
        np.save(stream, stats)
