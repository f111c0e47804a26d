"""Train, decode and score all rows of a study over several seeds, one after another.

Usage: from a recipe's folder, its stages in this order
  python -m sentemo.bin.study train --study ../../conf/table3.yaml --data data/all --dump dump \
      --labels labels.txt --folds folds/loso.tsv --exp exp/table3 --seeds 5 --asr_model DIR
  python -m sentemo.bin.study decode …
  python -m sentemo.bin.study score …
"""

import argparse
import json
import os
import time
from collections import defaultdict
from pathlib import Path

from humanfriendly import format_timespan

from sentemo.bin import decode, score, train, train_baseline
from sentemo.bin.options import one_gpu, positive_int, true_or_false
from sentemo.config_file import read_config
from sentemo.data.preparation import read_counts
from sentemo.errors import SentemoError, run_command
from sentemo.fusion import fuse_experiments
from sentemo.predictions import read_predictions
from sentemo.scoring import write_scores
from sentemo.stages import atomic_file, command_line
from sentemo.study import (
    BASELINE,
    FUSED,
    TRAINED,
    Run,
    Study,
    candidates_by_validation,
    chosen_runs,
    parse_changes,
    plan,
    read_study,
    study_of,
    write_config,
)
from sentemo.study_results import render_study, summarise

PARTS = ("frontend", "encoder")  # a configuration that names one does not take --asr_model


def main(argv: list[str] | None = None) -> None:
    """Run one stage of every row."""
    args = _parse(argv)
    study = read_study(args.study) if args.study else study_of(args.config)
    runs = plan(study, args.exp, range(args.seed, args.seed + args.seeds))
    changes = parse_changes(args.change)
    stage = {
        "features": _features,
        "text_rows": _text_rows,
        "train": _train,
        "decode": _decode,
        "score": _score,
    }
    stage[args.stage](args, study, runs, changes)


def _parse(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0], allow_abbrev=False)
    parser.add_argument(
        "stage",
        choices=["features", "text_rows", "train", "decode", "score"],
        help="features prints the types that the rows need, text_rows which read transcripts",
    )
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--study", type=Path, help="rows and candidates, such as conf/table3.yaml")
    what.add_argument("--config", type=Path, help="one configuration")
    parser.add_argument("--data", type=Path, required=True, help="data directory")
    parser.add_argument("--dump", type=Path, required=True, help="above the types of features")
    parser.add_argument("--labels", type=Path, required=True, help="labels.txt")
    parser.add_argument("--folds", type=Path, required=True, help="fold file")
    parser.add_argument("--exp", type=Path, required=True, help="above the rows' experiments")
    parser.add_argument("--seed", type=int, default=1, help="the first seed")
    parser.add_argument("--seeds", type=positive_int, default=1, help="how many (default 1)")
    parser.add_argument("--asr_model", help="see sentemo.bin.upstream --help")
    parser.add_argument("--text", type=Path, help="transcripts, for rows with a text_encoder")
    parser.add_argument("--fold_parallel", type=true_or_false, default=True)
    parser.add_argument("--nj", type=positive_int, default=os.cpu_count(), help="processes")
    parser.add_argument("--ngpu", type=one_gpu, default=0)
    parser.add_argument("--convert_audio", type=true_or_false, default=False)
    parser.add_argument("--corpus", default="", help="named in the results")
    parser.add_argument("--recipe", default="", help="whose published numbers to show")
    parser.add_argument("--change", default="", help='of every row: "max_epoch=3 optim_conf.lr=…"')
    return parser.parse_args(argv)


def _features(args: argparse.Namespace, study: Study, runs: list[Run], changes: dict) -> None:
    """Print the types of features, one per line."""
    trained = [run for run in runs if run.row.kind == TRAINED]
    types = {_feature_type(args, run, changes) for run in trained}
    if args.asr_model and any(_reads_text(run, changes) for run in trained):
        types.add(_asr_feature_type(args.asr_model))
    print("\n".join(sorted(types)))


def _text_rows(args: argparse.Namespace, study: Study, runs: list[Run], changes: dict) -> None:
    """Print the rows that read transcripts, one per line."""
    trained = [run for run in runs if run.row.kind == TRAINED]
    names = [run.row.name for run in trained if _reads_text(run, changes)]
    print("\n".join(dict.fromkeys(names)))


def _train(args: argparse.Namespace, study: Study, runs: list[Run], changes: dict) -> None:
    seconds: list[float] = []
    for number, run in enumerate(runs, start=1):
        print(f"━━ {number}/{len(runs)}: {run.candidate}, seed {run.seed}", flush=True)
        started, done = time.perf_counter(), (run.exp / "predictions" / "valid.tsv").is_file()
        if run.row.kind == BASELINE:
            train_baseline.main(_baseline_arguments(args, run))
        elif run.row.kind == FUSED:
            fuse_experiments([member.exp for member in run.members], run.exp, "valid")
        else:
            train.main([*_arguments(args, run, changes), "--corpus", args.corpus])
        if not done:  # what was finished before says nothing of the time to come
            seconds.append(time.perf_counter() - started)
            left = sum(seconds) / len(seconds) * (len(runs) - number)
            print(f"{number}/{len(runs)} trainings, about {format_timespan(round(left))} left")


def _decode(args: argparse.Namespace, study: Study, runs: list[Run], changes: dict) -> None:
    chosen = chosen_runs(runs)
    opened = {run.exp: run for one in chosen for run in (*one.members, one)}
    for exp, run in opened.items():
        print(f"━━ {run.row.name}: {run.candidate}, seed {run.seed}", flush=True)
        if run.row.kind == TRAINED:
            decode.main(_arguments(args, run, changes))
        elif run.row.kind == FUSED:
            fuse_experiments([member.exp for member in run.members], exp, "test")


def _score(args: argparse.Namespace, study: Study, runs: list[Run], changes: dict) -> None:
    scores, predictions = defaultdict(list), defaultdict(list)
    chosen = chosen_runs(runs)
    for run in chosen:
        paths = ("--data", args.data, "--labels", args.labels, "--folds", args.folds)
        score.main(["--exp", str(run.exp), *map(str, paths)])
        scores[run.row.name].append(json.loads((run.exp / "scores.json").read_text("utf-8")))
        predictions[run.row.name].append(read_predictions(run.exp / "predictions" / "test.tsv")[1])
    rows = summarise(
        study,
        candidates_by_validation(runs),
        scores,
        predictions,
        read_counts(args.data).get("human"),
        args.recipe,
    )
    _describe(args, study, chosen[-1])
    write_scores(
        args.exp, "study", {"counts": scores[chosen[-1].row.name][0]["counts"], "test": rows}
    )
    print(render_study(json.loads((args.exp / "scores.json").read_text("utf-8"))))


def _describe(args: argparse.Namespace, study: Study, run: Run) -> None:
    """Describe the study as one of its trainings is described."""
    described = json.loads((run.exp / "experiment.json").read_text(encoding="utf-8"))
    last = args.seed + args.seeds - 1
    described |= {
        "title": study.title + (f" ({args.change})" if args.change else ""),
        "seed": str(args.seed) if args.seeds == 1 else f"{args.seed} to {last}",
        "config": os.path.relpath(args.study or args.config),
        "asr_model": args.asr_model and Path(args.asr_model).name,
        "command": command_line(),
    }
    with atomic_file(args.exp / "experiment.json") as stream:
        json.dump(described, stream, indent=1)


def _arguments(args: argparse.Namespace, run: Run, changes: dict) -> list[str]:
    """Return what `train` and `decode` are called with."""
    config = write_config(run, changes, args.exp / "configs")
    dump = args.dump / _feature_type(args, run, changes) / args.data.name
    options = {
        "config": config,
        "data": args.data,
        "dump": dump,
        "labels": args.labels,
        "folds": args.folds,
        "exp": run.exp,
        "seed": run.seed,
        "nj": args.nj,
        "ngpu": args.ngpu,
        "fold_parallel": str(args.fold_parallel).lower(),
    }
    if _takes_asr_model(run, changes):
        options["asr_model"] = _asr_model(args, run)
    if _reads_text(run, changes):
        options["text"] = _text(args, run)
    return [word for name, value in options.items() for word in (f"--{name}", str(value))]


def _baseline_arguments(args: argparse.Namespace, run: Run) -> list[str]:
    options = {
        "config": run.row.config,
        "data": args.data,
        "dump": args.dump,
        "labels": args.labels,
        "folds": args.folds,
        "exp": run.exp,
        "corpus": args.corpus,
        "nj": args.nj,
        "convert_audio": str(args.convert_audio).lower(),
    }
    return [word for name, value in options.items() for word in (f"--{name}", str(value))]


def _feature_type(args: argparse.Namespace, run: Run, changes: dict) -> str:
    if not _takes_asr_model(run, changes):
        return read_config(run.row.config).get("feature_type") or "fbank80"
    return _asr_feature_type(_asr_model(args, run))


def _asr_feature_type(asr_model: str) -> str:
    from sentemo.upstream import Upstream  # ESPnet takes seconds to start

    return Upstream(asr_model).feature_type


def _takes_asr_model(run: Run, changes: dict) -> bool:
    settings = run.row.settings(run.candidate, changes)
    return not any(settings.get(part) for part in PARTS)


def _reads_text(run: Run, changes: dict) -> bool:
    return bool(run.row.settings(run.candidate, changes).get("text_encoder"))


def _text(args: argparse.Namespace, run: Run) -> Path:
    if args.text is None:
        raise SentemoError(
            f"row {run.row.name}: {run.row.config.name} reads transcripts. Give --text, or an "
            "--asr_model that makes them."
        )
    return args.text


def _asr_model(args: argparse.Namespace, run: Run) -> str:
    if args.asr_model is None:
        raise SentemoError(
            f"row {run.row.name}: {run.row.config.name} names no encoder of its own. Give "
            "--asr_model, whose encoder it takes."
        )
    return args.asr_model


if __name__ == "__main__":
    run_command(main)
