"""The sentiment labels of Switchboard (LDC2020T14): votes, majorities, and the labelled side.

``sentiment_labels.tsv`` has no header; a line has utterance, start, end and votes, with tabs::

    sw02005_0	0.0	11.287375	Neutral-{Questioning}#Neutral-{No emotion}#Neutral-{No emotion}

The file does not say which of the two callers a label is for. That is found by comparing its times
with the transcripts.
"""

import math
import re
from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sentemo.core.errors import Problems, SentemoError
from sentemo.corpora.release import excerpt, listing, numbered_lines
from sentemo.corpora.switchboard import NON_SPEECH_TAGS, SILENCE_TAG, Timed
from sentemo.data.sentiment import SENTIMENTS

LABELS_FILE = "sentiment_labels.tsv"
PUBLISHED_LINES = 52293
PUBLISHED_LABELLED = 49500  # published as "approximately"
LABELLED_TOLERANCE = 500
PUBLISHED_SHARES = {"neutral": 52.6, "positive": 30.4, "negative": 17.0}  # percent
SHARE_TOLERANCE = 0.1
SIDE_TOLERANCE = 0.05  # seconds between a label and its segment, as in public recipes
AMBIGUOUS_SIDE = "ambiguous side: both callers have such a segment"
LEAST_MATCHED = 0.95  # share of the labels; public recipes with this tolerance match 98 %
LABEL_REMEDY = (
    "A line of labels is utterance, start, end and votes, with tabs between: sw02005_0, 0.0, "
    "11.287375, Neutral-{Questioning}#Neutral-{No emotion}. --allow_partial true leaves these "
    "lines out and counts them."
)
NO_SEGMENT = f"no transcript segment within {SIDE_TOLERANCE} s"
_FOLDERS = (
    *(".", "data", "speech_sentiment_annotations/data"),
    *("*/data", "*/speech_sentiment_annotations/data"),
)
_UTTERANCE = re.compile(r"(sw0[0-9]{4})_[0-9]+")
_VOTES = {name.capitalize(): name for name in SENTIMENTS}


@dataclass(frozen=True)
class Label:
    """A line of the labels.

    Parameters
    ----------
    utterance
        Name of the utterance, such as ``sw02005_0``.
    start, end
        Seconds from the start of the conversation.
    votes
        Votes for one of `SENTIMENTS`; other choices of annotators do not count as votes.
    line
        Line number from 0, for the split by line order.
    where
        File and line, for messages.
    """

    utterance: str
    start: float
    end: float
    votes: tuple[str, ...]
    line: int
    where: str

    @property
    def conversation(self) -> str:
        """Return the conversation, such as ``sw02005``, which is also the audio file's stem."""
        return self.utterance.partition("_")[0]

    @property
    def majority(self) -> str | None:
        """Return the class with most votes; None if there is a tie or no vote."""
        counts = Counter(self.votes).most_common(2)
        if not counts or (len(counts) == 2 and counts[0][1] == counts[1][1]):
            return None
        return counts[0][0]


def find_labels(sentiment_dir: Path) -> Path:
    """Find the file of labels in the folder, in the release's subfolders, or one level deeper.

    Raises
    ------
    SentemoError
        When there is none, saying what was expected and what was found.
    """
    for folder in _FOLDERS:
        if found := sorted(Path(sentiment_dir).glob(f"{folder}/{LABELS_FILE}")):
            return found[0]
    raise SentemoError(
        f"{sentiment_dir}: not the sentiment annotations (LDC2020T14). Expected "
        f"speech_sentiment_annotations/data/{LABELS_FILE} in it, found {listing(sentiment_dir)}"
    )


def read_label_lines(file: Path, problems: Problems) -> list[Label]:
    """Read all lines of the labels, including those without a majority."""
    labels = []
    for index, (where, line) in enumerate(numbered_lines(file, file.parent)):
        fields = [column.strip() for column in line.split("\t")]
        label = _parse_label(fields, index, where) if len(fields) == 4 else None
        if label is None:
            problems.add("malformed label line", where, excerpt(line))
        else:
            labels.append(label)
    return labels


def _parse_label(fields: Sequence[str], index: int, where: str) -> Label | None:
    utterance, start_text, end_text, votes_text = fields
    try:
        start, end = float(start_text), float(end_text)
    except ValueError:
        return None
    if not _UTTERANCE.fullmatch(utterance) or not 0 <= start < end < math.inf or not votes_text:
        return None
    words = (vote.partition("-{") for vote in votes_text.split("#"))
    votes = tuple(_VOTES[word] for word, brace, _ in words if brace and word in _VOTES)
    return Label(utterance, start, end, votes, index, where)


def usable_labels(labels: Iterable[Label], dropped: defaultdict[str, list[str]]) -> list[Label]:
    """Return the labels with a majority, without those that repeat an utterance."""
    usable, seen = [], set()
    for label in labels:
        if label.utterance in seen:
            dropped["utterance named before"].append(f"{label.where} {label.utterance}")
        elif label.majority is not None:
            usable.append(label)
        else:
            dropped["tied votes" if label.votes else "no vote for a class"].append(label.utterance)
        seen.add(label.utterance)
    return usable


def check_label_counts(lines: int, usable: Sequence[Label], allow_partial: bool) -> list[str]:
    """Compare the labels with their published counts, and return notes on differences.

    Raises
    ------
    SentemoError
        When there are differences, listing all of them, unless `allow_partial`.
    """
    differing = []
    if lines != PUBLISHED_LINES:
        differing.append(f"label lines {lines} of {PUBLISHED_LINES}")
    if abs(len(usable) - PUBLISHED_LABELLED) > LABELLED_TOLERANCE:
        differing.append(f"utterances with a majority {len(usable)} of about {PUBLISHED_LABELLED}")
    counts = Counter(label.majority for label in usable)
    for name, published in PUBLISHED_SHARES.items():
        share = round(100 * counts[name] / max(len(usable), 1), 1)
        if round(abs(share - published), 1) > SHARE_TOLERANCE:
            differing.append(f"{name} {share} % of {published} %")
    if not differing:
        return []
    note = f"differs from the published corpus (found of expected): {', '.join(differing)}"
    if not allow_partial:
        raise SentemoError(
            f"{LABELS_FILE}: {note}\nComplete the corpus, or accept it with --allow_partial true "
            "(results are then not comparable)."
        )
    return [note]


def check_matched(
    dropped: Mapping[str, Sequence[str]], usable: int, allow_partial: bool
) -> list[str]:
    """Return notes on how many labels match no segment, or one segment of each side.

    Raises
    ------
    SentemoError
        When these are so many that the transcripts are probably not those of the labels, unless
        `allow_partial`.
    """
    unmatched = {r: len(dropped[r]) for r in (NO_SEGMENT, AMBIGUOUS_SIDE) if dropped.get(r)}
    if sum(unmatched.values()) > (1 - LEAST_MATCHED) * usable and not allow_partial:
        raise SentemoError(
            f"{sum(unmatched.values())} of {usable} labels match no segment of exactly one side. "
            "Check that the transcripts are those of Switchboard-1 Release 2, in the last version "
            "of openslr.org/5. --allow_partial true continues with the other labels (results are "
            "then not comparable)."
        )
    return [f"{reason}: {number} labels" for reason, number in unmatched.items()]


def match_sides(
    labels: Sequence[Label],
    segments: Mapping[str, Sequence[Timed]],
    dropped: defaultdict[str, list[str]],
) -> list[tuple[Label, str, Timed]]:
    """Find the side of each label of a conversation, by the times of the transcripts' segments.

    The distance between a label and a segment is the larger one of the distances of their starts
    and of their ends. The nearest segment within `SIDE_TOLERANCE` is chosen. Silent segments are
    not considered; of two equally near segments, one with speech is preferred to one with noise.

    Parameters
    ----------
    labels
        Labels of one conversation.
    segments
        Segments of each side.
    dropped
        Labels that match no segment, or one segment of each side equally well, are added here.

    Returns
    -------
    list
        Label, side and segment of each match.
    """
    candidates = sorted(
        (segment.start, side, segment)
        for side, of_side in segments.items()
        for segment in of_side
        if any(token != SILENCE_TAG for token in segment.text.lower().split())
    )
    starts = [start for start, *_ in candidates]
    matched = []
    for label in labels:
        # The search is wider than the tolerance, as `_distance` rounds before it decides.
        first = bisect_left(starts, label.start - 2 * SIDE_TOLERANCE)
        last = bisect_right(starts, label.start + 2 * SIDE_TOLERANCE)
        near = [(_distance(label, item[2]), *item[1:]) for item in candidates[first:last]]
        best = min((distance for distance, *_ in near), default=(math.inf, False))
        nearest = {side: segment for distance, side, segment in near if distance == best}
        if best[0] > SIDE_TOLERANCE:
            dropped[NO_SEGMENT].append(label.utterance)
        elif len(nearest) > 1:
            dropped[AMBIGUOUS_SIDE].append(label.utterance)
        else:
            matched += [(label, side, segment) for side, segment in nearest.items()]
    return matched


def _distance(label: Label, segment: Timed) -> tuple[float, bool]:
    """Return the distance in seconds, rounded to microseconds, and whether the segment is noise."""
    worse = max(abs(label.start - segment.start), abs(label.end - segment.end))
    return round(worse, 6), NON_SPEECH_TAGS.issuperset(segment.text.lower().split())
