"""Predict the class, or activation, valence and dominance, of recordings with a trained model.

Usage:
  sentemo predict recording.wav                                # with the model that ships
  sentemo predict exp/ser_scratch/model.zip recording.wav another.flac folder/
  sentemo predict folder/ --adapt                              # to your rooms and language
  sentemo predict model.zip call.wav --window 8 --hop 4        # a long one, with time stamps
  sentemo predict model.zip call.wav --channels apart          # each side of a call by itself
  sentemo predict model.zip call.wav --pauses --plot call.png
  sentemo predict model.zip folder/ --abstain 0.1              # "unknown" rather than 10 % wrong
  sentemo predict model.zip folder/ --coverage 0.9             # all classes that may be right
  sentemo predict model.zip call.wav --recogniser whisper-base/ --language de  # words too
  sentemo predict model.zip call.wav --occlude 1               # what each second adds to the answer
  ffmpeg -i film.mp4 -f wav - | sentemo predict model.zip - --json
  arecord -f S16_LE -r 16000 | sentemo predict --follow -          # while it is recorded
  cat 8khz.raw | sentemo predict --follow - --raw 8000,s16le,2 --window 4 --hop 1

The exit status is 0 when every file was judged, 1 when some could not be (each with its reason on
the standard error, and with --json in an object with "error" too), 2 when options or model are
wrong.
"""

import argparse
import sys
from pathlib import Path

from sentemo.bin.limit_options import add_limit_arguments
from sentemo.bin.listener_options import add_listener_arguments
from sentemo.bin.plugin_option import add_plugin_argument
from sentemo.inference.following import HOP, WINDOW
from sentemo.inference.loading import BACKENDS, is_model
from sentemo.inference.occlusion import BY_WORDS
from sentemo.inference.predict import predict
from sentemo.inference.predict_options import CHANNELS, MIXED, PATIENCE, PredictOptions
from sentemo.inference.sample_stream import ENCODINGS, PACKED_24
from sentemo.inference.shipped import DEFAULT


def main(argv: list[str] | None = None) -> None:
    """Judge every file, and end with the status that `__doc__` names."""
    parser = _parser()
    args = parser.parse_intermixed_args(argv)  # options may stand between model and files
    if args.model is None:
        args.model = args.files.pop(0) if is_model(args.files[0]) else DEFAULT
        if not args.files:
            parser.error(f"{args.model} is a model: give recordings too")
    sys.exit(predict(PredictOptions(**vars(args))))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="sentemo predict",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    add_plugin_argument(parser)
    parser.add_argument(
        "files",
        nargs="+",
        metavar="[MODEL] FILE",
        help="recordings, folders of them, or - for the standard input; before them a model: "
        "model.zip, an experiment directory, a name on the Hub, or one of `sentemo models` "
        f"(default: {DEFAULT})",
    )
    parser.add_argument("--model", help="the model, where its name could be that of a recording")
    parser.add_argument(
        "--adapt", action="store_true", help="adapt a linear probe to these recordings, unlabelled"
    )
    parser.add_argument(
        "--adapt-to", type=Path, metavar="ZIP", help="adapt it, and keep the adapted model"
    )
    add_limit_arguments(parser)
    parser.add_argument("--json", action="store_true", help="one JSON object per line")
    parser.add_argument(
        "--transcript", action="store_true", help="a column of transcripts; --json always has them"
    )
    add_listener_arguments(parser, "the table shows it, and a --plot the attention to its words")
    cut = parser.add_mutually_exclusive_group()
    cut.add_argument("--window", type=_seconds, help="judge windows of so many seconds")
    cut.add_argument("--pauses", action="store_true", help="judge what lies between pauses")
    parser.add_argument("--hop", type=_seconds, help="a window every so many seconds (half of it)")
    parser.add_argument(
        "--follow",
        action="store_true",
        help=f"judge the last --window seconds ({WINDOW:g}) every --hop seconds ({HOP:g}) while a "
        "WAV or raw samples arrive: in a file that grows, or on the standard input",
    )
    parser.add_argument(
        "--raw",
        metavar="RATE,ENCODING,CHANNELS",
        help="what --follow takes samples without a header for (default: 16000,s16le,1); encodings "
        f"are {', '.join((*ENCODINGS, PACKED_24))}",
    )
    parser.add_argument(
        "--patience",
        type=_seconds,
        default=PATIENCE,
        help=f"--follow ends where a file did not grow for so many seconds ({PATIENCE:g})",
    )
    parser.add_argument(
        "--occlude",
        type=_pieces,
        metavar=f"{BY_WORDS}|SECONDS",
        help="silence the words, or moments of so many seconds, one after the other, and say how "
        "much probability each takes from the answer",
    )
    parser.add_argument(
        "--channels",
        choices=CHANNELS,
        default=MIXED,
        help="apart: rows for each channel, such as the two sides of a call (default: mixed)",
    )
    parser.add_argument("--plot", type=Path, help="draw one recording's answers into a picture")
    parser.add_argument("--backend", choices=BACKENDS, default="auto", help="default: auto")
    parser.add_argument("--device", default="cpu", help="cpu (default), or cuda with torch")
    return parser


def _pieces(text: str) -> float | str:
    return text if text == BY_WORDS else _seconds(text)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is no number of seconds above 0")
    return seconds


if __name__ == "__main__":
    main()
