"""IEMOCAP's label files: class and dimensions of each utterance, and the votes of the annotators.

``dialog/EmoEvaluation/<dialogue>.txt`` has one block per utterance::

    [140.2250 - 145.6000]	Ses01F_impro05_F019	ang	[1.5000, 4.0000, 4.5000]
    C-E1:	Anger;	()
    C-F1:	Anger; Frustration;	()
    A-E3:	val 2; act 4; dom  4;	()

The last bracket is the mean valence, activation and dominance. ``C-`` lines are votes for classes
by outside evaluators (``C-E``) and by the actors about themselves (``C-F``, ``C-M``). ``A-`` lines
are the single ratings behind the means; they are not read.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from sentemo.core.errors import Problems
from sentemo.corpora.release import excerpt, numbered_lines
from sentemo.data.distributions import distribution_of
from sentemo.data.kaldi import NO_AGREEMENT

CLASS_OF_CODE = {
    "neu": "neutral",
    "hap": "happy",
    "sad": "sad",
    "ang": "angry",
    "exc": "excited",
    "fru": "frustrated",
    "sur": "surprised",
    "fea": "fearful",
    "dis": "disgusted",
    "oth": "other",
    "xxx": NO_AGREEMENT,
}
VOTE_WORDS = {
    "neutral": "neutral",
    "neutral state": "neutral",
    "happiness": "happy",
    "sadness": "sad",
    "anger": "angry",
    "excited": "excited",
    "frustration": "frustrated",
    "surprise": "surprised",
    "fear": "fearful",
    "disgust": "disgusted",
    "other": "other",
}
_HEADING = re.compile(r"\[[^]]*\]\s+(?P<utterance>\S+)\s+(?P<code>\S+)\s+\[(?P<means>[^]]*)\]")
_VOTE = re.compile(r"C-(?P<annotator>[EFM]\d+):(?P<words>[^(]*)(?:\(.*)?", re.ASCII)
_NUMBER = re.compile(r"\d+(?:\.\d+)?", re.ASCII)


@dataclass(frozen=True)
class Vote:
    """The class or classes that an annotator chose for an utterance."""

    annotator: str
    classes: tuple[str, ...]


@dataclass(frozen=True)
class Evaluation:
    """A block of a label file.

    Parameters
    ----------
    utterance
        Name of the utterance in the release.
    where
        File and line.
    emotion
        One of the values of `CLASS_OF_CODE`.
    avd
        Activation, valence, dominance.
    votes
        Votes in the order of the file.
    """

    utterance: str
    where: str
    emotion: str
    avd: tuple[float, float, float]
    votes: list[Vote]


def parse_evaluations(file: Path, root: Path, problems: Problems) -> list[Evaluation]:
    """Parse a label file, adding every malformed line to `problems`."""
    evaluations = []
    votes: list[Vote] | None = None
    for where, line in numbered_lines(file, root):
        if line.startswith("["):
            votes = []
            evaluation = _parse_heading(where, line, votes, problems)
            if evaluation is not None:
                evaluations.append(evaluation)
        elif line.startswith("C-"):
            vote = _parse_vote(where, line, problems)
            if votes is None:
                problems.add("vote before the first utterance", where, excerpt(line))
            elif vote is not None:
                votes.append(vote)
        elif not line.startswith(("%", "A-")):
            problems.add("not a line of a label file", where, excerpt(line))
    return evaluations


def _parse_heading(
    where: str, line: str, votes: list[Vote], problems: Problems
) -> Evaluation | None:
    match = _HEADING.fullmatch(line)
    means = [number.strip() for number in match["means"].split(",")] if match else []
    if match is None or len(means) != 3 or not all(map(_NUMBER.fullmatch, means)):
        problems.add("malformed first line of an utterance", where, excerpt(line))
    elif match["code"] not in CLASS_OF_CODE:
        problems.add("unknown class", where, f"{match['code']} (known: {', '.join(CLASS_OF_CODE)})")
    else:
        valence, activation, dominance = map(float, means)
        avd = (activation, valence, dominance)
        return Evaluation(match["utterance"], where, CLASS_OF_CODE[match["code"]], avd, votes)
    return None


def _parse_vote(where: str, line: str, problems: Problems) -> Vote | None:
    match = _VOTE.fullmatch(line)
    if match is None:
        problems.add("malformed vote", where, excerpt(line))
        return None
    words = [" ".join(word.split()) for word in match["words"].split(";")]
    words = [word for word in words if word]
    if unknown := [word for word in words if word.lower() not in VOTE_WORDS]:
        problems.add("unknown vote", where, f"{', '.join(unknown)} in {excerpt(line)}")
        return None
    return Vote(f"C-{match['annotator']}", tuple(VOTE_WORDS[word.lower()] for word in words))


def format_votes(votes: Iterable[Vote]) -> str:
    """Format votes as ``C-E1:angry C-E3:angry,frustrated``; an empty vote is ``none``."""
    return " ".join(f"{vote.annotator}:{','.join(vote.classes) or 'none'}" for vote in votes)


def evaluators_distribution(
    votes: Iterable[Vote], merged: Mapping[str, str]
) -> dict[str, float] | None:
    """Return the shares of the classes that the outside evaluators chose.

    The actors' votes about themselves do not count. Of k classes that an evaluator chose, each
    counts 1/k.

    Parameters
    ----------
    merged
        Classes that count as other classes.

    Returns
    -------
    dict or None
        None if no evaluator chose a class.
    """
    return distribution_of(
        tuple(dict.fromkeys(merged.get(name, name) for name in vote.classes))
        for vote in votes
        if vote.annotator.startswith("C-E")
    )
