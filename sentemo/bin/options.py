"""Command-line options that several commands share, and their types."""

import argparse
from pathlib import Path

from sentemo.bin.number_options import positive_int, seed
from sentemo.bin.plugin_option import add_plugin_argument
from sentemo.core.config import changed_config
from sentemo.core.errors import SentemoError
from sentemo.data.targets import TASKS
from sentemo.experiment.ser import SERExperiment
from sentemo.launch.resources import LOCAL, SLURM, SLURM_CONF, Resources, require_gpus


def command_parser(
    documentation: str | None, whole: bool = False, prog: str | None = None
) -> argparse.ArgumentParser:
    """Return a parser that is described by its module's documentation.

    Parameters
    ----------
    whole
        Show the whole documentation, not only its first line.
    prog
        Name of the command, where it is not that of the module.
    """
    described = documentation or ""
    return argparse.ArgumentParser(
        prog=prog,
        description=described if whole else "".join(described.splitlines()[:1]),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )


def add_experiment_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options that describe an emotion recognition experiment."""
    parser.add_argument("--config", type=Path, required=True, help="a file of conf/")
    add_set_argument(parser)
    add_plugin_argument(parser)
    parser.add_argument("--data", type=Path, required=True, help="data directory")
    parser.add_argument("--dump", type=Path, required=True, help="its feature directory")
    add_task_arguments(parser)
    parser.add_argument("--folds", type=Path, required=True, help="fold file")
    parser.add_argument("--exp", type=Path, required=True, help="experiment directory")
    add_upstream_argument(parser)
    add_window_argument(parser)
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
        help="train all folds in one pass, where a frozen encoder allows it (default: true)",
    )
    parser.add_argument("--seed", type=seed, default=1)
    add_nj_argument(parser)
    add_process_arguments(parser)
    add_launch_arguments(parser)


def add_set_argument(parser: argparse.ArgumentParser) -> None:
    """Add the option ``--set``, which changes a key of the configuration."""
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        dest="changes",
        help="change a key of the configuration, as often as you like: --set max_epoch=3 "
        "--set optim_conf.lr=0.001",
    )


def add_upstream_argument(parser: argparse.ArgumentParser, required: bool = False) -> None:
    """Add the option ``--upstream``; ``--asr_model`` is its older name."""
    parser.add_argument(
        "--upstream",
        "--asr_model",
        required=required,
        help="pre-trained model whose encoder is taken over: an experiment directory of ours or of "
        "ESPnet, one of its .pth files, a zip packed by ESPnet, a tag of its model zoo or of the "
        "Hugging Face Hub, a directory of a Hugging Face model, or built-in",
    )


def add_window_argument(parser: argparse.ArgumentParser) -> None:
    """Add the option ``--upstream_window``."""
    parser.add_argument(
        "--upstream_window",
        choices=("", "utterance", "30s"),
        default="",
        help="window of Whisper: the utterance and a second of silence (default), or 30 s",
    )


def add_language_argument(parser: argparse.ArgumentParser) -> None:
    """Add the option ``--asr_language``."""
    parser.add_argument(
        "--asr_language",
        help="language that is spoken, for a Whisper of several: its code, such as de (default: it "
        "is detected for each utterance)",
    )


def experiment_of(
    args: argparse.Namespace, corpus: str | None = None, title: str | None = None
) -> SERExperiment:
    """Return the experiment that the options of `add_experiment_arguments` describe."""
    return SERExperiment(
        directory=args.exp,
        config=changed_config(args.config, args.changes, args.exp),
        data=args.data,
        dump=args.dump,
        folds=args.folds,
        task=args.task,
        labels=args.labels,
        scale=args.scale,
        upstream=args.upstream,
        upstream_window=args.upstream_window,
        text=args.text,
        seed=args.seed,
        fold_parallel=args.fold_parallel,
        resources=resources_of(args),
        corpus=corpus,
        title=title,
    )


def add_task_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options that say which targets are learnt."""
    parser.add_argument(
        "--task",
        choices=TASKS,
        default="label",
        help="what is learnt: the class (default), activation, valence and dominance, or both",
    )
    parser.add_argument("--labels", type=Path, help="labels.txt, for classes")
    parser.add_argument(
        "--scale", help="scale of the dimensions: LOW,HIGH, or the name of a known corpus"
    )


def add_process_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options that say how many processes train one model."""
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


def add_recogniser_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options that say where a recogniser works."""
    add_nj_argument(parser)
    parser.add_argument(
        "--ngpu", type=one_gpu_anywhere, default=0, help="1 decodes on the GPU, 0 on the CPU"
    )
    add_launch_arguments(parser)


def add_nj_argument(parser: argparse.ArgumentParser) -> None:
    """Add the option ``--nj``: the number of processes, or None for one per available core.

    The default is resolved where the work runs, as a command may run in a job on another machine.
    """
    parser.add_argument(
        "--nj",
        type=positive_int,
        help="processes at a time (default: one per core of the machine that runs them)",
    )


def add_launch_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options that choose where the parts of a command run."""
    parser.add_argument(
        "--cmd_backend",
        choices=(LOCAL, SLURM),
        default=LOCAL,
        help="where to run: on this machine (default), or as jobs of a Slurm cluster",
    )
    parser.add_argument(
        "--slurm_conf",
        type=Path,
        default=SLURM_CONF,
        help="resources that Slurm jobs ask for (default: conf/slurm.yaml)",
    )


def resources_of(args: argparse.Namespace) -> Resources:
    """Return what a command may use; it need not have every option."""
    return Resources(
        nj=getattr(args, "nj", 1),
        ngpu=getattr(args, "ngpu", 0),
        nodes=getattr(args, "num_nodes", 1),
        backend=args.cmd_backend,
        slurm_conf=args.slurm_conf,
    )


def add_convert_argument(parser: argparse.ArgumentParser, effect: str) -> None:
    """Add --convert_audio, whose help describes the effect of ``true``."""
    parser.add_argument(
        "--convert_audio", type=true_or_false, default=False, help=f"true: {effect}"
    )


def true_or_false(text: str) -> bool:
    """Read ``true`` or ``false``, as the recipes write them."""
    if text not in ("true", "false"):
        raise argparse.ArgumentTypeError(f"{text!r} is neither true nor false")
    return text == "true"


def one_gpu_anywhere(text: str) -> int:
    """Read whether to use a GPU, 1 or 0, on this machine or in a job."""
    number = gpus_anywhere(text)
    if number > 1:
        raise argparse.ArgumentTypeError(f"{text} wanted; this uses one GPU at most")
    return number


def gpus(text: str) -> int:
    """Read the number of GPUs to use, and require that this machine has them."""
    number = gpus_anywhere(text)
    try:
        require_gpus(number)
    except SentemoError as error:
        raise argparse.ArgumentTypeError(str(error)) from error
    return number


def gpus_anywhere(text: str) -> int:
    """Read the number of GPUs to use, on this machine or in a job."""
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of GPUs")
    return int(text)
