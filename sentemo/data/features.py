"""Features and raw audio for training, and the directories that hold them.

A feature directory holds ``feats.scp``, ``feats.<n>.ark`` (Kaldi's compressed matrices),
``utt2num_frames``, ``utt_stats.npy`` (each utterance's sum and sum of squares over its frames,
which add up to the global mean and variance of any training side) and ``feats.json``. The module
`extraction` writes it.

With the type ``raw``, the archives hold 16-bit audio as FLAC, as in ESPnet, and there are no
statistics. A frame is 10 ms there too, so that lengths mean the same with every type.
"""

import errno
import hashlib
import os
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, TypedDict

import numpy as np

from sentemo.core.errors import SentemoError
from sentemo.core.files import fingerprint
from sentemo.core.structured import read_json
from sentemo.data.kaldi import Utterance
from sentemo.data.tables import read_table

SAMPLE_RATE = 16000
WINDOW_MS, SHIFT_MS = 25.0, 10.0
FRAMES_PER_SECOND = 100
UTT_STATS = "utt_stats.npy"  # (utterances, 2, dim) float64, in the order of feats.scp
ROWS_AT_ONCE = 10_000  # a million utterances have a gigabyte of statistics
DIGESTS = "utt2digest"  # digest of each utterance's features, by which equal recordings are found
TABLES = ("feats.scp", "utt2num_frames", DIGESTS)
GLOBAL_STATS = "feats_stats.npz"  # mean and variance of a training side, as ESPnet reads them
FEATS_JSON = "feats.json"  # summary; a directory with this file may be replaced


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
        Values per frame; for raw audio, samples per frame.
    feature_type
        Type of the features, such as ``fbank80`` or ``raw``.
    sample_rate
        Sampling rate of the audio in Hz.
    """

    path: Path
    scp: dict[str, str]
    num_frames: dict[str, int]
    dim: int
    feature_type: str
    sample_rate: int
    data_type = "kaldi_ark"  # ESPnet's name for such tables

    def only(self, utterances: Iterable[str]) -> "FeatureDir":
        """Return the feature directory with these utterances alone, in their order."""
        names = list(utterances)
        return replace(
            self,
            scp={utt: self.scp[utt] for utt in names},
            num_frames={utt: self.num_frames[utt] for utt in names},
        )

    def stats(self, utterances: Iterable[str]) -> tuple[float, np.ndarray, np.ndarray]:
        """Sum the statistics of these utterances' frames.

        Returns
        -------
        count, sum, sum_square
            Number of frames, and two float64 arrays of shape ``(dim,)``.
        """
        names = list(utterances)
        rows = sorted(self._row_of[utt] for utt in names)
        stats = np.load(self.path / UTT_STATS, mmap_mode="r")
        sums = np.zeros(stats.shape[1:])
        for first in range(0, len(rows), ROWS_AT_ONCE):
            sums += stats[rows[first : first + ROWS_AT_ONCE]].sum(axis=0)
        return float(sum(self.num_frames[utt] for utt in names)), sums[0], sums[1]

    @cached_property
    def _row_of(self) -> dict[str, int]:
        """Row of each utterance's statistics; all folds ask for them."""
        return {utt: row for row, utt in enumerate(sorted(self.num_frames))}


def source_digest(utterances: Iterable[Utterance]) -> str:
    """Return a digest of the source of features: the part of an audio file of each utterance."""
    digest = hashlib.sha256()
    for utt in sorted(utterances, key=lambda u: u.id):
        part = f"{utt.id} {utt.audio.name} {utt.channel} {utt.start} {utt.end}\n"
        digest.update(part.encode(errors="replace"))
    return digest.hexdigest()[:16]


def check_source(path: Path, utterances: Iterable[Utterance]) -> None:
    """Insist that a feature directory was extracted from these utterances.

    Raises
    ------
    SentemoError
        When there are no features, or the data directory has changed since.
    """
    summary = read_summary(path) if (path / FEATS_JSON).is_file() else {}
    if summary.get("source") != source_digest(utterances):
        raise SentemoError(
            f"{path}: no features, or features of other data than the present ones (stage data ran "
            "since, or an older version made them). Run stage feats again."
        )


class _Described(TypedDict):
    """Content of ``feats.json`` that is always there."""

    dim: int
    feature_type: str
    sample_rate: int
    source: str
    notes: list[str]


class Summary(_Described, total=False):
    """Content of ``feats.json``: sizes in bytes of the other files, and digests of the tables."""

    files: dict[str, int]
    tables: dict[str, str]


def read_summary(path: Path) -> dict[str, Any]:
    """Read what ``feats.json`` says of a feature directory.

    Raises
    ------
    SentemoError
        When it is damaged, or of another version.
    """
    return dict(read_json(path / FEATS_JSON, Summary, "Run stage feats again."))


def describe_files(path: Path) -> dict[str, Any]:
    """Return what ``feats.json`` says of the other files, so that damage is noticed later."""
    return {
        "files": {file.name: file.stat().st_size for file in sorted(path.iterdir())},
        "tables": {name: fingerprint(path / name) for name in TABLES},
    }


def find_damage(path: Path) -> str:
    """Return what is wrong with the files of a feature directory, or "".

    Sizes are compared, and the digests of tables; a file that an older version wrote has none.
    """
    try:
        summary = read_summary(path)
        for name, size in summary.get("files", {}).items():
            file = path / name
            if file.is_dir():
                raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(file))
            if not file.is_file():
                return f"{file}: missing."
            if (found := file.stat().st_size) != size:
                return f"{file}: damaged ({found} bytes, and {size} were written)."
        for name, digest in summary.get("tables", {}).items():
            if fingerprint(path / name) != digest:
                return f"{path / name}: changed since it was written."
    except SentemoError as error:
        return str(error)
    return ""


def read_digests(path: Path) -> dict[str, str]:
    """Return the digest of each utterance's features; none where an older version wrote them."""
    return read_table(path / DIGESTS) if (path / DIGESTS).is_file() else {}


def read_feature_dir(path: Path) -> FeatureDir:
    """Read the tables of a feature directory, which may have been moved since it was written.

    Raises
    ------
    SentemoError
        When the directory is missing or damaged.
    """
    path = Path(path)
    if not (path / FEATS_JSON).is_file():
        raise SentemoError(f"{path}: no features here (no {FEATS_JSON}); run stage feats first")
    summary = read_summary(path)
    if damage := find_damage(path):
        raise SentemoError(f"{damage} Run stage feats again.")
    if raw_rate(summary["feature_type"]) is None and not (path / UTT_STATS).is_file():
        raise SentemoError(f"{path}: no {UTT_STATS}; run stage feats again")
    # The archives are beside the table; the absolute paths in it are for other tools.
    scp = {u: f"{path / Path(ark).name}" for u, ark in read_table(path / "feats.scp").items()}
    try:
        num_frames = {u: int(n) for u, n in read_table(path / "utt2num_frames").items()}
    except ValueError:
        raise SentemoError(f"{path / 'utt2num_frames'}: damaged. Run stage feats again.") from None
    if scp.keys() != num_frames.keys():
        raise SentemoError(f"{path}: feats.scp and utt2num_frames disagree; extract again")
    return FeatureDir(
        path, scp, num_frames, summary["dim"], summary["feature_type"], summary["sample_rate"]
    )


def feature_dim(feature_type: str) -> int:
    """Return the values per frame of a feature type: mel bins of ``fbank80``, samples of ``raw``.

    Raises
    ------
    SentemoError
        When there is no such type.
    """
    if rate := raw_rate(feature_type):
        return round(rate / FRAMES_PER_SECOND)
    match = re.fullmatch(r"fbank(40|80)", feature_type)
    if match is None:
        raise SentemoError(
            f"feature type {feature_type!r}: choose fbank40 or fbank80, or for raw audio raw (at "
            "16 kHz) or raw8000 (at 8 kHz; other rates in the same way)"
        )
    return int(match[1])


def raw_type(rate: int) -> str:
    """Return the feature type of raw audio at `rate` Hz: ``raw`` at 16 kHz, else as ``raw8000``."""
    return "raw" if rate == SAMPLE_RATE else f"raw{rate}"


def raw_rate(feature_type: str) -> int | None:
    """Return the sampling rate of a type of raw audio in Hz, or None for any other type."""
    match = re.fullmatch(r"raw([1-9]\d{3,5})?", feature_type)
    return int(match[1] or SAMPLE_RATE) if match else None
