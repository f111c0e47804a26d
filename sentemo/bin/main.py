"""The command `sentemo`: what one does with a trained model, and while one is trained.

Usage:
  sentemo predict exp/ser_scratch/model.zip recording.wav
  sentemo jobs exp/ser_scratch
"""

import sys
from functools import partial
from importlib import import_module

from sentemo.core.errors import USAGE, run_command
from sentemo.core.extras import require_training
from sentemo.core.version import __version__

COMMANDS = {
    "train": "your own recordings, from a CSV or folders: a table, a page, a model",
    "predict": "the class of recordings, their activation, valence and dominance",
    "models": "the models that ship, and those that were fetched or unpacked before",
    "embed": "states or pooled vectors of recordings, by a pre-trained encoder",
    "serve": "a page in the browser to try a model on",
    "check-split": "any split: speakers, recordings or sentences on several sides, and more",
    "jobs": "the jobs of an experiment: state, host, time, memory",
}
NEEDS_TRAINING = ("train", "jobs")
MODULES = {
    "train": "train_recordings",
    "check-split": "check_split",
}  # where `sentemo.bin` has another name for it


def main() -> None:
    """Run the subcommand, importing nothing of the others."""
    arguments = sys.argv[1:]
    if arguments in (["--version"], ["-V"]):
        print(f"sentemo {__version__}")
    elif arguments[:1] in (["--help"], ["-h"]):
        print(_usage())
    elif not arguments or arguments[0] not in COMMANDS:
        wrong = f"no command '{arguments[0]}'" if arguments else "a command is missing"
        print(f"error: {wrong}\n{_usage()}", file=sys.stderr)
        sys.exit(USAGE)
    else:
        run_command(partial(_run, *arguments))


def _run(name: str, *arguments: str) -> None:
    if name in NEEDS_TRAINING:
        require_training(f"sentemo {name}")
    import_module(f"sentemo.bin.{MODULES.get(name, name)}").main([*arguments])


def _usage() -> str:
    width = max(map(len, COMMANDS))
    listed = "\n".join(f"  {name:{width}}  {what}" for name, what in COMMANDS.items())
    return f"usage: sentemo COMMAND …\n\n{listed}\n\nsentemo COMMAND --help explains its options."


if __name__ == "__main__":
    main()
