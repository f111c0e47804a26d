"""Train, decode and score all rows of a study over several seeds: one after another, or as jobs.

Usage: from a recipe's folder, its stages in this order
  python -m sentemo.bin.study train --study ../../conf/table3.yaml --data data/all --dump dump \
      --labels labels.txt --folds folds/loso.tsv --exp exp/table3 --seeds 5 --upstream DIR
  python -m sentemo.bin.study decode …
  python -m sentemo.bin.study score …
"""

import argparse
from pathlib import Path

from sentemo.bin.options import (
    add_convert_argument,
    add_launch_arguments,
    add_nj_argument,
    add_process_arguments,
    add_set_argument,
    add_task_arguments,
    add_upstream_argument,
    add_window_argument,
    command_parser,
    positive_int,
    resources_of,
    seed,
    true_or_false,
)
from sentemo.bin.plugin_option import add_plugin_argument
from sentemo.core.errors import run_command
from sentemo.report.study import render_study
from sentemo.study.file import read_study
from sentemo.study.options import StudyOptions, task_of
from sentemo.study.plan import UPSTREAMS, study_of, with_rows
from sentemo.study.stages import StudyStages


def main(argv: list[str] | None = None) -> None:
    """Run one stage of every row."""
    args = _parse(argv)
    stages = _stages(args)
    if args.stage == "keep_states":
        stages.keep_states()
    elif args.stage == "train":
        stages.train()
    elif args.stage == "decode":
        stages.decode()
    else:
        print(render_study(stages.score()))


def _stages(args: argparse.Namespace) -> StudyStages:
    source = args.study or args.config
    study = read_study(args.study) if args.study else study_of(args.config)
    if args.rows:
        study = with_rows(study, args.rows)
    options = StudyOptions(
        source=source,
        directory=args.exp,
        data=args.data,
        original_data=args.original_data or args.data,
        dump=args.dump,
        folds=args.folds,
        task=task_of(study, args.task, source),
        labels=args.labels,
        scale=args.scale,
        text=args.text,
        fold_parallel=args.fold_parallel,
        seed=args.seed,
        seeds=args.seeds,
        upstream_window=args.upstream_window,
        upstreams={option: getattr(args, option) for option in UPSTREAMS},
        resources=resources_of(args),
        convert_audio=args.convert_audio,
        corpus=args.corpus,
        recipe=args.recipe,
        assignments=(*args.changes, *args.change.split()),
    )
    return StudyStages(study, options)


def _parse(argv: list[str] | None) -> argparse.Namespace:
    parser = command_parser(__doc__)
    add_plugin_argument(parser)
    parser.add_argument("stage", choices=["keep_states", "train", "decode", "score"])
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--study", type=Path, help="rows and candidates, such as conf/table3.yaml")
    what.add_argument("--config", type=Path, help="one configuration")
    parser.add_argument("--data", type=Path, required=True, help="data directory")
    parser.add_argument(
        "--original_data",
        type=Path,
        help="the data without copies, which baselines are trained on (default: --data)",
    )
    parser.add_argument("--dump", type=Path, required=True, help="folder of all types of features")
    add_task_arguments(parser)
    parser.set_defaults(task=None)  # the study's own
    parser.add_argument("--folds", type=Path, required=True, help="fold file")
    parser.add_argument("--exp", type=Path, required=True, help="folder of the rows' experiments")
    parser.add_argument("--seed", type=seed, default=1, help="the first seed")
    parser.add_argument("--seeds", type=positive_int, default=1, help="how many (default 1)")
    add_upstream_argument(parser)
    add_window_argument(parser)
    parser.add_argument("--sa2sr_model", help="the same, for rows that say upstream: sa2sr_model")
    parser.add_argument("--ssl_model", help="of Hugging Face, for rows that say so: name or folder")
    parser.add_argument("--rows", type=_numbers, help="run only these: 1,3 (default: all)")
    parser.add_argument("--text", type=Path, help="transcripts, for rows with a text_encoder")
    parser.add_argument("--fold_parallel", type=true_or_false, default=True)
    add_nj_argument(parser)
    add_process_arguments(parser)
    add_convert_argument(parser, "baselines resample and downmix what is not 16 kHz mono")
    parser.add_argument("--corpus", default="", help="name in the results")
    parser.add_argument("--recipe", default="", help="recipe whose published numbers are shown")
    add_set_argument(parser)
    parser.add_argument(
        "--change", default="", help='older form of --set: several, "max_epoch=3 seed=2"'
    )
    add_launch_arguments(parser)
    return parser.parse_args(argv)


def _numbers(text: str) -> list[int]:
    return [positive_int(word) for word in text.split(",")] if text else []


if __name__ == "__main__":
    run_command(main)
