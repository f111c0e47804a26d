"""The command `sentemo predict`: answers for files, folders and the standard input, as printed."""

import json
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path

from sentemo.core.errors import (
    LAYOUT,
    USAGE,
    OutputError,
    SentemoError,
    require_streams,
    write_line,
)
from sentemo.core.printable import is_utf8, printable
from sentemo.data.sound import SILENT
from sentemo.inference.answers import SpeechEmotionResult
from sentemo.inference.following import HOP, WINDOW
from sentemo.inference.predict_options import APART, PredictOptions
from sentemo.inference.prediction_table import PredictionTable, clock, silent_row
from sentemo.inference.recording_files import STDIN, find_recordings, opened, why
from sentemo.inference.recordings import LONGEST_WHOLE, Recording, Span
from sentemo.inference.sample_stream import (
    SampleFormat,
    SampleStream,
    read_standard_input,
    reader_of,
)
from sentemo.inference.speech_emotion import SpeechEmotion

SOME_FAILED = 1  # exit status


class Silence(SentemoError):
    """Nothing in a recording can be judged."""

    def __init__(self) -> None:
        super().__init__(SILENT)


def predict(options: PredictOptions) -> int:
    """Judge every file and print the answers as they come; errors go to the standard error.

    Returns
    -------
    int
        The exit status: 0 when every file was judged, `SOME_FAILED` when some could not be, `USAGE`
        when the options or the model are wrong.
    """
    try:
        require_streams()
        options.check()
        files = list(find_recordings(options.files))
        if options.plot and len(files) != 1:
            raise SentemoError(f"--plot draws one recording, these are {len(files)}")
        model = SpeechEmotion.from_pretrained(
            *(options.model, options.device, options.backend),
            *(options.recogniser, options.language),
            *(options.abstain, options.coverage),
        )
        if options.adapt or options.adapt_to:
            model.require_adaptable()
        if (option := options.wants_words) and not model.hears_words:
            raise SentemoError(
                f"{option}: {options.model} has no recogniser in it. Name a whole Whisper with "
                "--recogniser DIR."
            )
    except (SentemoError, OSError) as error:
        print(f"error: {printable(str(error), LAYOUT)}", file=sys.stderr)
        return USAGE
    try:
        if options.follow:
            failed = not _attempt(files[0], partial(_follow, model, files[0], options), options)
        elif options.adapt or options.adapt_to:
            failed = _judge_adapted(model, files, options) > 0
        else:
            failed = _judge_all(model, files, options, _shower(model, files, options)) > 0
        return SOME_FAILED if failed else 0
    except OutputError as error:
        print(f"error: {error}", file=sys.stderr)
        return SOME_FAILED
    except BrokenPipeError:  # the reader of the output has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except (SentemoError, OSError) as error:  # such as an adapted model that cannot be written
        print(f"error: {printable(str(error), LAYOUT)}", file=sys.stderr)
        return USAGE


def _judge_all(
    model: SpeechEmotion,
    files: Sequence[str],
    options: PredictOptions,
    show: Callable[[str, SpeechEmotionResult], None],
) -> int:
    """Show every file's answers; return how many files could not be judged."""
    return sum(
        not _attempt(name, partial(_judge, model, name, options, show), options) for name in files
    )


def _attempt(name: str, judge: Callable[[], None], options: PredictOptions) -> bool:
    """Do what a file needs, and return whether it could be done; any error is this file's alone."""
    try:
        judge()
    except (BrokenPipeError, OutputError):
        raise
    except Exception as error:  # libraries raise what they like
        _show_error(name, why(error, name), options)
        return False
    return True


def _show_error(name: str, reason: str, options: PredictOptions) -> None:
    """Say why a file could not be judged, which among JSON is an object too."""
    print(f"error: {printable(name)}: {printable(reason, LAYOUT)}", file=sys.stderr, flush=True)
    if options.json:
        write_line(json.dumps({"file": _json_name(name), "error": printable(reason, LAYOUT)}))


def _json_name(name: str) -> str:
    return name if is_utf8(name) else printable(name)


def _shower(
    model: SpeechEmotion, files: Sequence[str], options: PredictOptions
) -> Callable[[str, SpeechEmotionResult], None]:
    """Return what prints an answer, as JSON or as a row of a table."""
    if not options.json:
        apart = options.channels == APART
        shown = (apart, options.timed, options.shows_words)
        table = PredictionTable(model.description, files, *shown, model.rules)

        def show_row(name: str, result: SpeechEmotionResult) -> None:
            table.show(name, result)
            for doubt in result.doubts:
                place = f", {clock(result.start)}" if options.timed else ""
                print(f"{printable(name)}{place}: {doubt}", file=sys.stderr)

        return show_row
    licence = {"licence": model.description.licence} if model.description.licence else {}

    def show(name: str, result: SpeechEmotionResult) -> None:
        file = _json_name(name)
        write_line(json.dumps({"file": file, **result.as_json(), **licence}, allow_nan=False))

    return show


def _follow(model: SpeechEmotion, name: str, options: PredictOptions) -> None:
    """Show the answers for one recording while it grows, until it ends or the user interrupts."""
    read = read_standard_input if name == STDIN else reader_of(Path(name), options.patience)
    raw = SampleFormat.parse(options.raw) if options.raw else None
    stream = SampleStream(read, raw, is_growing=name != STDIN)
    show = _shower(model, [name], options)
    window, hop = options.window or WINDOW, options.hop or HOP
    with suppress(KeyboardInterrupt):
        for (start, end), result in model.follow(stream.blocks(), stream.format.rate, window, hop):
            if result is not None:
                show(name, result)
            elif options.json:
                times = {"start": round(start, 3), "end": round(end, 3)}
                write_line(json.dumps({"file": _json_name(name), **times, "silence": True}))
            else:
                write_line(silent_row(name, start, end))
    if stream.bytes_left_over:
        said = f"{stream.bytes_left_over} of {stream.format.frame} bytes of the last sample"
        print(f"{printable(name)}: it ends within a sample: {said} left out", file=sys.stderr)


def _judge_adapted(model: SpeechEmotion, files: Sequence[str], options: PredictOptions) -> int:
    """Hear every file, adapt the model to all of them, and print the answers.

    Returns
    -------
    int
        The number of files that could not be judged: all of them where those that could be heard
        are too few to adapt to.
    """
    heard: list[tuple[str, SpeechEmotionResult]] = []
    failed = _judge_all(model, files, options, lambda name, result: heard.append((name, result)))
    try:
        adapted = model.adapted_to(result for _, result in heard)
    except SentemoError as error:
        for name in dict.fromkeys(name for name, _ in heard):
            _show_error(name, str(error), options)
        return len(files)
    unit = "parts" if options.timed or options.channels == APART else "recordings"
    print(f"adapted to {len(heard)} {unit}, without labels", file=sys.stderr)
    if options.adapt_to:
        adapted.save(options.adapt_to)
        print(f"adapted model: {options.adapt_to.resolve()}", file=sys.stderr)
    show = _shower(model, files, options)

    def show_again(name: str, result: SpeechEmotionResult) -> None:
        show(name, adapted.again(result))

    return failed + sum(
        not _attempt(name, partial(show_again, name, result), options) for name, result in heard
    )


def _judge(
    model: SpeechEmotion,
    name: str,
    options: PredictOptions,
    show: Callable[[str, SpeechEmotionResult], None],
) -> None:
    """Show the answers for one recording, and draw them where that is asked for."""
    with opened(name, model.open) as recording:
        if recording.note:
            print(f"{printable(name)}: {recording.note}", file=sys.stderr)
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
        print(f"{printable(name)}: mono, so there are no channels to take apart", file=sys.stderr)
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
        print(f"{printable(name)}: channel {number} is silence, left out", file=sys.stderr)


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
            by = options.occlude
            yield result if by is None else model.occluded(result, recording, by)
    if found == 0:
        raise Silence
    if found < len(spans):
        silent = f"{len(spans) - found} of {len(spans)} parts are silence"
        print(f"{printable(name)}: {silent}, left out", file=sys.stderr)


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
