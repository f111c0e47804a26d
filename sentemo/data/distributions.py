"""Distributions of the annotators over classes: ``utt2distribution``, beside ``utt2label``.

A line has the share of each class that somebody chose: ``<utterance> neutral:0.6 sad:0.4``. The
shares of an utterance add up to 1. They may name classes that are not learnt.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from sentemo.core.errors import Problems

TABLE = "utt2distribution"
TOLERANCE = 1e-3  # of the sum of written shares
Distribution = Mapping[str, float]


def distribution_of(choices: Iterable[Sequence[str]]) -> dict[str, float] | None:
    """Return the shares of the classes that annotators chose; None if nobody chose any.

    Parameters
    ----------
    choices
        The classes that each annotator chose. Of k classes, each counts 1/k.
    """
    shares: defaultdict[str, float] = defaultdict(float)
    voters = [chosen for chosen in choices if chosen]
    for chosen in voters:
        for name in chosen:
            shares[name] += 1 / len(chosen) / len(voters)
    return dict(shares) or None


def format_distribution(distribution: Distribution) -> str:
    """Format shares as ``neutral:0.6 sad:0.4``, the largest first."""
    ordered = sorted(distribution.items(), key=lambda item: (-item[1], item[0]))
    return " ".join(f"{name}:{share:.6g}" for name, share in ordered)


def parse_distributions(
    table: Mapping[str, str], problems: Problems
) -> dict[str, dict[str, float]]:
    """Parse the lines of the table, adding every malformed one to `problems`."""
    found = {}
    for utt, line in table.items():
        shares = {}
        for item in line.split():
            name, _, number = item.rpartition(":")
            try:
                shares[name] = float(number)
            except ValueError:
                shares[name] = math.nan
        usable = all(name and 0 <= share <= 1 + TOLERANCE for name, share in shares.items())
        if usable and abs(sum(shares.values()) - 1) <= TOLERANCE:
            found[utt] = shares
        else:
            problems.add("malformed distribution", utt, line)
    problems.raise_if_any(
        f'A line of {TABLE} is "<utterance> <class>:<share> …", with shares that add up to 1.'
    )
    return found
