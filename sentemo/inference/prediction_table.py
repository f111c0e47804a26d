"""The answers of a model as a table for the terminal."""

from collections.abc import Sequence

from sentemo.core.errors import write_line
from sentemo.core.printable import printable
from sentemo.data.dimensions import DIMENSIONS
from sentemo.inference.answer_rules import AnswerRules
from sentemo.inference.answers import SpeechEmotionResult
from sentemo.inference.description import Description
from sentemo.inference.interpretation import ALWAYS
from sentemo.inference.occluded import Occluded
from sentemo.scoring.answer_limits import UNKNOWN


class PredictionTable:
    """A table whose rows are printed as they come; its columns are wide enough for all files.

    Parameters
    ----------
    description
        Description of the model, which says what there is to show.
    files
        Names of all files that will be shown.
    apart, timed, transcript
        Show the channel, start and end of each part, and its transcript.
    rules
        Rules of the answers, which say whether there are sets of classes to show.
    """

    def __init__(
        self,
        description: Description,
        files: Sequence[str],
        apart: bool,
        timed: bool,
        transcript: bool,
        rules: AnswerRules = ALWAYS,
    ) -> None:
        self._labels = description.labels
        self._dimensions = DIMENSIONS if description.scale else ()
        self._apart, self._timed, self._transcript = apart, timed, transcript
        self._name = max([4, *(len(printable(name)) for name in files)])
        answers = [*self._labels, UNKNOWN] if rules.least_confidence else self._labels
        self._label = max([5, *map(len, answers)])
        self._set = len(_listed(self._labels)) if rules.least_probability is not None else 0
        header = [f"{'file':{self._name}}"]
        header += ["channel"] if apart else []
        header += [f"{'start':>8} {'end':>8}"] if timed else []
        header += [f"{'label':{self._label}}"] if self._labels else []
        header += [f"{name:>{max(6, len(name))}}" for name in (*self._labels, *self._dimensions)]
        header += [f"{f'one of, at {100 * rules.coverage:g} %':{self._set}}"] if self._set else []
        header += ["transcript"] if transcript else []
        write_line("  ".join(header))

    def show(self, name: str, result: SpeechEmotionResult) -> None:
        """Print the row of a file, or of a part of it."""
        cells = [f"{printable(name):{self._name}}"]
        cells += [f"{result.channel:>7}"] if self._apart else []
        cells += [f"{clock(result.start):>8} {clock(result.end):>8}"] if self._timed else []
        cells += [f"{result.label:{self._label}}"] if self._labels else []
        for label in self._labels:
            cells.append(f"{100 * result.probabilities[label]:>{max(6, len(label)) - 2}.1f} %")
        for dimension in self._dimensions:
            cells.append(f"{result.dimensions[dimension]:>{len(dimension)}.2f}")
        if self._set and result.class_set is not None:
            cells.append(f"{_listed(result.class_set.labels):{self._set}}")
        cells += [result.transcript or ""] if self._transcript else []
        write_line("  ".join(cells))
        for piece in result.occlusion or ():
            write_line(f"  {result.most_probable} {_cost(piece)}")


def _cost(piece: Occluded) -> str:
    """Return what a piece that was silenced cost the answer, in words."""
    times = f"{piece.start:.2f} to {piece.end:.2f} s"
    said = times if piece.word is None else f'"{printable(piece.word)}", {times}'
    return f"{-100 * piece.lost:+6.1f} points without {said}"


def _listed(labels: Sequence[str]) -> str:
    return ", ".join(labels)


def silent_row(name: str, start: float, end: float) -> str:
    """Return the row of a part of the only file in which there is nothing to hear."""
    return f"{printable(name):4}  {clock(start):>8} {clock(end):>8}  silence"


def clock(seconds: float) -> str:
    """Return a time as 0:04.0 or 1:02:03.4."""
    minutes, rest = divmod(round(seconds, 1), 60)
    hours, minutes = divmod(int(minutes), 60)
    return f"{hours}:{minutes:02d}:{rest:04.1f}" if hours else f"{minutes}:{rest:04.1f}"
