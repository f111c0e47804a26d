"""A page to try a trained model on, in the browser: upload a recording, or record one.

Usage:
  sentemo serve                              # the model that ships
  sentemo serve exp/ser_scratch/model.zip
  sentemo serve model.zip --port 8000
  sentemo serve model.zip --abstain 0.1      # "unknown" rather than 10 % wrong
  sentemo serve --recogniser whisper-base/   # transcripts too

It is served to this machine alone, asks no network, keeps no recording, and ends with Ctrl-C.
"""

import argparse
from importlib.util import find_spec

from sentemo.bin.limit_options import add_limit_arguments
from sentemo.bin.listener_options import add_listener_arguments
from sentemo.bin.number_options import port
from sentemo.bin.plugin_option import add_plugin_argument
from sentemo.core.errors import SentemoError, run_command
from sentemo.core.extras import install
from sentemo.inference.shipped import DEFAULT

SERVER = ("starlette", "uvicorn", "jinja2")


def main(argv: list[str] | None = None) -> None:
    """Serve the page until it is stopped."""
    parser = argparse.ArgumentParser(
        prog="sentemo serve",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    add_plugin_argument(parser)
    parser.add_argument(
        "model",
        nargs="?",
        default=DEFAULT,
        help="model.zip, an experiment directory, a name on the Hub, or one of `sentemo models` "
        f"(default: {DEFAULT})",
    )
    add_limit_arguments(parser)
    add_listener_arguments(parser, "the page shows it")
    parser.add_argument("--port", type=port, help="default: the first free one from 7860")
    args = parser.parse_args(argv)
    if missing := [name for name in SERVER if find_spec(name) is None]:
        raise SentemoError(f"the page needs {', '.join(missing)}: {install('serve')}")
    from sentemo.inference import SpeechEmotion

    model = SpeechEmotion.from_pretrained(  # before a server starts in vain
        args.model,
        recogniser=args.recogniser,
        language=args.language,
        abstain=args.abstain,
        coverage=args.coverage,
    )
    from sentemo.inference.serving.server import serve

    serve(model, args.port)


if __name__ == "__main__":
    run_command(main)
