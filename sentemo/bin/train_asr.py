"""Train an ASR or SA2SR model on the first fold of a fold file: tokens, statistics, training.

Usage:
  python -m sentemo.bin.train_asr --config conf/train_asr_ctc_small.yaml --data data/all \
      --dump dump/fbank80/all --folds folds/test-clean.tsv --exp exp/asr_ctc_small
  python -m sentemo.bin.train_asr --config conf/train_sa2sr_small.yaml --data data/all \
      --dump dump/fbank80/all --folds folds/test-clean.tsv --exp exp/sa2sr_small \
      --sentiment exp/sentiment_vader_all
  python -m sentemo.bin.train_asr --config conf/train_asr_top_layers.yaml --upstream whisper-base/ \
      --data data/all --dump dump/raw/all --folds folds/test-clean.tsv --exp exp/asr_top_layers
"""

from pathlib import Path

from sentemo.bin.options import (
    add_set_argument,
    command_parser,
    gpus,
    positive_int,
    seed,
)
from sentemo.bin.plugin_option import add_plugin_argument
from sentemo.core.config import changed_config
from sentemo.core.errors import run_command
from sentemo.experiment.asr import ASRExperiment, ASRSettings
from sentemo.launch.resources import Resources


def main(argv: list[str] | None = None) -> None:
    """Train, or say that the training is finished."""
    parser = command_parser(__doc__)
    add_plugin_argument(parser)
    parser.add_argument("--config", type=Path, required=True, help="a file of conf/")
    add_set_argument(parser)
    parser.add_argument("--data", type=Path, required=True, help="data directory")
    parser.add_argument("--dump", type=Path, required=True, help="its feature directory")
    parser.add_argument(
        "--folds", type=Path, required=True, help="fold file; its first fold counts"
    )
    parser.add_argument("--exp", type=Path, required=True, help="experiment directory")
    parser.add_argument("--corpus", help="name in the results (default: as in the data)")
    parser.add_argument(
        "--token_type", choices=["char", "bpe"], help="(default: as in the configuration, or char)"
    )
    parser.add_argument("--bpe_size", type=positive_int, help="tokens of bpe (default: 500)")
    parser.add_argument(
        "--sentiment",
        type=Path,
        help="folder of proxy labels, which sentemo.bin.text_sentiment makes, for SA2SR",
    )
    parser.add_argument(
        "--upstream",
        help="pre-trained model whose upper layers are trained on, with tuning_conf in the "
        "configuration",
    )
    parser.add_argument("--seed", type=seed, default=1)
    parser.add_argument(
        "--ngpu", type=gpus, default=0, help="GPUs, one process each; 0 trains on the CPU"
    )
    parser.add_argument(
        "--num_nodes", type=positive_int, default=1, help="nodes of the Slurm allocation this is in"
    )
    args = parser.parse_args(argv)
    resources = Resources(ngpu=args.ngpu, nodes=args.num_nodes)
    experiment = ASRExperiment(args.exp, args.data, args.dump, args.folds, resources, args.corpus)
    config = changed_config(args.config, args.changes, args.exp)
    settings = ASRSettings(
        config, args.token_type, args.bpe_size, args.sentiment, args.seed, args.upstream
    )
    experiment.train(settings)


if __name__ == "__main__":
    run_command(main)
