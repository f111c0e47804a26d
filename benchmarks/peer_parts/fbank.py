"""From wav files to archives of 80 log-mel energies, on one core."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import soundfile

from peer_parts.turns import Contender, compared, in_turns, versions

UTTERANCES, SHORTEST, LONGEST, RATE = 300, 1.5, 7.5, 16000  # a mean of 4.5 s, as of IEMOCAP
BINS, SPEECH_FEATURE = 80, 2  # Kaldi's compression in 8 bits


def measure(work: Path, rounds: int) -> dict[str, Any]:
    """Return what each contender takes for the same files, and their seconds of speech."""
    import torch

    torch.set_num_threads(1)
    files, speech = write_files(work)
    contenders = [
        Contender("sentemo, stage feats", lambda: ours(files, work / "ours")),
        Contender("kaldi-native-fbank, a bare loop", lambda: native(files, work / "native.ark")),
        Contender("torchaudio, a bare loop", lambda: torchaudio(files, work / "torchaudio.ark")),
        Contender("lhotse, files of numpy", lambda: lhotse(files, work / "lhotse")),
    ]
    found = in_turns(contenders, rounds)
    return {
        "what": f"fbank of {len(files)} files, {speech:.0f} s of speech, to archives; one core",
        "speech": speech,
        "costs": found,
        "versions": versions("kaldi-native-fbank", "torchaudio", "lhotse"),
    }


def write_files(work: Path) -> tuple[list[Path], float]:
    """Write noise in files as long as IEMOCAP's utterances; return them and their seconds."""
    draw = np.random.default_rng(0)
    files, speech = [], 0.0
    for number in range(UTTERANCES):
        seconds = draw.uniform(SHORTEST, LONGEST)
        files.append(work / f"{number:04}.wav")
        soundfile.write(files[-1], draw.normal(0, 0.05, int(seconds * RATE)), RATE)
        speech += seconds
    return files, speech


def ours(files: list[Path], dest: Path) -> Callable[[], object]:
    """Stage feats: headers, checks, features, statistics, digests and tables."""
    from upstream_states import quiet

    from sentemo.data.extraction import extract
    from sentemo.data.kaldi import Utterance
    from sentemo.launch.workers import InThisProcess

    utterances = [Utterance(path.stem, "s", path) for path in files]

    def work() -> None:
        with quiet():
            extract(utterances, dest, f"fbank{BINS}", InThisProcess())

    return work


def native(files: list[Path], archive: Path) -> Callable[[], object]:
    """Read, compute and write, and nothing else."""
    import kaldi_native_fbank
    import kaldiio

    options = kaldi_native_fbank.FbankOptions()
    options.frame_opts.dither = 0.0
    options.frame_opts.snip_edges = False
    options.mel_opts.num_bins = BINS

    def work() -> None:
        with open(archive, "wb") as stream:
            for path in files:
                samples, rate = soundfile.read(path, dtype="float32")
                computer = kaldi_native_fbank.OnlineFbank(options)
                computer.accept_waveform(rate, (samples * 32768).tolist())
                computer.input_finished()
                frames = range(computer.num_frames_ready)
                values = np.stack([computer.get_frame(number) for number in frames])
                kaldiio.save_ark(stream, {path.stem: values}, compression_method=SPEECH_FEATURE)

    return work


def torchaudio(files: list[Path], archive: Path) -> Callable[[], object]:
    """Read, compute and write, and nothing else."""
    import kaldiio
    import torch
    from torchaudio.compliance import kaldi

    def work() -> None:
        with open(archive, "wb") as stream:
            for path in files:
                samples, rate = soundfile.read(path, dtype="float32")
                waveform = torch.from_numpy(samples)[None] * 32768
                values = kaldi.fbank(
                    waveform, num_mel_bins=BINS, sample_frequency=rate, snip_edges=False
                )
                kaldiio.save_ark(
                    stream, {path.stem: values.numpy()}, compression_method=SPEECH_FEATURE
                )

    return work


def lhotse(files: list[Path], dest: Path) -> Callable[[], object]:
    """Manifests and features as its tutorials do it, in one job."""
    from lhotse import CutSet, Fbank, FbankConfig, NumpyFilesWriter, Recording, RecordingSet

    extractor = Fbank(FbankConfig(num_filters=BINS, sampling_rate=RATE))

    def work() -> None:
        recordings = RecordingSet.from_recordings(Recording.from_file(path) for path in files)
        cuts = CutSet.from_manifests(recordings=recordings)
        cuts.compute_and_store_features(
            extractor, dest, num_jobs=1, storage_type=NumpyFilesWriter, progress_bar=False
        ).to_file(dest / "cuts.jsonl.gz")

    return work


def rows(found: dict[str, Any]) -> list[tuple[str, ...]]:
    """Return a row of the table for each contender."""
    return [
        *compared(
            found["costs"], lambda cost: f"{found['speech'] / cost['cpu']:.0f} × real time a core"
        )
    ]
