"""References beside hypotheses, unit by unit, as NIST's sclite shows them in its ``.pra`` files."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np

from sentemo.core.files import atomic_file

# A unit of the reference and one of the hypothesis; "" where one of them has none.
Pair = tuple[str, str]
FILLER = "*"


def align(reference: Sequence[str], hypothesis: Sequence[str]) -> list[Pair]:
    """Find a cheapest alignment, each error costing 1 (Levenshtein, 1966), as CER and WER count."""
    costs = _costs(reference, hypothesis)
    row, column = len(reference), len(hypothesis)
    pairs = []
    while row or column:
        here = costs[row, column]
        if row and column:
            differs = reference[row - 1] != hypothesis[column - 1]
            if here == costs[row - 1, column - 1] + differs:
                row, column = row - 1, column - 1
                pairs.append((reference[row], hypothesis[column]))
                continue
        if row and here == costs[row - 1, column] + 1:
            row -= 1
            pairs.append((reference[row], ""))
        else:
            column -= 1
            pairs.append(("", hypothesis[column]))
    return pairs[::-1]


def _costs(reference: Sequence[str], hypothesis: Sequence[str]) -> np.ndarray:
    """Cost of aligning each beginning with each beginning, row by row."""
    units = np.array(list(hypothesis), dtype=object)
    columns = np.arange(len(hypothesis) + 1)
    rows = [columns]
    for unit in reference:
        above = rows[-1]
        row = above + 1  # a deletion
        row[1:] = np.minimum(row[1:], above[:-1] + (units != unit))
        # Insertions after any column, each a step to the right.
        rows.append(np.minimum.accumulate(row - columns) + columns)
    return np.stack(rows)


def write_pra(
    path: Path,
    references: Mapping[str, str],
    hypotheses: Mapping[str, str],
    split: Callable[[str], Sequence[str]],
) -> None:
    """Write every utterance's alignment, and how often each kind of error occurs.

    Parameters
    ----------
    path
        The file.
    references, hypotheses
        Texts of the same utterances.
    split
        Cuts a text into the units that are compared.
    """
    with atomic_file(path) as stream:
        for utterance in sorted(references):
            pairs = align(split(references[utterance]), split(hypotheses[utterance]))
            stream.write(f"id: ({utterance})\n{_render(pairs)}\n\n")


def _render(pairs: Sequence[Pair]) -> str:
    kinds = [_kind(pair) for pair in pairs]
    counts = Counter(kinds)
    columns = {"REF:": [], "HYP:": [], "Eval:": []}
    for (reference, hypothesis), kind in zip(pairs, kinds, strict=True):
        width = max(len(reference), len(hypothesis))
        cells = (reference or FILLER * width, hypothesis or FILLER * width, kind.strip("C"))
        for column, cell in zip(columns.values(), cells, strict=True):
            column.append(cell.ljust(width))
    numbers = " ".join(str(counts[kind]) for kind in "CSDI")
    lines = [f"{name:<5} {' '.join(cells)}".rstrip() for name, cells in columns.items()]
    return "\n".join([f"Scores: (#C #S #D #I) {numbers}", *lines])


def _kind(pair: Pair) -> str:
    reference, hypothesis = pair
    if reference == hypothesis:
        return "C"
    if not hypothesis:
        return "D"
    return "I" if not reference else "S"
