"""Train an ASR or SA2SR model on the first fold of a fold file: tokens, statistics, training.

Usage:
  python -m sentemo.bin.train_asr --config conf/train_asr_ctc_small.yaml --data data/all \
      --dump dump/fbank80/all --folds folds/test-clean.tsv --exp exp/asr_ctc_small
  python -m sentemo.bin.train_asr --config conf/train_sa2sr_small.yaml --data data/all \
      --dump dump/fbank80/all --folds folds/test-clean.tsv --exp exp/sa2sr_small \
      --sentiment exp/sentiment_vader_all
"""

import argparse
from pathlib import Path

from sentemo.bin.options import gpus, positive_int
from sentemo.core.config import read_config
from sentemo.core.errors import SentemoError, run_command
from sentemo.data.features import FEATS_JSON, check_source, read_feature_dir
from sentemo.data.fold_files import read_folds
from sentemo.data.kaldi import read_data_dir
from sentemo.data.proxy_labels import is_sentiment_aware, read_proxy_labels
from sentemo.data.sentiment import PROBABILITY_TABLE, SENTIMENT_TABLE
from sentemo.experiment.description import describe_data, fold_tables, speeds_of_copies
from sentemo.experiment.directory import CONFIG_COPY, ExperimentDirectory
from sentemo.recognition.initial_weights import weight_files


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
    parser.add_argument(
        "--token_type", choices=["char", "bpe"], help="(default: as in the configuration, or char)"
    )
    parser.add_argument("--bpe_size", type=positive_int, help="tokens of bpe (default: 500)")
    parser.add_argument(
        "--sentiment",
        type=Path,
        help="folder of proxy labels, which sentemo.bin.text_sentiment makes, for SA2SR",
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--ngpu", type=gpus, default=0, help="GPUs, one process each; 0 trains on the CPU"
    )
    parser.add_argument(
        "--num_nodes", type=positive_int, default=1, help="nodes of the Slurm allocation this is in"
    )
    args = parser.parse_args(argv)

    given = {"token_type": args.token_type, "bpe_size": args.bpe_size}
    tokens = {name: value for name, value in given.items() if value is not None}
    experiment = ExperimentDirectory(
        args.exp,
        args.config,
        inputs=[
            args.folds,
            *fold_tables(args.data, "text"),
            args.dump / FEATS_JSON,
            *_sentiment_tables(args.config, args.sentiment),
            *weight_files(args.config),
        ],
        options={"seed": args.seed, **tokens},
    )
    if experiment.is_done("train", "config.yaml"):
        print(f"{args.exp}: training is finished")
        return
    utterances = read_data_dir(args.data)
    fold = read_folds(args.folds, utterances)[0]
    check_source(args.dump, utterances)
    described = describe_data(args.data, args.dump, args.folds, [fold], utterances)
    if args.corpus:
        described["corpus"] = args.corpus
    named = [args.config.stem.removeprefix("train_"), " ".join(map(str, tokens.values()))]
    title = ", ".join(filter(None, [*named, *speeds_of_copies(utterances)]))
    experiment.start(title=title, seed=args.seed, asr_model=None, **described)
    from sentemo.recognition.training import ASRTraining, train_asr

    print(f"{args.exp}: training; all output in {args.exp / 'train.log'}", flush=True)
    training = ASRTraining(
        config=args.exp / CONFIG_COPY,
        utterances=utterances,
        fold=fold,
        features=read_feature_dir(args.dump),
        exp=args.exp,
        settings={"seed": args.seed, "ngpu": min(args.ngpu, 1)},
        token_type=args.token_type,
        bpe_size=args.bpe_size,
        processes=max(args.ngpu, 1),
        nodes=args.num_nodes,
        labels=args.sentiment and read_proxy_labels(args.sentiment),
    )
    experiment.add_notes(train_asr(training))
    experiment.finish("train")


def _sentiment_tables(config: Path, folder: Path | None) -> list[Path]:
    """Insist on proxy labels for SA2SR and on none for ASR alone; return their tables."""
    if is_sentiment_aware(read_config(config).get("model")) != (folder is not None):
        raise SentemoError(
            f"{config}: proxy labels (--sentiment) belong to the models sa2sr_ctc and "
            "sa2sr_transducer, which need them, and to no other."
        )
    return (
        [] if folder is None else [folder / name for name in (SENTIMENT_TABLE, PROBABILITY_TABLE)]
    )


if __name__ == "__main__":
    run_command(main)
