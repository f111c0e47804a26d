"""Train an ASR model on the first fold of a fold file: tokens, statistics, training.

Usage:
  python -m sentemo.bin.train_asr --config conf/train_asr_ctc_small.yaml --data data/all \
      --dump dump/fbank80/all --folds folds/test-clean.tsv --exp exp/asr_ctc_small
"""

import argparse
from pathlib import Path

from sentemo.bin.fold_jobs import describe_data
from sentemo.bin.options import gpus
from sentemo.data.features import read_feature_dir
from sentemo.data.kaldi import read_data_dir
from sentemo.data.splits import read_folds
from sentemo.errors import run_command
from sentemo.training.experiment import CONFIG_COPY, Experiment


def main(argv: list[str] | None = None) -> None:
    """Train, or say that the training is finished."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0], allow_abbrev=False)
    parser.add_argument("--config", type=Path, required=True, help="a file of conf/")
    parser.add_argument("--data", type=Path, required=True, help="data directory")
    parser.add_argument("--dump", type=Path, required=True, help="its feature directory")
    parser.add_argument(
        "--folds", type=Path, required=True, help="fold file; its first fold counts"
    )
    parser.add_argument("--exp", type=Path, required=True, help="experiment directory")
    parser.add_argument("--corpus", help="named in the results (default: as in the data)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--ngpu", type=gpus, default=0, help="GPUs; 0 trains on the CPU")
    args = parser.parse_args(argv)

    experiment = Experiment(
        args.exp,
        args.config,
        inputs=[args.folds, args.data / "text", args.dump / "feats.json"],
        options={"seed": args.seed},
    )
    if experiment.is_done("train", "config.yaml"):
        print(f"{args.exp}: training is finished")
        return
    utterances = read_data_dir(args.data)
    fold = read_folds(args.folds, utterances)[0]
    described = describe_data(args.data, args.dump, args.folds, [fold], utterances)
    if args.corpus:
        described["corpus"] = args.corpus
    experiment.start(
        title=args.config.stem.removeprefix("train_"), seed=args.seed, asr_model=None, **described
    )
    from sentemo.training.asr import train_asr

    print(f"{args.exp}: training; all output in {args.exp / 'train.log'}", flush=True)
    train_asr(
        args.exp / CONFIG_COPY,
        utterances,
        fold,
        read_feature_dir(args.dump),
        args.exp,
        {"seed": args.seed, "ngpu": args.ngpu},
    )
    experiment.finish("train")


if __name__ == "__main__":
    run_command(main)
