"""The command `sentemo predict`: answers for files, folders and the standard input, as printed."""

import json
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from sentemo.core.errors import USAGE, SentemoError
from sentemo.inference.answers import SpeechEmotionResult
from sentemo.inference.prediction_table import PredictionTable, clock
from sentemo.inference.recording_files import find_recordings, opened, why
from sentemo.inference.recordings import LONGEST_WHOLE, Recording, Span
from sentemo.inference.speech_emotion import SpeechEmotion

SOME_FAILED = 1  # exit status
MIXED, APART = CHANNELS = ("mixed", "apart")
PICTURES = (".png", ".pdf", ".svg")


class Silence(SentemoError):
    """Nothing in a recording can be judged."""

    def __init__(self) -> None:
        super().__init__("silence: nothing in it to judge")


@dataclass(frozen=True)
class PredictOptions:
    """Options of the command, by the names that they have on the command line.

    Attributes
    ----------
    model
        Path of an archive or of an experiment directory, or a tag of the Hub.
    files
        Recordings, folders of recordings, or ``-`` for the standard input.
    json
        Print one JSON object per answer instead of a table.
    transcript
        Add a column of what was said to the table.
    window, hop
        Length of the windows to judge and the time from one to the next, in seconds; half a window
        where `hop` is None. Without a window, a recording is judged as a whole.
    pauses
        Judge the parts between pauses.
    channels
        ``mixed`` averages the channels of a recording, ``apart`` judges each by itself.
    plot
        Picture to draw of one recording's answers.
    """

    model: str
    files: Sequence[str]
    json: bool = False
    transcript: bool = False
    window: float | None = None
    hop: float | None = None
    pauses: bool = False
    channels: str = MIXED
    plot: Path | None = None
    backend: str = "auto"
    device: str = "cpu"

    @property
    def timed(self) -> bool:
        """Tell whether the answers are for parts of recordings, so that their times matter."""
        return self.pauses or self.window is not None

    def check(self) -> None:
        """Check the options that no model and no file is needed for.

        Raises
        ------
        SentemoError
            When options contradict each other, the picture's format is unknown, or nothing is
            installed that draws it.
        """
        if self.hop is not None and self.window is None:
            raise SentemoError("--hop is of windows: give --window too")
        if self.hop is not None and self.window is not None and self.hop > self.window:
            raise SentemoError(f"--hop {self.hop:g} passes over what lies between windows")
        if self.plot and self.plot.suffix.lower() not in PICTURES:
            raise SentemoError(f"--plot {self.plot}: draws {', '.join(PICTURES)}")
        if self.plot and self.channels == APART:
            raise SentemoError("--plot draws one recording: leave --channels apart out")
        if self.plot and find_spec("matplotlib") is None:
            raise SentemoError("--plot needs matplotlib: pip install matplotlib")


def predict(options: PredictOptions) -> int:
    """Judge every file and print the answers as they come; errors go to the standard error.

    Returns
    -------
    int
        The exit status: 0 when every file was judged, `SOME_FAILED` when some could not be, `USAGE`
        when the options or the model are wrong.
    """
    try:
        options.check()
        files = list(find_recordings(options.files))
        if options.plot and len(files) != 1:
            raise SentemoError(f"--plot draws one recording, these are {len(files)}")
        model = SpeechEmotion.from_pretrained(options.model, options.device, options.backend)
        if options.transcript and not model.description.tokens:
            raise SentemoError(f"--transcript: {options.model} has no recogniser in it")
    except (SentemoError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return USAGE
    try:
        return SOME_FAILED if _judge_all(model, files, options) else 0
    except BrokenPipeError:  # the reader of the output has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _judge_all(model: SpeechEmotion, files: Sequence[str], options: PredictOptions) -> int:
    """Print every file's answers; return how many files could not be judged."""
    show = _show_json
    if not options.json:
        apart = options.channels == APART
        table = PredictionTable(model.description, files, apart, options.timed, options.transcript)
        show = table.show
    failed = 0
    for name in files:
        try:
            _judge(model, name, options, show)
        except BrokenPipeError:
            raise
        except (SentemoError, OSError) as error:
            failed += 1
            print(f"error: {name}: {why(error, name)}", file=sys.stderr, flush=True)
    return failed


def _show_json(name: str, result: SpeechEmotionResult) -> None:
    print(json.dumps({"file": name, **result.as_json()}), flush=True)


def _judge(
    model: SpeechEmotion,
    name: str,
    options: PredictOptions,
    show: Callable[[str, SpeechEmotionResult], None],
) -> None:
    """Show the answers for one recording, and draw them where that is asked for."""
    with opened(name, model.open) as recording:
        if options.channels == APART:
            _judge_channels(model, recording.channels(), name, options, show)
            return
        results = []
        for result in _answers(model, recording, name, options):
            show(name, result)
            if options.plot:
                results.append(result)
        if options.plot:
            from sentemo.inference.plot import plot_predictions

            plot_predictions(options.plot, recording, results)


def _judge_channels(
    model: SpeechEmotion,
    channels: Sequence[Recording],
    name: str,
    options: PredictOptions,
    show: Callable[[str, SpeechEmotionResult], None],
) -> None:
    """Show the answers for each channel of a recording.

    Raises
    ------
    SentemoError
        When a channel cannot be judged; where others can be, silence is only mentioned.
    """
    if len(channels) == 1:
        print(f"{name}: mono, so there are no channels to take apart", file=sys.stderr)
    silent = []
    for channel in channels:
        try:
            for result in _answers(model, channel, f"{name}, channel {channel.channel}", options):
                show(name, result)
        except Silence:
            silent.append(str(channel.channel))
    if len(silent) == len(channels):
        raise Silence
    for number in silent:
        print(f"{name}: channel {number} is silence, left out", file=sys.stderr)


def _answers(
    model: SpeechEmotion, recording: Recording, name: str, options: PredictOptions
) -> Iterator[SpeechEmotionResult]:
    """Judge a recording, or its parts; silent ones are counted on the standard error.

    Raises
    ------
    Silence
        When nothing in it can be judged.
    """
    spans = _spans(recording, options)
    found = 0
    for result in model.parts(recording, spans):
        if result is not None:
            found += 1
            yield result
    if found == 0:
        raise Silence
    if found < len(spans):
        silent = f"{len(spans) - found} of {len(spans)} parts are silence"
        print(f"{name}: {silent}, left out", file=sys.stderr)


def _spans(recording: Recording, options: PredictOptions) -> list[Span]:
    if options.pauses:
        return recording.speech()
    if options.window is not None:
        return recording.windows(options.window, options.hop or options.window / 2)
    if recording.duration > LONGEST_WHOLE:
        raise SentemoError(
            f"{clock(recording.duration)} long, and one answer for more than "
            f"{clock(LONGEST_WHOLE)} says nothing; give --window 8 --hop 4, or --pauses"
        )
    return [recording.whole()]
