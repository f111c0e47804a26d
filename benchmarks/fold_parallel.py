"""What ten folds in one pass cost beside one fold alone, with a frozen encoder of the paper's size.

Speakers, features and the encoder's weights are random; lengths are those of IEMOCAP (4.5 s). Each
training runs in a process of its own, for its memory's sake. What a training costs that has no
epoch left is taken off, and the states of the held-out sides are there already. One fold learns
from eight of the ten speakers whom the encoder hears for ten folds.

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
from pathlib import Path

import kaldiio
import numpy as np
import yaml

ROOT = Path(__file__).parent.parent
SPEAKERS, UTTERANCES_EACH, FRAMES, EPOCHS = "abcdefghij", 8, 450, 3
LABELS = ["happy", "neutral", "sad", "angry"]


def main() -> None:
    """Train one fold and ten, and print both and their ratio."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--config", type=Path, default=ROOT / "conf" / "train_asr_rnnt.yaml")
    parser.add_argument("--folds", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--work", type=Path, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.folds:
        print(json.dumps(measure(args.work, args.config, args.folds)))
        return
    measured = {}
    with tempfile.TemporaryDirectory() as work:
        for folds in (1, len(SPEAKERS)):
            options = [f"--config={args.config}", f"--folds={folds}", f"--work={work}/{folds}"]
            command = [sys.executable, __file__, *options]
            run = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
            measured[folds] = json.loads(run.stdout.splitlines()[-1])
    for folds, (seconds, memory) in measured.items():
        print(f"{folds} folds: {seconds:.1f} s for {EPOCHS} epochs, {memory:.2f} GiB")
    time_ratio, memory_ratio = (
        more / less for less, more in zip(measured[1], measured[len(SPEAKERS)], strict=True)
    )
    print(f"ten folds in one pass / one fold: time {time_ratio:.2f}, memory {memory_ratio:.2f}")


def measure(work: Path, config: Path, folds: int) -> tuple[float, float]:
    """Return seconds and GiB of training so many of the folds."""
    from sentemo.training.fold_parallel import train_folds_together

    work.mkdir(parents=True)
    asr_model = save_random_model(work, config)
    times = []
    for epochs in (1, 1, 1 + EPOCHS):
        started = time.perf_counter()
        train_folds_together(make_jobs(work, asr_model, epochs)[:folds])
        times.append(time.perf_counter() - started)
    seconds = times[2] - times[1]
    return seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


def save_random_model(work: Path, config: Path) -> Path:
    """Save an untrained model of a configuration as an experiment that can be reused."""
    import torch
    from espnet2.utils.yaml_no_alias_safe_dump import yaml_no_alias_safe_dump

    from sentemo.tasks.asr import ASRTask
    from sentemo.training.arguments import training_arguments
    from sentemo.training.experiment import TRAINED

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
    (exp / TRAINED).write_text("{}")
    return exp


def make_jobs(work: Path, asr_model: Path, epochs: int) -> list:
    """Return one job per speaker, on random features."""
    from sentemo.data.features import FeatureDir
    from sentemo.data.kaldi import Utterance
    from sentemo.data.splits import leave_one_speaker_out
    from sentemo.training.folds import FoldJob

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
    loaded = yaml.safe_load((ROOT / "conf" / "train_ser_frozen.yaml").read_text())
    config = work / "ser.yaml"
    config.write_text(yaml.safe_dump({**loaded, "max_epoch": epochs}))
    settings = {"seed": 1, "ngpu": 0, "asr_model": str(asr_model)}
    return [
        FoldJob(
            fold=fold,
            exp=work / "ser" / f"fold_{fold.number:02d}",
            config=config,
            labels=LABELS,
            utterances=utterances,
            features=features,
            settings=settings,
            threads=1,
        )
        for fold in leave_one_speaker_out(SPEAKERS)
    ]


if __name__ == "__main__":
    main()
