"""Copies of the training utterances, at other speeds or degraded.

At another speed tempo and pitch change together, as on a tape that runs faster (Ko et al., "Audio
augmentation for speech recognition", Interspeech 2015); `sentemo.data.degradation` has the other
copies. All are audio files, so that all later steps treat them as any other utterance.
"""

import io
import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import soundfile

from sentemo.core.errors import Problems, SentemoError
from sentemo.core.file_names import file_name
from sentemo.core.files import atomic_dir, write_json
from sentemo.data.audio import FULL_SCALE, read_audio, to_int16
from sentemo.data.features import SAMPLE_RATE, WINDOW_MS
from sentemo.data.kaldi import Utterance
from sentemo.data.preparation import require_replaceable
from sentemo.data.resampling import resample
from sentemo.launch.workers import ONE_PROCESS, Workers

COPIES_JSON = "copies.json"  # summary; a folder with this file may be replaced
UTTERANCES_PER_JOB = 20


class CopyMaker(Protocol):
    """A copy maker makes one copy of each utterance."""

    @property
    def prefix(self) -> str:
        """Beginning of the copies' ids, and of their speakers'."""
        ...

    def __call__(self, samples: np.ndarray, utterance: str) -> np.ndarray:
        """Return the copy's samples ``(samples,)``, which may exceed full scale a little.

        Parameters
        ----------
        samples
            ``(samples,)`` at 16 kHz, full scale ±1.
        utterance
            Id of the utterance.
        """
        ...


@dataclass(frozen=True)
class Speed:
    """Plays `factor` times as fast at the same sampling rate: 0.9 is slower and longer.

    A factor of few decimals keeps the resampling filter small.
    """

    factor: Decimal

    @property
    def prefix(self) -> str:
        """Beginning of the copies' ids: ``sp0.9-``."""
        return f"sp{self.factor}-"

    def __call__(self, samples: np.ndarray, utterance: str) -> np.ndarray:
        """Return the copy's samples, ``(ceil(samples / factor),)``; see `CopyMaker`."""
        faster, slower = self.factor.as_integer_ratio()
        return resample(samples, faster, slower)


def trainable(utterances: Sequence[Utterance]) -> list[Utterance]:
    """Return the utterances of the parts named train…, or all utterances if there are none.

    If folds divide the speakers, each speaker is trained on in some fold, so all are copied.
    """
    named = [utt for utt in utterances if (utt.split or "").startswith("train")]
    return named or list(utterances)


def copy_of(original: Utterance, prefix: str, folder: Path) -> Utterance:
    """Return the copy of an utterance whose id begins with `prefix`, as a file in `folder`."""
    name = file_name(prefix + original.id)
    return replace(
        original,
        id=prefix + original.id,
        speaker=prefix + original.speaker,
        audio=folder / f"{name}.flac",
        start=None,
        end=None,
        recording=None,
        channel=None,
        original=original.id,
    )


def write_copies(
    originals: Sequence[Utterance],
    makers: Sequence[CopyMaker],
    folder: Path,
    workers: Workers = ONE_PROCESS,
    convert: bool = False,
) -> tuple[list[Utterance], dict[str, Any]]:
    """Write the copies of all makers as 16-bit FLAC files, either all of them or none.

    Parameters
    ----------
    originals
        The utterances to copy; only their part of the recording and their channel are copied.
    makers
        Makers of one copy of each utterance.
    folder
        Folder of the files, one per copy; an earlier such folder is replaced.
    workers
        Workers that make the copies; they do not change the result.
    convert
        Resample and downmix audio that is not 16 kHz mono, instead of refusing it.

    Returns
    -------
    copies
        The copies, sorted by id. If any original is a segment, all copies are segments, because the
        table ``segments`` lists all utterances or none.
    summary
        The content of ``copies.json``. Copies that are shorter than one window of the features are
        not written; the summary lists their ids.

    Raises
    ------
    SentemoError
        Naming all utterances whose audio cannot be used.
    """
    folder = Path(folder)
    require_replaceable(folder, COPIES_JSON)
    with atomic_dir(folder) as aside:
        done = _run_jobs(_jobs(originals, makers, aside, convert), workers)
        problems = Problems(str(folder))
        for result in done:
            if result.problem:
                problems.add("audio", result.utterance.id, result.problem)
        problems.raise_if_any("Repair these files, or remove these utterances from the data.")

        written = [result for result in done if result.samples]
        summary = {
            "prefixes": [maker.prefix for maker in makers],
            "sample_rate": SAMPLE_RATE,
            "copies": len(written),
            "hours": round(sum(r.samples for r in written) / SAMPLE_RATE / 3600, 4),
            "clipped_copies": sum(result.clipped > 0 for result in written),
            "clipped_samples": sum(result.clipped for result in written),
            "too_short": [result.utterance.id for result in done if not result.samples],
        }
        write_json(aside / COPIES_JSON, summary)
    segmented = any(utt.recording is not None for utt in originals)
    return [_in_place(result, folder, segmented) for result in written], summary


@dataclass(frozen=True)
class _Job:
    """Some utterances to copy, as they are sent to a worker process."""

    originals: Sequence[Utterance]
    makers: Sequence[CopyMaker]
    folder: Path
    convert: bool


@dataclass(frozen=True)
class _Result:
    """Result of one copy, or the problem of an original; a copy of 0 samples was too short."""

    utterance: Utterance
    problem: str = ""
    samples: int = 0
    clipped: int = 0


def _jobs(
    originals: Sequence[Utterance], makers: Sequence[CopyMaker], folder: Path, convert: bool
) -> list[_Job]:
    return [
        _Job(originals[first : first + UTTERANCES_PER_JOB], makers, folder, convert)
        for first in range(0, len(originals), UTTERANCES_PER_JOB)
    ]


def _run_jobs(jobs: Sequence[_Job], workers: Workers) -> list[_Result]:
    from tqdm import tqdm

    results: list[_Result] = []
    originals = sum(len(job.originals) for job in jobs)
    with tqdm(total=originals, desc="copies", unit="utt") as bar:
        for job, found in workers.run(_copy_part, jobs):
            results += found
            bar.update(len(job.originals))
    return sorted(results, key=lambda r: r.utterance.id)


def _copy_part(job: _Job) -> list[_Result]:
    results = []
    for utt in job.originals:
        try:
            samples = read_audio(
                utt.audio, SAMPLE_RATE, job.convert, utt.start, utt.end, utt.channel
            )
        except SentemoError as error:
            results.append(_Result(utt, problem=str(error)))
            continue
        for maker in job.makers:
            copy = copy_of(utt, maker.prefix, job.folder)
            results.append(_write(maker(samples, utt.id), copy))
    return results


def _write(samples: np.ndarray, copy: Utterance) -> _Result:
    if len(samples) < SAMPLE_RATE * WINDOW_MS / 1000:
        return _Result(copy)
    rounded = to_int16(samples)
    clipped = int((rounded != np.rint(samples * FULL_SCALE)).sum())
    # Encoded in memory, so that a full disk raises an OSError with a reason.
    encoded = io.BytesIO()
    soundfile.write(encoded, rounded, SAMPLE_RATE, "PCM_16", format="FLAC")
    copy.audio.write_bytes(encoded.getbuffer())
    return _Result(copy, samples=len(samples), clipped=clipped)


def _in_place(result: _Result, folder: Path, segmented: bool) -> Utterance:
    copy = replace(
        result.utterance, audio=Path(os.path.abspath(folder / result.utterance.audio.name))
    )
    if not segmented:
        return copy
    return replace(copy, recording=copy.id, start=0.0, end=result.samples / SAMPLE_RATE)
