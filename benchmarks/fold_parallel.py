"""Cost of ten folds in one pass, against one fold alone and against ten one after another.

The frozen encoder is of the paper's size. Speakers, features and the encoder's weights are random;
lengths are those of IEMOCAP (4.5 s). Each way runs in a process of its own, so that its memory can
be measured. The cost of a training without an epoch left is subtracted, and the states of the
held-out sides are computed beforehand. One fold learns from eight speakers; for ten folds the
encoder reads all ten.

Usage:
  python benchmarks/fold_parallel.py
  python benchmarks/fold_parallel.py --config conf/train_asr_rnnt_small.yaml
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import kaldiio
import numpy as np
import yaml

ROOT = Path(__file__).parent.parent
SPEAKERS, UTTERANCES_EACH, FRAMES = "abcdefghij", 8, 450
LABELS = ["happy", "neutral", "sad", "angry"]
ALL = range(len(SPEAKERS))


@dataclass(frozen=True)
class Way:
    """Folds of each pass, and the number of epochs: fewer where there are more passes."""

    passes: Sequence[Sequence[int]]
    epochs: int


WAYS = {
    "one fold": Way([[0]], epochs=3),
    "ten folds in one pass": Way([ALL], epochs=3),
    "ten folds, one after another": Way([[fold] for fold in ALL], epochs=1),
}


def main() -> None:
    """Train in every way, and print the measurements and the ratios."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--config", type=Path, default=ROOT / "conf" / "train_asr_rnnt.yaml")
    parser.add_argument("--way", choices=WAYS, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.way:
        print(json.dumps(measure(args.config, WAYS[args.way])))
        return
    measured = {}
    for name, way in WAYS.items():
        command = [sys.executable, __file__, f"--config={args.config}", f"--way={name}"]
        run = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
        seconds, memory = measured[name] = json.loads(run.stdout.splitlines()[-1])
        print(f"{name}: {seconds:.1f} s per epoch (of {way.epochs}), {memory:.2f} GiB", flush=True)
    one, joint, apart = measured.values()
    print(f"one pass / one fold: time {joint[0] / one[0]:.2f}, memory {joint[1] / one[1]:.2f}")
    print(f"one pass / one after another: time {joint[0] / apart[0]:.2f}")


def measure(config: Path, way: Way) -> tuple[float, float]:
    """Return the seconds per epoch of all folds, and the peak memory in GiB."""
    from sentemo.folds.joint import train_folds_together

    seconds = 0.0
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        upstream = save_random_model(work, config)
        for number, folds in enumerate(way.passes):
            times = []
            for epochs in (1, 1, 1 + way.epochs):
                jobs = make_jobs(work, work / f"ser_{number}", upstream, epochs)
                started = time.perf_counter()
                train_folds_together([jobs[fold] for fold in folds])
                times.append(time.perf_counter() - started)
            seconds += (times[2] - times[1]) / way.epochs
    return seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


def save_random_model(work: Path, config: Path) -> Path:
    """Save an untrained model of a configuration as an experiment that can be reused."""
    import torch
    from espnet2.utils.yaml_no_alias_safe_dump import yaml_no_alias_safe_dump

    from sentemo.core.markers import TRAINED_MARKER
    from sentemo.tasks.asr import ASRTask
    from sentemo.training.arguments import training_arguments

    exp = work / "asr"
    exp.mkdir()
    tokens = ["<blank>", "<unk>", "A", "<sos/eos>"]
    settings = {"token_list": tokens, "token_type": "char", "output_dir": str(exp)}
    args = training_arguments(ASRTask, config, settings)
    args.feature_type, args.input_size, args.normalize = "fbank80", 80, None
    model = ASRTask.build_model(args)
    with open(exp / "config.yaml", "w", encoding="utf-8") as stream:
        yaml_no_alias_safe_dump(vars(args), stream)
    torch.save(model.state_dict(), exp / "valid.cer.best.pth")
    (exp / TRAINED_MARKER).write_text("{}")
    return exp


def make_jobs(work: Path, exp: Path, upstream: Path, epochs: int) -> list:
    """Return one job per speaker, on random features."""
    from sentemo.data.features import FeatureDir
    from sentemo.data.kaldi import Utterance
    from sentemo.data.splits import leave_one_speaker_out
    from sentemo.folds.job import FoldJob

    draw = np.random.default_rng(0)
    names = [f"{speaker}-{number}" for speaker in SPEAKERS for number in range(UTTERANCES_EACH)]
    matrices = {utt: draw.normal(size=(FRAMES, 80)).astype(np.float32) for utt in names}
    kaldiio.save_ark(str(work / "feats.ark"), matrices, scp=str(work / "feats.scp"))
    scp = dict(line.split(" ", 1) for line in (work / "feats.scp").read_text().splitlines())
    (work / "feats.json").write_text("{}")
    features = FeatureDir(work, scp, dict.fromkeys(names, FRAMES), 80, "fbank80", 16000)
    utterances = [
        Utterance(utt, utt[0], work / "none.wav", LABELS[number % len(LABELS)])
        for number, utt in enumerate(names)
    ]
    loaded = yaml.safe_load((ROOT / "conf" / "train_ser_lu2020.yaml").read_text())
    config = work / "ser.yaml"
    config.write_text(yaml.safe_dump({**loaded, "max_epoch": epochs}))
    settings = {"seed": 1, "ngpu": 0, "asr_model": str(upstream)}
    return [
        FoldJob(
            fold=fold,
            exp=exp / f"fold_{fold.number:02d}",
            config=config,
            labels=LABELS,
            utterances=utterances,
            features=features,
            settings=settings,
            one_thread=True,
        )
        for fold in leave_one_speaker_out(SPEAKERS)
    ]


if __name__ == "__main__":
    main()
