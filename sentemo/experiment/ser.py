"""What the train and decode commands share: their arguments, and the folds behind them."""

import argparse
import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

from sentemo.bin.options import gpu_workers, gpus_anywhere, positive_int, true_or_false
from sentemo.core.config import read_config
from sentemo.core.errors import SentemoError
from sentemo.core.files import fingerprint
from sentemo.data.dimensions import parse_scale
from sentemo.data.features import SUMMARY, check_source, read_feature_dir
from sentemo.data.fold_files import count_folds, read_folds, read_protocol
from sentemo.data.kaldi import Utterance, read_data_dir
from sentemo.data.labels import read_labels
from sentemo.data.preparation import read_counts
from sentemo.data.splits import Fold, overlap_notes
from sentemo.data.targets import TABLES, TASKS, targets_of
from sentemo.data.texts import read_texts
from sentemo.experiment.directory import CONFIG_COPY, Experiment, started_options
from sentemo.folds.job import FoldJob
from sentemo.folds.run import why_separate
from sentemo.launch.records import LOG_DIR
from sentemo.launch.workers import add_launch_arguments, add_nj_argument
from sentemo.scoring.predictions import predictions_file

Result = TypeVar("Result")

PREDICTED = {"train": "valid", "decode": "test"}  # the side that a stage predicts


def add_fold_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what names an experiment: its configuration, data, folds and seed."""
    parser.add_argument("--config", type=Path, required=True, help="a file of conf/")
    parser.add_argument("--data", type=Path, required=True, help="data directory")
    parser.add_argument("--dump", type=Path, required=True, help="its feature directory")
    add_task_arguments(parser)
    parser.add_argument("--folds", type=Path, required=True, help="fold file")
    parser.add_argument("--exp", type=Path, required=True, help="experiment directory")
    parser.add_argument(
        "--asr_model", help="whose encoder is taken over; see sentemo.bin.upstream --help"
    )
    parser.add_argument(
        "--text",
        type=Path,
        help="table of transcripts, which a configuration with a text_encoder reads: those of "
        "sentemo.bin.transcribe, or your own",
    )
    parser.add_argument(
        "--fold_parallel",
        type=true_or_false,
        default=True,
        help="all folds in one pass, where a frozen encoder allows it (default: true)",
    )
    parser.add_argument("--seed", type=int, default=1)
    add_nj_argument(parser)
    add_process_arguments(parser)
    add_launch_arguments(parser)


def add_process_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what says how many processes train one model."""
    parser.add_argument(
        "--ngpu",
        type=gpus_anywhere,
        default=0,
        help="GPUs on a node that train one model, a process each; one decodes; 0 is the CPU",
    )
    parser.add_argument(
        "--num_nodes",
        type=positive_int,
        default=1,
        help="nodes that train one model: of the Slurm allocation this is in, or of each job",
    )


def use_one_gpu(args: argparse.Namespace) -> None:
    """Of the machines that train a model, use one GPU, for what has no use of more."""
    args.ngpu, args.num_nodes = min(args.ngpu, 1), 1


def add_task_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what says which targets are learnt."""
    parser.add_argument(
        "--task",
        choices=TASKS,
        default="label",
        help="what is learnt: the class (default), activation, valence and dominance, or both",
    )
    parser.add_argument("--labels", type=Path, help="labels.txt, for classes")
    parser.add_argument("--scale", help="of the dimensions: LOW,HIGH, or a corpus that is known")


def check_task(args: argparse.Namespace) -> tuple[str, ...]:
    """Return the names of the targets, insisting on the options that they need.

    Raises
    ------
    SentemoError
        Naming the option that is missing.
    """
    targets = TASKS[args.task]
    for target, option in (("label", "labels"), ("avd", "scale")):
        if target in targets and getattr(args, option) is None:
            raise SentemoError(f"--task {args.task} needs --{option}.")
    return targets


def is_done(experiment: Experiment, stage: str, task: str) -> bool:
    """Whether ``train`` or ``decode`` finished with these settings and left all its predictions."""
    files = [predictions_file(target, PREDICTED[stage]) for target in TASKS[task]]
    return all(experiment.is_done(stage, file) for file in files)


def fold_experiment(args: argparse.Namespace) -> Experiment:
    """Return the experiment that these arguments describe."""
    targets = check_task(args)
    inputs = [args.folds, args.dump / "feats.json"]
    inputs += fold_tables(args.data, *(TABLES[target] for target in targets))
    if "label" in targets:
        inputs.insert(0, args.labels)
    _require_text_where_read(args)
    options: dict[str, Any] = {"seed": args.seed}
    if "avd" in targets:
        options |= {"task": args.task, "scale": str(parse_scale(args.scale))}
    if trained_together(args):
        options["fold_parallel"] = True
    if args.asr_model is not None:
        options["asr_model"] = _fingerprint(args.asr_model, args.exp)
    if args.text is not None:
        options["text"] = fingerprint(args.text)
    return Experiment(args.exp, args.config, inputs, options)


def _require_text_where_read(args: argparse.Namespace) -> None:
    """Insist on transcripts for a text encoder, and on a text encoder for transcripts."""
    reads = bool(read_config(args.config).get("text_encoder"))
    if reads and args.text is None:
        raise SentemoError(
            f"{args.config} has a text_encoder, which reads transcripts. Give them with --text."
        )
    if args.text is not None and not reads:
        raise SentemoError(
            f"--text {args.text}: {args.config} has no text_encoder to read it. Leave --text away, "
            "or use a configuration that has one, like conf/train_ser_acoustic_text.yaml."
        )
    if args.text is not None and not args.text.is_file():
        raise SentemoError(f"--text {args.text}: no such file. Stage asr_score makes one.")


def _fingerprint(asr_model: str, exp: Path) -> str:
    """Digest of an ASR model; if it is gone, as noted when the experiment was started upon it."""
    from sentemo.upstreams import Upstream

    try:
        return Upstream(asr_model).fingerprint
    except SentemoError:
        if (recorded := started_options(exp).get("asr_model")) is None:
            raise
        print(f"{asr_model}: not there any more; {exp} was started upon it", flush=True)
        return recorded


def fold_jobs(args: argparse.Namespace) -> tuple[list[str] | None, list[FoldJob]]:
    """Return the labels where classes are learnt, and one job per fold."""
    targets = check_task(args)
    utterances = read_data_dir(args.data)
    labels = read_labels(args.labels) if "label" in targets else None
    scale = parse_scale(args.scale) if "avd" in targets else None
    targets_of(utterances, labels, scale)  # what is wrong with one shows before hours of training
    folds = read_folds(args.folds, utterances)
    check_source(args.dump, utterances)
    features = read_feature_dir(args.dump)
    texts = None if args.text is None else read_texts(args.text, utterances)
    settings = {"seed": args.seed, "ngpu": min(args.ngpu, 1)}
    if args.asr_model is not None:
        settings["asr_model"] = args.asr_model
    return labels, [
        FoldJob(
            fold=fold,
            exp=args.exp / f"fold_{fold.number:02d}",
            config=args.exp / CONFIG_COPY,
            labels=labels,
            utterances=utterances,
            features=features,
            settings=settings,
            one_thread=len(folds) > 1,
            texts=texts,
            scale=scale,
            processes=max(args.ngpu, 1),
            nodes=args.num_nodes,
        )
        for fold in folds
    ]


def trained_together(args: argparse.Namespace) -> bool:
    """Whether all folds are trained in one pass: where that is wanted, and possible."""
    folds = count_folds(args.folds)
    return args.fold_parallel and why_separate(args.config, args.asr_model, folds) is None


def each_fold(
    work: Callable[[FoldJob], Result],
    jobs: Sequence[FoldJob],
    args: argparse.Namespace,
    stage: str,
    together: Callable[[Sequence[FoldJob]], list[Result]] | None = None,
) -> Iterator[tuple[FoldJob, Result]]:
    """Work on every fold.

    Parameters
    ----------
    together
        The same work on all folds in one pass, for those that are trained so.
    """
    workers = gpu_workers(args, args.exp / LOG_DIR, stage, nodes=args.num_nodes)
    if together is not None and trained_together(args):
        [(_, results)] = workers.run(together, [jobs])
        return zip(jobs, results, strict=True)
    return workers.run(work, jobs)


def fold_tables(data: Path, *targets: str) -> list[Path]:
    """Return the tables that say what is learnt, and on which side of a fold."""
    optional = [data / name for name in ("utt2split", "utt2uniq", "utt2corpus")]
    learnt = [data / target for target in targets or ("utt2label",)]
    return [*learnt, data / "utt2spk", *filter(Path.is_file, optional)]


def speeds_of_copies(utterances: Sequence[Utterance]) -> list[str]:
    """Return the prefixes of copies at other speeds, for the experiment's title: sp0.9, sp1.1."""
    return sorted({utt.id.split("-")[0] for utt in utterances if utt.original is not None})


def other_corpora(utterances: Sequence[Utterance]) -> list[str]:
    """Name what was trained on beside the corpus."""
    return sorted({utt.corpus for utt in utterances if utt.corpus})


def describe_data(
    data: Path,
    dump: Path | None,
    folds_file: Path,
    folds: Sequence[Fold],
    utterances: Sequence[Utterance],
) -> dict[str, Any]:
    """Return what every result must say of its data, and of its features where it has any.

    The corpus' name, the protocol, and notes: recordings missing or converted, speakers shared.
    """
    counts = read_counts(data)
    of_features = dump and json.loads((dump / SUMMARY).read_text(encoding="utf-8"))["notes"]
    return {
        "corpus": counts["corpus"],
        "protocol": read_protocol(folds_file),
        "notes": [*counts["notes"], *(of_features or []), *overlap_notes(folds, utterances)],
    }
