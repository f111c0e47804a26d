"""Say what a trained model hears in recordings: the class, activation, valence and dominance.

Usage:
  sentemo predict exp/ser_scratch/model.zip recording.wav another.flac folder/
  sentemo predict model.zip call.wav --window 8 --hop 4        # a long one, with time stamps
  sentemo predict model.zip call.wav --pauses --plot call.png
  ffmpeg -i film.mp4 -f wav - | sentemo predict model.zip - --json

The exit status is 0 when every file was judged, 1 when some could not be (each with its reason on
the standard error), 2 when options or model are wrong.
"""

import argparse
import json
import os
import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile

from sentemo.core.errors import USAGE, SentemoError
from sentemo.core.files import files_below
from sentemo.data.dimensions import DIMENSIONS
from sentemo.inference import SpeechEmotion, SpeechEmotionResult
from sentemo.inference.description import Description
from sentemo.inference.recordings import LONGEST_WHOLE, Recording, Span
from sentemo.inference.speech_emotion import BACKENDS

STDIN = "-"
SOME_FAILED = 1
PICTURES = (".png", ".pdf", ".svg")
# In folders, whatever else lies there; a file that is named is read whatever its name.
EXTENSIONS = {".wav", ".flac", ".ogg", ".oga", ".opus", ".mp3", ".aif", ".aiff", ".au", ".sph"}


def main(argv: list[str] | None = None) -> None:
    """Judge every file, and end with the status that `__doc__` names."""
    parser = _parser()
    args = parser.parse_args(argv)
    try:
        _require_sense(args)
        files = list(_files(args.files))
        if args.plot and len(files) != 1:
            raise SentemoError(f"--plot draws one recording, these are {len(files)}")
        model = SpeechEmotion.from_pretrained(args.model, args.device, args.backend)
        if args.transcript and not model.description.tokens:
            raise SentemoError(f"--transcript: {args.model} has no recogniser in it")
    except (SentemoError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(USAGE)
    try:
        failed = _judge_all(model, files, args)
    except BrokenPipeError:  # whoever read has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        failed = 0
    sys.exit(SOME_FAILED if failed else 0)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="sentemo predict",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("model", help="model.zip, an experiment directory, or a tag of the Hub")
    parser.add_argument(
        "files", nargs="+", help="recordings, folders of them, or - for the standard input"
    )
    parser.add_argument("--json", action="store_true", help="one JSON object per line")
    parser.add_argument(
        "--transcript", action="store_true", help="a column of what was said; --json always has it"
    )
    cut = parser.add_mutually_exclusive_group()
    cut.add_argument("--window", type=_seconds, help="judge windows of so many seconds")
    cut.add_argument("--pauses", action="store_true", help="judge what lies between pauses")
    parser.add_argument("--hop", type=_seconds, help="a window every so many seconds (half of it)")
    parser.add_argument("--plot", type=Path, help="draw one recording's answers into a picture")
    parser.add_argument("--backend", choices=BACKENDS, default="auto", help="default: auto")
    parser.add_argument("--device", default="cpu", help="cpu (default), or cuda with torch")
    return parser


def _require_sense(args: argparse.Namespace) -> None:
    if args.hop is not None and args.window is None:
        raise SentemoError("--hop is of windows: give --window too")
    if args.hop is not None and args.hop > args.window:
        raise SentemoError(f"--hop {args.hop:g} passes over what lies between windows")
    if args.plot and args.plot.suffix.lower() not in PICTURES:
        raise SentemoError(f"--plot {args.plot}: draws {', '.join(PICTURES)}")


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is no number of seconds above 0")
    return seconds


def _files(given: Sequence[str]) -> Iterator[str]:
    """Name the recordings, those of folders too.

    Raises
    ------
    SentemoError
        When a folder has none.
    """
    for name in given:
        if not Path(name).is_dir():
            yield name
            continue
        inside = list(files_below(Path(name)))
        audio = [str(path) for path in inside if path.suffix.lower() in EXTENSIONS]
        if not audio:
            raise SentemoError(f"{name}: no recordings in it ({' '.join(sorted(EXTENSIONS))})")
        if len(audio) < len(inside):
            print(f"{name}: {len(inside) - len(audio)} other files passed over", file=sys.stderr)
        yield from audio


def _judge_all(model: SpeechEmotion, files: Sequence[str], args: argparse.Namespace) -> int:
    """Print every file's answers as they come; return how many files failed."""
    timed = args.pauses or args.window is not None
    table = None if args.json else _Table(model.description, files, timed, args.transcript)
    failed = 0
    for name in files:
        try:
            with _opened(model, name) as recording:
                results = []
                for result in _answers(model, recording, name, args):
                    if table:
                        table.show(name, result)
                    else:
                        print(json.dumps({"file": name, **result.as_json()}), flush=True)
                    if args.plot:
                        results.append(result)
                if args.plot:
                    from sentemo.inference.plot import plot_predictions

                    plot_predictions(args.plot, recording, results)
        except BrokenPipeError:
            raise
        except (SentemoError, OSError) as error:
            failed += 1
            reason = str(error).removeprefix(f"{name}: ")
            print(f"error: {name}: {reason}", file=sys.stderr, flush=True)
    return failed


@contextmanager
def _opened(model: SpeechEmotion, name: str) -> Iterator[Recording]:
    if name != STDIN:
        yield model.open(name)
        return
    with NamedTemporaryFile(suffix=".audio") as copy:  # libsndfile seeks, and a pipe cannot
        shutil.copyfileobj(sys.stdin.buffer, copy)
        copy.flush()
        try:
            yield model.open(copy.name)
        except SentemoError as error:
            raise SentemoError(str(error).replace(copy.name, STDIN)) from error


def _answers(
    model: SpeechEmotion, recording: Recording, name: str, args: argparse.Namespace
) -> Iterator[SpeechEmotionResult]:
    """Judge a recording, or its parts; silent ones are counted on the standard error.

    Raises
    ------
    SentemoError
        When nothing in it can be judged.
    """
    spans = _spans(recording, args)
    found = 0
    for result in model.parts(recording, spans):
        if result is not None:
            found += 1
            yield result
    if found == 0:
        raise SentemoError("silence: nothing in it to judge")
    if found < len(spans):
        silent = f"{len(spans) - found} of {len(spans)} parts are silence"
        print(f"{name}: {silent}, left out", file=sys.stderr)


def _spans(recording: Recording, args: argparse.Namespace) -> list[Span]:
    if args.pauses:
        return recording.speech()
    if args.window is not None:
        return recording.windows(args.window, args.hop or args.window / 2)
    if recording.duration > LONGEST_WHOLE:
        raise SentemoError(
            f"{_clock(recording.duration)} long, and one answer for more than "
            f"{_clock(LONGEST_WHOLE)} says nothing; give --window 8 --hop 4, or --pauses"
        )
    return [recording.whole()]


class _Table:
    """Rows as they come, under columns that are wide enough for all."""

    def __init__(
        self, description: Description, files: Sequence[str], timed: bool, transcript: bool
    ) -> None:
        self._labels = description.labels
        self._dimensions = DIMENSIONS if description.scale else ()
        self._timed, self._transcript = timed, transcript
        self._name = max(4, *map(len, files))
        self._label = max([5, *map(len, self._labels)])
        header = [f"{'file':{self._name}}"]
        header += [f"{'start':>8} {'end':>8}"] if timed else []
        header += [f"{'label':{self._label}}"] if self._labels else []
        header += [f"{name:>{max(6, len(name))}}" for name in (*self._labels, *self._dimensions)]
        header += ["transcript"] if transcript else []
        print("  ".join(header), flush=True)

    def show(self, name: str, result: SpeechEmotionResult) -> None:
        cells = [f"{name:{self._name}}"]
        cells += [f"{_clock(result.start):>8} {_clock(result.end):>8}"] if self._timed else []
        cells += [f"{result.label:{self._label}}"] if self._labels else []
        for label in self._labels:
            cells.append(f"{100 * result.probabilities[label]:>{max(6, len(label)) - 2}.1f} %")
        for dimension in self._dimensions:
            cells.append(f"{result.dimensions[dimension]:>{len(dimension)}.2f}")
        cells += [result.transcript or ""] if self._transcript else []
        print("  ".join(cells), flush=True)


def _clock(seconds: float) -> str:
    """As 0:04.0 or 1:02:03.4."""
    minutes, rest = divmod(round(seconds, 1), 60)
    hours, minutes = divmod(int(minutes), 60)
    return f"{hours}:{minutes:02d}:{rest:04.1f}" if hours else f"{minutes}:{rest:04.1f}"


if __name__ == "__main__":
    main()
