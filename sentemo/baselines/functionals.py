"""openSMILE's functionals of each utterance, for classical classifiers (Eyben et al. 2010)."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from sentemo.core.errors import Problems, SentemoError
from sentemo.core.extras import install
from sentemo.core.files import atomic_file
from sentemo.core.npz import read_npz
from sentemo.core.processes import run_in_workers, worker_count
from sentemo.data.audio import audio_fingerprint
from sentemo.data.extraction import read_utterance
from sentemo.data.features import SAMPLE_RATE, source_digest
from sentemo.data.kaldi import Utterance

UTTERANCES_PER_JOB = 50
LARGEST_KEPT = 64 << 30  # bytes of the functionals of all utterances


def functionals(
    utterances: Sequence[Utterance],
    feature_set: str,
    path: Path,
    nj: int | None = 1,
    convert: bool = False,
) -> dict[str, np.ndarray]:
    """Compute the functionals of every utterance, or read those that were computed before.

    Parameters
    ----------
    feature_set
        A name of ``opensmile.FeatureSet``: ``ComParE_2016``, ``eGeMAPSv02`` …
    path
        ``.npz`` file that keeps them.
    nj
        Number of processes; None runs one per available core.
    convert
        Resample and downmix audio that is not 16 kHz mono, instead of refusing it.

    Returns
    -------
    dict
        Functionals of each utterance id, ``(functionals,)``, all finite.

    Raises
    ------
    SentemoError
        When openSMILE is not installed or lacks the set; naming utterances without finite
        functionals.
    """
    require_feature_set(feature_set)
    digest = f"{source_digest(utterances)} {audio_fingerprint(u.audio for u in utterances)}"
    if path.is_file():
        stored = read_npz(path, "Delete it, and run the stage again.", LARGEST_KEPT)
        if str(stored.get("source")) == digest:
            return dict(zip(stored["utterances"].tolist(), stored["values"], strict=True))
    values = _compute(utterances, feature_set, nj, convert)
    path.parent.mkdir(parents=True, exist_ok=True)
    with atomic_file(path, "wb") as stream:
        np.savez(
            stream,
            utterances=np.array(list(values)),
            values=np.stack(list(values.values())),
            source=np.array(digest),
        )
    return values


def digests_of(values: Mapping[str, np.ndarray]) -> dict[str, str]:
    """Return a digest of each utterance's functionals; those of the same recording are equal."""
    return {utt: hashlib.sha256(found.tobytes()).hexdigest() for utt, found in values.items()}


def require_feature_set(feature_set: str) -> None:
    """Insist that openSMILE is installed and has this set."""
    try:
        import opensmile
    except ImportError:
        raise SentemoError(f"The baselines need openSMILE: {install('baselines')}") from None
    known = [name for name in vars(opensmile.FeatureSet) if not name.startswith("_")]
    if feature_set not in known:
        raise SentemoError(f"feature_set: {feature_set!r}; openSMILE has {', '.join(known)}")


@dataclass(frozen=True)
class _Job:
    """Some utterances, which travel to a worker process."""

    utterances: Sequence[Utterance]
    feature_set: str
    convert: bool


def _compute(
    utterances: Sequence[Utterance], feature_set: str, nj: int | None, convert: bool
) -> dict[str, np.ndarray]:
    from tqdm import tqdm

    parts = range(0, len(utterances), UTTERANCES_PER_JOB)
    jobs = [_Job(utterances[n : n + UTTERANCES_PER_JOB], feature_set, convert) for n in parts]
    values: dict[str, np.ndarray] = {}
    problems = Problems(feature_set)
    with tqdm(total=len(utterances), desc=feature_set, unit="utt") as bar:
        for job, found in run_in_workers(_compute_part, jobs, worker_count(nj)):
            for utt, value in found.items():
                if isinstance(value, str):
                    problems.add("no functionals", utt, value)
                else:
                    values[utt] = value
            bar.update(len(job.utterances))
    problems.raise_if_any("Repair these files, or remove these utterances from the data.")
    return dict(sorted(values.items()))


def _compute_part(job: _Job) -> dict[str, np.ndarray | str]:
    """Return the functionals of each utterance, or the reason why there are none."""
    import opensmile

    smile = opensmile.Smile(
        feature_set=opensmile.FeatureSet[job.feature_set],
        feature_level=opensmile.FeatureLevel.Functionals,
    )
    found: dict[str, np.ndarray | str] = {}
    for utt in job.utterances:
        try:
            samples = read_utterance(utt, SAMPLE_RATE, job.convert)
        except SentemoError as error:
            found[utt.id] = str(error)
            continue
        values = smile.process_signal(samples, SAMPLE_RATE).to_numpy()[0]
        finite = np.isfinite(values).all()
        found[utt.id] = values if finite else f"not finite ({len(samples)} samples)"
    return found
