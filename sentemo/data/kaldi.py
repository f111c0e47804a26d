"""Kaldi-style data directories: one directory per set, with `tables` of one line per utterance.

A directory holds ``wav.scp``, ``utt2spk``, ``spk2utt``, ``utt2dur`` (seconds), ``utt2level`` (dB
under full scale), and optionally

- ``segments``: ``<utterance> <recording> <start> <end>``, in seconds;
- ``reco2file_and_channel``: ``<recording> <file> <A or B>``, for recordings with two channels;
- ``text``, ``utt2label``, ``utt2avd`` (``<utterance> <activation> <valence> <dominance>``);
- ``utt2distribution``: the share of the annotators who chose each class; an utterance that it lists
  and whose label is ``no_agreement`` is only trained on;
- ``utt2split``: the part of the corpus' own partition, such as train, valid, test;
- ``utt2uniq``: the original utterance of each copy at another speed;
- ``utt2corpus``: the corpus of each utterance, where a directory has several; utterances that it
  does not list are of the corpus that is tested, and the others are guests, only trained on;
- ``spk2gender`` (f or m), ``spk2age`` (in years) and ``utt2sentence`` (a number or name of the
  spoken sentence), which tell results apart and may lack speakers or utterances.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from sentemo.core.errors import Problems
from sentemo.data import distributions
from sentemo.data.distributions import Distribution, parse_distributions
from sentemo.data.tables import TABLE_REMEDY, parse_table

COMPLETE_TABLES = ("utt2spk", "utt2label", "utt2avd", "utt2split")  # list every utterance
PARTIAL_TABLES = ("utt2uniq", "utt2corpus", "text", distributions.TABLE)  # may lack utterances
# Tables that tell results apart, of no use to a model; the first two are by speaker.
SPEAKER_TABLES = ("spk2gender", "spk2age")
DESCRIPTION_TABLES = (*SPEAKER_TABLES, "utt2sentence")
GENDER_VALUES = ("f", "m")
DATA_DIR_TABLES = (
    "wav.scp",
    "segments",
    "reco2file_and_channel",
    *COMPLETE_TABLES,
    *PARTIAL_TABLES,
)
# A segment may end up to this many seconds after its recording and is then cut, as in Kaldi.
SEGMENT_TOLERANCE = 0.5
CHANNELS = "AB"
UNKNOWN_SPEAKER = "Unknown"  # speaker of an utterance whose speaker was not recorded
NO_AGREEMENT = "no_agreement"  # label of utterances on whose class the annotators did not agree


@dataclass(frozen=True, slots=True)
class Utterance:
    """One utterance: a whole audio file, or its part from `start` to `end`.

    Parameters
    ----------
    id, speaker
        Ids without white space.
    audio
        The audio file.
    label, text
        Class and transcript; None if the corpus has none.
    start, end
        Seconds within the file; both are None for a whole file.
    recording
        Id of the file in ``wav.scp``, if the utterance is a segment of it.
    channel
        Channel of the file, from 0; None takes the only channel, or the mean of several.
    avd
        Activation, valence and dominance, in this order, on the corpus' own scale.
    split
        Part of the corpus' own partition: train, valid, test or another name.
    original
        Id of the original utterance, if this is a copy at another speed.
    corpus
        Name of the corpus that the utterance is from, where the directory has several.
    is_guest
        Whether it is from another corpus than the one that is tested, and only trained on.
    distribution
        Share of the annotators who chose each class; None where these are not known.
    """

    id: str
    speaker: str
    audio: Path
    label: str | None = None
    text: str | None = None
    start: float | None = None
    end: float | None = None
    recording: str | None = None
    channel: int | None = None
    avd: tuple[float, float, float] | None = None
    split: str | None = None
    original: str | None = None
    corpus: str | None = None
    is_guest: bool = False
    distribution: Distribution | None = field(default=None, hash=False)

    @property
    def is_training_only(self) -> bool:
        """Tell whether there is no class to validate or test by, but a distribution to learn."""
        return self.label == NO_AGREEMENT and self.distribution is not None


def fits(utt: Utterance, seconds: float) -> bool:
    """Tell whether an utterance lies within its audio file of so many seconds, with a tolerance."""
    if utt.start is None or utt.end is None:
        return True
    return utt.start < seconds and utt.end <= seconds + SEGMENT_TOLERANCE


def duration(utt: Utterance, seconds: float) -> float:
    """Return the duration of an utterance whose audio file has so many seconds."""
    if utt.start is None or utt.end is None:
        return seconds
    return min(utt.end, seconds) - utt.start


def read_data_dir(path: Path, speaker: str | None = None) -> list[Utterance]:
    """Read a data directory's utterances, sorted by id.

    The tables of `PARTIAL_TABLES` may lack utterances. Relative audio paths start from
    the current directory, as in Kaldi.

    Parameters
    ----------
    path
        The directory.
    speaker
        Speaker of all utterances if there is no ``utt2spk``; None requires that table.

    Raises
    ------
    SentemoError
        When a file is missing, malformed, disagrees with another about the utterances, or
        ``wav.scp`` holds a pipe (a data directory must not run commands).
    """
    path = Path(path)
    problems = Problems(str(path))
    required = ("wav.scp", "utt2spk") if speaker is None else ("wav.scp",)
    tables = _read_tables(path, required, problems)
    if "segments" in tables:
        segments = _parse_segments(tables["segments"], tables["wav.scp"], problems)
        listing = "segments"
    else:
        segments, listing = {}, "wav.scp"
    ids = tables[listing].keys()
    channels = _parse_channels(tables.get("reco2file_and_channel", {}), tables["wav.scp"], problems)
    dimensions = _parse_dimensions(tables.get("utt2avd", {}), problems)
    shares = parse_distributions(tables.get(distributions.TABLE, {}), problems)
    _check_same_utterances(path, tables, ids, listing, problems)

    labels, texts = tables.get("utt2label", {}), tables.get("text", {})
    speakers, splits = tables.get("utt2spk", {}), tables.get("utt2split", {})
    corpora = tables.get("utt2corpus", {})
    originals = _originals(tables)
    has_host = len(corpora) < len(ids)  # the corpus without a name there, which is tested
    utterances = []
    for utt in sorted(ids):
        recording, start, end = segments.get(utt, (None, None, None))
        utterances.append(
            Utterance(
                id=utt,
                speaker=speakers.get(utt, speaker or UNKNOWN_SPEAKER),
                audio=Path(tables["wav.scp"][recording or utt]),
                label=labels.get(utt),
                text=texts.get(utt),
                start=start,
                end=end,
                recording=recording,
                channel=channels.get(recording or utt),
                avd=dimensions.get(utt),
                split=splits.get(utt),
                original=originals.get(utt),
                corpus=corpora.get(utt),
                is_guest=has_host and utt in corpora,
                distribution=shares.get(utt),
            )
        )
    return utterances


def _read_tables(
    path: Path, required: Iterable[str], problems: Problems
) -> dict[str, dict[str, str]]:
    for name in required:
        if not (path / name).is_file():
            problems.add("missing file", name, "a data directory needs it")
    problems.raise_if_any("Prepare the data directory first (stage data), or correct its path.")
    tables = {n: parse_table(path / n, problems) for n in DATA_DIR_TABLES if (path / n).exists()}
    problems.raise_if_any(TABLE_REMEDY)
    for recording, audio in tables["wav.scp"].items():
        if audio.endswith("|") or audio.startswith("|"):
            problems.add("command in wav.scp", recording, audio)
    problems.raise_if_any("Run the command once, and give the path of the file that it writes.")
    return tables


def _check_same_utterances(
    path: Path,
    tables: Mapping[str, Mapping[str, str]],
    ids: Iterable[str],
    listing: str,
    problems: Problems,
) -> None:
    expected = set(ids)
    for name in (*COMPLETE_TABLES, *PARTIAL_TABLES):
        if name not in tables:
            continue
        for utt in sorted(tables[name].keys() - expected):
            problems.add(f"in {name} but not in {listing}", utt, tables[name][utt])
        if name in COMPLETE_TABLES:
            for utt in sorted(expected - tables[name].keys()):
                problems.add(f"in {listing} but not in {name}", utt, f"no line in {path / name}")
    originals = _originals(tables)
    for copy, original in originals.items():
        if original not in expected or original in originals:
            problems.add("copy without its original", copy, f"{original} is not an original here")
    if not expected:
        problems.add("no utterances", listing, "empty")
    problems.raise_if_any("All files of a data directory must list the same utterances.")


def _originals(tables: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    """Return the original of each copy; Kaldi lists other utterances as their own originals."""
    uniq = tables.get("utt2uniq", {})
    return {copy: original for copy, original in uniq.items() if copy != original}


def _parse_segments(
    table: Mapping[str, str], recordings: Mapping[str, str], problems: Problems
) -> dict[str, tuple[str, float, float]]:
    segments = {}
    for utt, value in table.items():
        try:
            recording, start_text, end_text = value.split()
            start, end = float(start_text), float(end_text)
        except ValueError:
            problems.add("malformed segment", utt, value)
            continue
        if recording not in recordings:
            problems.add("segment of an unknown recording", utt, recording)
        if not 0 <= start < end < math.inf:
            problems.add("segment without length", utt, f"from {start_text} s to {end_text} s")
        segments[utt] = recording, start, end
    problems.raise_if_any(
        'A line of segments is "<utterance> <recording> <start> <end>", in seconds.'
    )
    return segments


def _parse_channels(
    table: Mapping[str, str], recordings: Mapping[str, str], problems: Problems
) -> dict[str, int]:
    channels = {}
    for recording, value in table.items():
        fields = value.split()
        if recording not in recordings:
            problems.add("channel of an unknown recording", recording, value)
        elif len(fields) == 2 and fields[1] in tuple(CHANNELS):
            channels[recording] = CHANNELS.index(fields[1])
        else:
            problems.add("malformed channel", recording, value)
    problems.raise_if_any(
        'A line of reco2file_and_channel is "<recording> <file> <channel>", channel A or B.'
    )
    return channels


def _parse_dimensions(
    table: Mapping[str, str], problems: Problems
) -> dict[str, tuple[float, float, float]]:
    dimensions = {}
    for utt, value in table.items():
        try:
            activation, valence, dominance = (float(number) for number in value.split())
        except ValueError:
            problems.add("malformed dimensions", utt, value)
            continue
        if not all(map(math.isfinite, (activation, valence, dominance))):
            problems.add("malformed dimensions", utt, value)
        dimensions[utt] = activation, valence, dominance
    problems.raise_if_any(
        'A line of utt2avd is "<utterance> <activation> <valence> <dominance>", three numbers.'
    )
    return dimensions
