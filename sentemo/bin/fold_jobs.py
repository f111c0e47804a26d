"""What the train and decode commands share: their arguments, and the folds behind them."""

import argparse
import os
from pathlib import Path

from sentemo.data.features import read_feature_dir
from sentemo.data.kaldi import read_data_dir
from sentemo.data.labels import read_labels
from sentemo.data.splits import read_folds
from sentemo.training.experiment import Experiment
from sentemo.training.folds import FoldJob


def add_fold_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what names an experiment: its configuration, data, folds and seed."""
    parser.add_argument("--config", type=Path, required=True, help="a file of conf/")
    parser.add_argument("--data", type=Path, required=True, help="data directory")
    parser.add_argument("--dump", type=Path, required=True, help="its feature directory")
    parser.add_argument("--labels", type=Path, required=True, help="labels.txt")
    parser.add_argument("--folds", type=Path, required=True, help="fold file")
    parser.add_argument("--exp", type=Path, required=True, help="experiment directory")
    parser.add_argument("--asr_model", type=Path, help="ASR experiment whose encoder is reused")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--nj", type=int, default=os.cpu_count(), help="folds trained at once")
    parser.add_argument("--ngpu", type=int, default=0, help="1 trains on the GPU, 0 on the CPU")


def fold_experiment(args: argparse.Namespace) -> Experiment:
    """Return the experiment that these arguments describe."""
    inputs = [args.config, args.labels, args.folds]
    inputs += [args.data / "utt2label", args.data / "utt2spk", args.dump / "feats.json"]
    if args.asr_model is not None:
        from sentemo.upstream import Upstream

        inputs.append(Upstream(args.asr_model).weights_file)
    return Experiment(args.exp, inputs, {"seed": args.seed})


def fold_jobs(args: argparse.Namespace) -> tuple[list[str], list[FoldJob]]:
    """Return the labels, and one job per fold."""
    utterances = read_data_dir(args.data)
    labels = read_labels(args.labels)
    folds = read_folds(args.folds, {utt.speaker for utt in utterances})
    features = read_feature_dir(args.dump)
    settings = {"seed": args.seed, "ngpu": args.ngpu}
    if args.asr_model is not None:
        settings["asr_model"] = str(args.asr_model)
    return labels, [
        FoldJob(
            fold=fold,
            exp=args.exp / f"fold_{fold.number:02d}",
            config=args.config,
            labels=labels,
            utterances=utterances,
            features=features,
            settings=settings,
            threads=1 if len(folds) > 1 else os.cpu_count() or 1,
        )
        for fold in folds
    ]
