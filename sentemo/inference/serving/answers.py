"""A recording's answers, part by part, as the page's script reads them."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from itertools import groupby
from pathlib import Path
from statistics import fmean
from typing import Any

from sentemo.core.errors import SentemoError
from sentemo.core.markdown import percent
from sentemo.data.sound import SILENT
from sentemo.inference.answer_rules import AnswerRules
from sentemo.inference.answers import SpeechEmotionResult
from sentemo.inference.recording_files import why
from sentemo.inference.recordings import Recording
from sentemo.inference.speech_emotion import SpeechEmotion

LONGEST_WHOLE = 30.0  # seconds: a longer recording is judged in windows
WINDOW, HOP = 8.0, 4.0  # seconds
LONGEST = 4 * 3600.0  # seconds
MOST_CHANNELS = 8
LEVELS = ("low", "middle", "high")  # of attention to a word

Answer = dict[str, Any]


def answers(model: SpeechEmotion, path: Path, apart: bool) -> Iterator[Answer]:
    """Judge a file: a ``recording``, each ``part`` as soon as it is known, and ``overall``.

    A ``note`` says what is wrong and does not matter, or what was left out.

    Parameters
    ----------
    apart
        Judge each channel by itself.

    Yields
    ------
    dict
        One of these keys and its content; ``error`` with the reason ends the answers.
    """
    try:
        recording = model.open(path)
        _require_bounded(recording)
        channels = recording.channels() if apart else [recording]
        spans = _spans(recording)
        yield {
            "recording": {
                "duration": recording.duration,
                "channels": recording.channel_count,
                "parts": len(spans) * len(channels),
            }
        }
        if recording.note:
            yield {"note": recording.note}
        results = []
        for channel in channels:
            for span, result in zip(spans, model.parts(channel, spans), strict=True):
                if result is None:
                    start, end = span
                    yield {"part": {"channel": channel.channel, "start": start, "end": end}}
                else:
                    results.append(result)
                    yield {"part": _shown(result, model.rules)}
        if not results:
            raise SentemoError(SILENT)
        heard = {result.channel for result in results}
        for number in [channel.channel for channel in channels if channel.channel not in heard]:
            yield {"note": f"channel {number} is silence, left out"}
        doubts = Counter(doubt for result in results for doubt in result.doubts)
        for doubt, count in doubts.items():
            yield {"note": doubt + f", in {count} of {len(results)} parts" * (len(results) > 1)}
        by_channel = [list(of) for _, of in groupby(results, _channel)]
        yield {"overall": [_overall(of, model.rules) for of in by_channel]}
    except Exception as error:  # of any library; the visitor reads it, and may try another file
        yield {"error": why(error, str(path)).replace(str(path), "FILE")}


def _channel(result: SpeechEmotionResult) -> int:
    return result.channel or 0


def _require_bounded(recording: Recording) -> None:
    """Refuse what no call is like: it would keep the machine from answering others."""
    if recording.duration > LONGEST:
        hours = recording.duration / 3600
        raise SentemoError(f"{hours:.1f} h long; the page takes {LONGEST / 3600:.0f} h at most")
    if recording.channel_count > MOST_CHANNELS:
        raise SentemoError(f"{recording.channel_count} channels; the page takes {MOST_CHANNELS}")


def _spans(recording: Recording) -> list[tuple[float, float]]:
    if recording.duration <= LONGEST_WHOLE:
        return [recording.whole()]
    return recording.windows(WINDOW, HOP)


def _overall(results: Sequence[SpeechEmotionResult], rules: AnswerRules) -> Answer:
    """Return the mean over the parts of one channel; of a single part, that part."""
    if len(results) == 1:
        return _shown(results[0], rules)
    first = results[0]
    shares = {n: fmean(r.probabilities[n] for r in results) for n in first.probabilities}
    dimensions = {n: fmean(r.dimensions[n] for r in results) for n in first.dimensions}
    return {
        "channel": first.channel,
        "start": first.start,
        "end": results[-1].end,
        **_classes(shares, rules),
        "dimensions": dimensions,
        "words": [],
    }


def _shown(result: SpeechEmotionResult, rules: AnswerRules) -> Answer:
    words = [[found.word.text, LEVELS[found.bin]] for found in result.attended_words()]
    if not words and result.transcript:
        words = [[result.transcript, ""]]
    return {
        "channel": result.channel,
        "start": result.start,
        "end": result.end,
        **_classes(result.probabilities, rules),
        "dimensions": result.dimensions,
        "words": words,
    }


def _classes(shares: dict[str, float], rules: AnswerRules) -> Answer:
    """Return the answer, and all shares, also as text in percent."""
    named = rules.set_of(shares)
    return {
        "label": rules.label_of(shares),
        "set": asdict(named) if named else None,
        "shares": [round(share, 4) for share in shares.values()],
        "percents": [percent(share) for share in shares.values()],
    }
