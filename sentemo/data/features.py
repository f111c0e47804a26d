"""Features and raw audio that a training reads, and the directories that hold them.

A feature directory holds ``feats.scp``, ``feats.<n>.ark`` (Kaldi's compressed matrices),
``utt2num_frames``, ``utt_stats.npy`` (each utterance's sum and sum of squares over its frames, from
which the global mean and variance of any training side is an addition) and ``feats.json``.
`extraction` writes it.

Of the type ``raw`` the archives hold 16-bit audio as FLAC, as ESPnet's own do, and there are no
statistics. A frame is 10 ms there too, so that lengths mean the same whatever the type.
"""

import hashlib
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from sentemo.core.errors import SentemoError
from sentemo.data.kaldi import Utterance
from sentemo.data.tables import read_table

SAMPLE_RATE = 16000
WINDOW_MS, SHIFT_MS = 25.0, 10.0
FRAMES_PER_SECOND = 100
UTT_STATS = "utt_stats.npy"  # (utterances, 2, dim) float64, in the order of feats.scp
ROWS_AT_ONCE = 10_000  # a corpus of a million utterances has a gigabyte of them
GLOBAL_STATS = "feats_stats.npz"  # mean and variance of a training side, as ESPnet reads them
FEATS_JSON = "feats.json"  # also the sign that a directory is ours to replace


@dataclass(frozen=True)
class FeatureDir:
    """A feature directory's tables.

    Parameters
    ----------
    path
        The directory.
    scp
        ``<archive>:<offset>`` of each utterance, for `kaldiio.load_mat`.
    num_frames
        Frames of 10 ms of each utterance.
    dim
        Values per frame; of raw audio, its samples.
    feature_type
        Such as ``fbank80`` or ``raw``.
    sample_rate
        Of the audio, in Hz.
    """

    path: Path
    scp: dict[str, str]
    num_frames: dict[str, int]
    dim: int
    feature_type: str
    sample_rate: int

    def stats(self, utterances: Iterable[str]) -> tuple[float, np.ndarray, np.ndarray]:
        """Sum the statistics of these utterances' frames.

        Returns
        -------
        count, sum, sum_square
            Number of frames, and two float64 arrays of shape ``(dim,)``.
        """
        row_of = {utt: row for row, utt in enumerate(sorted(self.num_frames))}
        rows = sorted(row_of[utt] for utt in utterances)
        frames = np.array([self.num_frames[utt] for utt in sorted(self.num_frames)])
        stats = np.load(self.path / UTT_STATS, mmap_mode="r")
        sums = np.zeros(stats.shape[1:])
        for first in range(0, len(rows), ROWS_AT_ONCE):
            sums += stats[rows[first : first + ROWS_AT_ONCE]].sum(axis=0)
        return float(frames[rows].sum()), sums[0], sums[1]


def source_digest(utterances: Iterable[Utterance]) -> str:
    """Digest of what features are made of: which part of which file is each utterance."""
    digest = hashlib.sha256()
    for utt in sorted(utterances, key=lambda u: u.id):
        part = f"{utt.id} {utt.audio.name} {utt.channel} {utt.start} {utt.end}\n"
        digest.update(part.encode(errors="replace"))
    return digest.hexdigest()[:16]


def check_source(path: Path, utterances: Iterable[Utterance]) -> None:
    """Insist that a feature directory was made of these utterances.

    Raises
    ------
    SentemoError
        When the data directory has changed since, or there are no features.
    """
    file = path / FEATS_JSON
    summary = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
    if summary.get("source") != source_digest(utterances):
        raise SentemoError(
            f"{path}: no features, or made of other data than what is there now (stage data ran "
            "since, or an older version made them). Run stage feats again."
        )


def read_feature_dir(path: Path) -> FeatureDir:
    """Read a feature directory's tables; it may have been moved since it was written.

    Raises
    ------
    SentemoError
        When it is missing or damaged.
    """
    path = Path(path)
    if not (path / FEATS_JSON).is_file():
        raise SentemoError(f"{path}: no features here (no {FEATS_JSON}); run stage feats first")
    summary = json.loads((path / FEATS_JSON).read_text(encoding="utf-8"))
    if raw_rate(summary["feature_type"]) is None and not (path / UTT_STATS).is_file():
        raise SentemoError(f"{path}: no {UTT_STATS}; run stage feats again")
    # Archives lie beside the table; its absolute paths are for other tools.
    scp = {u: f"{path / Path(ark).name}" for u, ark in read_table(path / "feats.scp").items()}
    num_frames = {u: int(n) for u, n in read_table(path / "utt2num_frames").items()}
    if scp.keys() != num_frames.keys():
        raise SentemoError(f"{path}: feats.scp and utt2num_frames disagree; extract again")
    return FeatureDir(
        path, scp, num_frames, summary["dim"], summary["feature_type"], summary["sample_rate"]
    )


def feature_dim(feature_type: str) -> int:
    """Values per frame of a feature type: mel bins of ``fbank80``, samples of ``raw``."""
    if rate := raw_rate(feature_type):
        return round(rate / FRAMES_PER_SECOND)
    match = re.fullmatch(r"fbank(40|80)", feature_type)
    if match is None:
        raise SentemoError(
            f"feature type {feature_type!r}: choose fbank40 or fbank80, or for audio itself raw "
            "(at 16 kHz) or raw8000 (at 8 kHz; other rates alike)"
        )
    return int(match[1])


def raw_type(rate: int) -> str:
    """Name the feature type of raw audio at `rate` Hz: ``raw`` at 16 kHz, else like ``raw8000``."""
    return "raw" if rate == SAMPLE_RATE else f"raw{rate}"


def raw_rate(feature_type: str) -> int | None:
    """Return the sampling rate of a type of raw audio in Hz, or None for any other type."""
    match = re.fullmatch(r"raw([1-9]\d{3,5})?", feature_type)
    return match and int(match[1] or SAMPLE_RATE)


def fbank(samples: np.ndarray, dim: int) -> np.ndarray:
    """Compute Kaldi-compatible log-mel energies: 25 ms windows every 10 ms, no dither.

    Parameters
    ----------
    samples
        ``(samples,)`` float32 at 16 kHz, full scale ±1, at least one window.
    dim
        Number of mel bins.

    Returns
    -------
    numpy.ndarray
        ``(frames, dim)`` float32, where frames is samples / 160, rounded.
    """
    import torch
    from torchaudio.compliance import kaldi

    # Kaldi reads 16-bit integers, so its features are on their scale.
    waveform = torch.from_numpy(samples).unsqueeze(0) * 32768
    features = kaldi.fbank(
        waveform,
        num_mel_bins=dim,
        sample_frequency=SAMPLE_RATE,
        frame_length=WINDOW_MS,
        frame_shift=SHIFT_MS,
        dither=0.0,
        snip_edges=False,
        use_energy=False,
    )
    return features.numpy()
