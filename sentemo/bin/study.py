"""Train, decode and score all rows of a study over several seeds: one after another, or as jobs.

Usage: from a recipe's folder, its stages in this order
  python -m sentemo.bin.study train --study ../../conf/table3.yaml --data data/all --dump dump \
      --labels labels.txt --folds folds/loso.tsv --exp exp/table3 --seeds 5 --asr_model DIR
  python -m sentemo.bin.study decode …
  python -m sentemo.bin.study score …
"""

import argparse
import json
import os
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path

from humanfriendly import format_timespan

from sentemo.bin import score
from sentemo.bin.options import gpu_workers, positive_int, true_or_false
from sentemo.core.errors import SentemoError, run_command
from sentemo.core.files import write_json
from sentemo.core.markers import command_line
from sentemo.data.preparation import read_counts
from sentemo.data.targets import TASKS
from sentemo.experiment.ser import add_process_arguments, add_task_arguments, use_one_gpu
from sentemo.launch.records import LOG_DIR
from sentemo.launch.workers import LOCAL, add_launch_arguments, add_nj_argument, workers_of
from sentemo.scoring.classes import write_scores
from sentemo.scoring.fusion import fuse_experiments
from sentemo.scoring.predictions import (
    predictions_file,
    read_dimension_predictions,
    read_predictions,
)
from sentemo.study.file import read_study
from sentemo.study.jobs import StudyCommand, StudyJobs
from sentemo.study.plan import (
    FUSED,
    UPSTREAMS,
    Run,
    Study,
    candidates_by_validation,
    chosen_runs,
    parse_changes,
    plan,
    study_of,
    with_rows,
)
from sentemo.study.results import measures_of, render_study, summarise
from sentemo.upstreams import model_name


def main(argv: list[str] | None = None) -> None:
    """Run one stage of every row."""
    args = _parse(argv)
    study = read_study(args.study) if args.study else study_of(args.config)
    if args.rows:
        study = with_rows(study, args.rows)
    args.task = _task(args, study)
    runs = plan(study, args.exp, range(args.seed, args.seed + args.seeds))
    jobs = StudyJobs(args, parse_changes(args.change))
    if args.stage == "features":
        print("\n".join(jobs.feature_types(runs)))
    elif args.stage == "text_rows":
        print("\n".join(dict.fromkeys(run.row.name for run in runs if jobs.reads_text(run))))
    elif args.stage == "train":
        _train(jobs, runs)
    elif args.stage == "decode":
        _decode(jobs, runs)
    else:
        _score(jobs, study, runs)


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
    parser.add_argument(
        "--original_data",
        type=Path,
        help="the data without copies, of which baselines are made (default: --data)",
    )
    parser.add_argument("--dump", type=Path, required=True, help="above the types of features")
    add_task_arguments(parser)
    parser.set_defaults(task=None)  # the study's own
    parser.add_argument("--folds", type=Path, required=True, help="fold file")
    parser.add_argument("--exp", type=Path, required=True, help="above the rows' experiments")
    parser.add_argument("--seed", type=int, default=1, help="the first seed")
    parser.add_argument("--seeds", type=positive_int, default=1, help="how many (default 1)")
    parser.add_argument("--asr_model", help="see sentemo.bin.upstream --help")
    parser.add_argument("--sa2sr_model", help="the same, for rows that say upstream: sa2sr_model")
    parser.add_argument("--ssl_model", help="of Hugging Face, for rows that say so: name or folder")
    parser.add_argument("--rows", type=_numbers, help="run these alone: 1,3 (default: all)")
    parser.add_argument("--text", type=Path, help="transcripts, for rows with a text_encoder")
    parser.add_argument("--fold_parallel", type=true_or_false, default=True)
    add_nj_argument(parser)
    add_process_arguments(parser)
    parser.add_argument("--convert_audio", type=true_or_false, default=False)
    parser.add_argument("--corpus", default="", help="named in the results")
    parser.add_argument("--recipe", default="", help="whose published numbers to show")
    parser.add_argument(
        "--change", default="", help='of every configuration that is trained: "max_epoch=3"'
    )
    add_launch_arguments(parser)
    args = parser.parse_args(argv)
    args.original_data = args.original_data or args.data
    if args.stage != "train":
        use_one_gpu(args)
    return args


def _numbers(text: str) -> list[int]:
    return [positive_int(word) for word in text.split(",")] if text else []


def _task(args: argparse.Namespace, study: Study) -> str:
    if study.task and args.task not in (None, study.task):
        raise SentemoError(f"{args.study} is of --task {study.task}, not {args.task}.")
    return study.task or args.task or "label"


def _train(jobs: StudyJobs, runs: list[Run]) -> None:
    jobs.require_runnable(runs)
    finished = {run.exp.name for run in runs if any(run.exp.glob("predictions/valid*.tsv"))}
    seconds: list[float] = []
    commands = jobs.commands(runs, "train")
    for done, (command, took) in enumerate(_run(jobs, "train", commands), start=1):
        if command.name not in finished:  # which says nothing of the time to come
            seconds.append(took)
            left = sum(seconds) / len(seconds) * (len(commands) - done)
            print(f"{done}/{len(commands)} trainings, about {format_timespan(round(left))} left")
    _fuse(runs, "valid")


def _decode(jobs: StudyJobs, runs: list[Run]) -> None:
    jobs.require_done(runs, "train")
    chosen = chosen_runs(runs, jobs.args.task)
    opened = list({run.exp: run for one in chosen for run in (*one.members, one)}.values())
    for _ in _run(jobs, "decode", jobs.commands(opened, "decode")):
        pass
    _fuse(opened, "test")


def _run(
    jobs: StudyJobs, stage: str, commands: Sequence[StudyCommand]
) -> Iterator[tuple[StudyCommand, float]]:
    """Run commands, yielding each with the seconds that it took; baselines need no GPU."""
    args, log = jobs.args, jobs.args.exp / LOG_DIR
    trained = gpu_workers(args, log, f"study_{stage}", in_turn=True, nodes=args.num_nodes)
    if args.cmd_backend == LOCAL:
        return trained.run(StudyCommand.run, commands)
    baselines = workers_of(args, "cpu", log, "study_baselines")
    shares = [[c for c in commands if c.is_baseline is kind] for kind in (True, False)]
    return chain(
        baselines.run(StudyCommand.run, shares[0]), trained.run(StudyCommand.run, shares[1])
    )


def _fuse(runs: Sequence[Run], side: str) -> None:
    for run in runs:
        if run.row.kind == FUSED:
            fuse_experiments([member.exp for member in run.members], run.exp, side)


def _score(jobs: StudyJobs, study: Study, runs: list[Run]) -> None:
    args, chosen = jobs.args, chosen_runs(runs, jobs.args.task)
    jobs.require_done(runs, "train")
    jobs.require_done(chosen, "decode")
    scores, predictions = defaultdict(list), defaultdict(list)
    target = TASKS[args.task][0]
    for run in chosen:
        paths = ["--exp", run.exp, "--data", args.data, "--folds", args.folds]
        paths += ["--labels", args.labels] if args.labels else []
        score.main([*map(str, paths)])
        scores[run.row.name].append(json.loads((run.exp / "scores.json").read_text("utf-8")))
        path = run.exp / predictions_file(target, "test")
        found = read_dimension_predictions(path) if target == "avd" else read_predictions(path)[1]
        predictions[run.row.name].append(found)
    rows = summarise(
        study,
        candidates_by_validation(runs, args.task),
        scores,
        predictions,
        read_counts(args.original_data).get("human"),
        args.recipe,
        measures_of(args.task),
    )
    _describe(jobs, study, chosen)
    counts = scores[chosen[0].row.name][0]["counts"]
    found = {"task": args.task, "counts": counts, "test": rows}
    print(render_study(write_scores(args.exp, "study", found)))


def _describe(jobs: StudyJobs, study: Study, chosen: list[Run]) -> None:
    """Describe the study as its trainings are described, with all of their notes and commits."""
    args = jobs.args
    found = [json.loads((run.exp / "experiment.json").read_text("utf-8")) for run in chosen]
    given = filter(None, (getattr(args, option) for option in UPSTREAMS))
    best = measures_of(args.task).best
    commits = dict.fromkeys(one["commit"] for one in found if one["commit"])
    described = {
        **found[-1],
        "title": study.title + (f" ({args.change})" if args.change else ""),
        "notes": list(dict.fromkeys(note for one in found for note in one["notes"])),
        "commit": ", ".join(commits) or None,
        "seed": str(args.seed) + (f" to {args.seed + args.seeds - 1}" if args.seeds > 1 else ""),
        "config": os.path.relpath(args.study or args.config),
        "asr_model": ", ".join(model_name(model) for model in given) or None,
        "epochs": f"as each configuration says; a row's configuration by mean validation {best}",
        "command": command_line(),
    }
    write_json(args.exp / "experiment.json", described)


if __name__ == "__main__":
    run_command(main)
