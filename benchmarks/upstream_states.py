"""Cost of states that are kept once, against an encoder that runs in every epoch.

Speech is noise with the rhythm of syllables, in utterances as long as EmoDB's; of ten speakers,
each fold leaves one out. The decoder is that of a configuration, on one layer. The fastest epoch
counts, as other programs can only slow one down. One fold learns in one thread, and ten folds on
all cores.

Usage:
  python benchmarks/upstream_states.py
  python benchmarks/upstream_states.py --upstream whisper-base/ --layer 3
  python benchmarks/upstream_states.py --readme docs/states.md
"""

import argparse
import contextlib
import io
import logging
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import soundfile

from sentemo.core.config import read_config
from sentemo.core.files import write_json
from sentemo.core.markdown import markdown_table, replace_block
from sentemo.core.processes import available_cores

if TYPE_CHECKING:
    from sentemo.data.features import FeatureDir
    from sentemo.data.kaldi import Utterance
    from sentemo.folds.job import FoldJob

CONF = Path(__file__).parent.parent / "conf"
SPECAUGMENT = CONF / "train_ser_lu2020.yaml"
LABELS = ["happy", "neutral", "sad", "angry"]
SPEAKERS = "abcdefghij"
SHORTEST, LONGEST = 1.5, 4.2  # seconds; the mean is EmoDB's
SYLLABLES = 4.0  # a second
ROUNDS = 3


def main() -> None:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--upstream", default="built-in", help="as of the recipes")
    parser.add_argument("--config", type=Path, default=CONF / "train_ser_states.yaml")
    parser.add_argument("--layer", type=int, default=3, help="that the decoder reads (default 3)")
    parser.add_argument("--utterances", type=int, default=12, help="of a speaker (default 12)")
    parser.add_argument("--epochs", type=int, default=5, help="that are measured (default 5)")
    parser.add_argument("--readme", type=Path, help="replace its table of kept states")
    parser.add_argument("--json", type=Path, help="write the figures there")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        figures = Benchmark(args, Path(folder)).figures()
    show(args, figures, "kept states", table(args, figures))


def show(args: argparse.Namespace, figures: Mapping[str, Any], name: str, block: str) -> None:
    """Print a table, and write figures and table where ``--json`` and ``--readme`` say.

    Parameters
    ----------
    name
        Name of the table's block in the document.
    """
    print(block)
    if args.json:
        write_json(args.json, figures)
    if args.readme:
        write_block(args.readme, name, block)


def write_block(document: Path, name: str, block: str) -> None:
    """Replace a block of a document."""
    text = document.read_text(encoding="utf-8")
    document.write_text(replace_block(text, name, block, str(document)), encoding="utf-8")


def table(args: argparse.Namespace, figures: Mapping[str, float]) -> str:
    """Return the figures in words, with their goals."""
    rows = [
        (
            f"keeping all layers pooled, and layer {args.layer}",
            f"{figures['real_time']:.0f} × real time on a core",
            "≥ 30 (Whisper base)",
        ),
        ("epoch of one fold, kept states", f"{figures['one_fold']:.2f} s", ""),
        ("epoch of ten folds in one pass, kept states", f"{figures['ten_folds']:.2f} s", ""),
        ("of it reading states", f"{100 * figures['reading']:.1f} %", "< 5 %"),
        ("ten folds / one fold", f"{figures['ten_to_one']:.1f}", "10 / number of cores"),
        ("epoch of ten folds, SpecAugment", f"{figures['every_epoch']:.2f} s", ""),
        ("SpecAugment / kept states", f"{figures['every_epoch_to_kept']:.1f}", ""),
        ("probe of ten folds, every layer", f"{figures['probe']:.1f} s", ""),
    ]
    shown = f"{figures['speech']:.0f} s of speech, {args.config.stem}, {available_cores()} cores"
    return f"`{args.upstream}`, {shown}.\n\n{markdown_table(['', 'measured', 'goal'], rows)}"


class EpochClock(logging.Handler):
    """Notes when each epoch of a training ends, which the training reports as its progress."""

    def __init__(self) -> None:
        super().__init__()
        self.ends: list[float] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Note the time of a report."""
        self.ends.append(time.perf_counter())


class Benchmark:
    """Trainings in a folder, on states that are kept there.

    Parameters
    ----------
    args
        Options of the command.
    work
        An empty folder.
    ngpu
        1 trains on the GPU.
    """

    def __init__(self, args: argparse.Namespace, work: Path, ngpu: int = 0) -> None:
        self.args, self.work, self.ngpu = args, work, ngpu
        self.utterances = make_speech(work, args.utterances)
        self.features = self._extract()

    def figures(self) -> dict[str, float]:
        """Return seconds and ratios by name; see `table`."""
        speech = sum(self.features.num_frames.values()) / 100
        encoding = self.keep()
        decoder = {"model_conf": {"encoder_layer": self.args.layer}}
        spec = read_config(SPECAUGMENT)
        masked = decoder | {"specaug": spec["specaug"], "specaug_conf": spec["specaug_conf"]}
        one = self.epoch("one_fold", decoder, folds=1)
        ten = self.epoch("ten_folds", decoder)
        every = self.epoch("every_epoch", masked)
        return {
            "speech": speech,
            "real_time": speech / encoding,
            "one_fold": one,
            "ten_folds": ten,
            "reading": self._read() / ten,
            "ten_to_one": ten / one,
            "every_epoch": every,
            "every_epoch_to_kept": every / ten,
            "probe": self._probe(),
        }

    def _extract(self) -> "FeatureDir":
        from sentemo.data.extraction import extract
        from sentemo.data.features import read_feature_dir
        from sentemo.upstreams import Upstream

        dump = self.work / "dump"
        extract(self.utterances, dump, Upstream(self.args.upstream).feature_type, convert=True)
        return read_feature_dir(dump)

    def keep(self) -> float:
        """Keep all layers pooled and the states of one; return the seconds of one core."""
        from sentemo.states.encoder import FrozenEncoder
        from sentemo.states.keeping import keep_states
        from sentemo.states.shards import StatesRequest
        from sentemo.upstreams import Upstream

        with quiet():
            FrozenEncoder(Upstream(self.args.upstream))  # so that imports are not measured
            request = StatesRequest(self.args.upstream, "", self.features, self.work / "states")
            started = time.process_time()
            keep_states(request, [str(self.args.layer)])
            return time.process_time() - started

    def _read(self) -> float:
        """Return the seconds of reading what an epoch of ten folds reads, training and validation.

        Batches of the training are larger than configured, as each fold has eight of ten speakers.
        """
        from sentemo.states.kept import KeptStates

        size, layers = (
            round(read_config(self.args.config)["batch_size"] / 0.8),
            [str(self.args.layer)],
        )
        names = [utt.id for utt in self.utterances]

        def read() -> None:
            kept = KeptStates(self.work / "states")
            for start in range(0, len(names), size):
                kept.padded(names[start : start + size], layers)
            for speaker in SPEAKERS:  # each validates one fold
                for _ in kept.batches([n for n in names if n[0] == speaker], layers):
                    pass

        return sorted(seconds(read) for _ in range(ROUNDS))[ROUNDS // 2]

    def epoch(self, name: str, changes: Mapping[str, Any], folds: int = 10) -> float:
        """Return the seconds of the fastest epoch of some folds in one pass, after the first."""
        from sentemo.folds.joint import train_folds_together

        more = changes | {"max_epoch": 1 + self.args.epochs}
        progress, clock = logging.getLogger("sentemo.progress"), EpochClock()
        progress.addHandler(clock)
        try:
            train_folds_together(self.jobs(name, self.args.config, more)[:folds])
        finally:
            progress.removeHandler(clock)
        return min(end - start for start, end in pairwise(clock.ends))

    def _probe(self) -> float:
        """Return the seconds of learning and testing the probes of ten folds."""
        from sentemo.folds.probe import predict_probes, train_probes

        jobs = self.jobs("probe", CONF / "train_probe.yaml", {})
        return seconds(lambda: (train_probes(jobs), predict_probes(jobs)))

    def jobs(self, name: str, config: Path, changes: Mapping[str, Any]) -> "list[FoldJob]":
        """Return a job for each speaker that is left out, with a changed configuration."""
        import yaml

        from sentemo.data.splits import leave_one_speaker_out
        from sentemo.folds.job import FoldJob

        loaded = read_config(config)
        model = (loaded.get("model_conf") or {}) | changes.get("model_conf", {})
        changed = self.work / f"{name}.yaml"
        changed.write_text(yaml.safe_dump({**loaded, **changes, "model_conf": model}))
        return [
            FoldJob(
                fold=fold,
                exp=self.work / name / f"fold_{fold.number:02d}",
                config=changed,
                labels=LABELS,
                utterances=self.utterances,
                features=self.features,
                settings={"seed": 1, "ngpu": self.ngpu, "asr_model": self.args.upstream},
                one_thread=True,
                states=self.work / "states",
            )
            for fold in leave_one_speaker_out(SPEAKERS)
        ]


def make_speech(work: Path, each: int) -> "list[Utterance]":
    """Write noise that swells and fades like syllables, `each` utterances of a speaker."""
    from sentemo.data.kaldi import Utterance

    draw = np.random.default_rng(0)
    utterances = []
    for number in range(len(SPEAKERS) * each):
        speaker = SPEAKERS[number // each]
        name, audio = f"{speaker}-{number:04d}", work / f"{number:04d}.wav"
        time_axis = np.arange(round(16000 * draw.uniform(SHORTEST, LONGEST))) / 16000
        loudness = 0.1 * np.sin(np.pi * SYLLABLES * time_axis) ** 2
        soundfile.write(audio, loudness * draw.normal(size=len(time_axis)), 16000)
        utterances.append(Utterance(name, speaker, audio, LABELS[number % len(LABELS)]))
    return utterances


def seconds(work: Callable[[], Any]) -> float:
    """Return the wall time of some work."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Print nothing, so that the table stands alone."""
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        yield


if __name__ == "__main__":
    main()
