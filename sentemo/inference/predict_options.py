"""The options of `sentemo predict`."""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from sentemo.core.errors import SentemoError
from sentemo.inference.occlusion import BY_WORDS
from sentemo.inference.sample_stream import SampleFormat

MIXED, APART = CHANNELS = ("mixed", "apart")
PATIENCE = 10.0  # seconds
PICTURES = (".png", ".pdf", ".svg")


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
        Add a column of transcripts to the table.
    recogniser, language
        A whole Whisper for transcripts, and the code of the language; None detects it.
    window, hop
        Length of the windows to judge and the time from one to the next, in seconds; half a window
        where `hop` is None. Without a window, a recording is judged as a whole.
    pauses
        Judge the parts between pauses.
    channels
        ``mixed`` averages the channels of a recording, ``apart`` judges each by itself.
    plot
        Picture to draw of one recording's answers.
    follow, raw, patience
        Judge the last seconds of one recording again and again while it grows; format of samples
        without a header, as `SampleFormat.parse` reads it; seconds without growth that end a file.
    occlude
        What is silenced, piece by piece, to see what each costs the answer: `BY_WORDS`, or the
        length of moments in seconds; None silences nothing.
    adapt
        Adapt the model to these recordings before it answers.
    adapt_to
        Zip of the adapted model to write.
    abstain
        Share of the answers that may be wrong; None answers always.
    coverage
        Share of the sets of classes that shall hold the right one; None names no sets.
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
    follow: bool = False
    raw: str | None = None
    patience: float = PATIENCE
    occlude: float | str | None = None
    adapt: bool = False
    adapt_to: Path | None = None
    backend: str = "auto"
    device: str = "cpu"
    recogniser: str | None = None
    language: str | None = None
    abstain: float | None = None
    coverage: float | None = None

    @property
    def shows_words(self) -> bool:
        """Tell whether the table has a column of transcripts."""
        return self.transcript or self.recogniser is not None

    @property
    def wants_words(self) -> str:
        """Return the option that needs a model which hears words, or ""."""
        if self.occlude == BY_WORDS:
            return f"--occlude {BY_WORDS}"
        return "--transcript" if self.transcript else ""

    @property
    def timed(self) -> bool:
        """Tell whether the answers are for parts of recordings, so that their times matter."""
        return self.pauses or self.follow or self.window is not None

    def check(self) -> None:
        """Check the options that no model and no file is needed for.

        Raises
        ------
        SentemoError
            When options contradict each other, the picture's format is unknown, or nothing is
            installed that draws it.
        """
        self._check_following()
        self._check_occlusion()
        if self.hop is not None and self.window is None and not self.follow:
            raise SentemoError("--hop is of windows: give --window too")
        if self.hop is not None and self.window is not None and self.hop > self.window:
            raise SentemoError(f"--hop {self.hop:g} passes over what lies between windows")
        if self.plot and self.plot.suffix.lower() not in PICTURES:
            raise SentemoError(f"--plot {self.plot}: draws {', '.join(PICTURES)}")
        if self.plot and self.channels == APART:
            raise SentemoError("--plot draws one recording: leave --channels apart out")
        if self.plot and (self.adapt or self.adapt_to):
            raise SentemoError("--plot draws one recording, and --adapt needs many")
        if self.plot and find_spec("matplotlib") is None:
            raise SentemoError("--plot needs matplotlib: pip install matplotlib")

    def _check_following(self) -> None:
        if not self.follow:
            if self.raw is not None:
                raise SentemoError("--raw is the format of what --follow hears: give --follow too")
            return
        if len(self.files) != 1:
            raise SentemoError(f"--follow hears one recording, these are {len(self.files)}")
        if self.raw is not None:
            SampleFormat.parse(self.raw)
        others = {
            "--adapt": self.adapt or self.adapt_to is not None,
            "--pauses": self.pauses,
            "--plot": self.plot is not None,
            "--channels apart": self.channels == APART,
        }
        if given := [name for name, is_given in others.items() if is_given]:
            raise SentemoError(f"{given[0]} needs a whole recording: leave it or --follow out")

    def _check_occlusion(self) -> None:
        if self.occlude is not None and (self.follow or self.adapt or self.adapt_to):
            raise SentemoError("--occlude goes without --follow and --adapt")
