"""Alignments of references and hypotheses, in the layout of NIST sclite's ``.pra`` files."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np

from sentemo.core.files import atomic_file

# A unit of the reference and a unit of the hypothesis; "" where there is none.
AlignedPair = tuple[str, str]
FILLER = "*"


def align(reference: Sequence[str], hypothesis: Sequence[str]) -> list[AlignedPair]:
    """Find a cheapest alignment; each error costs 1 (Levenshtein, 1966), as in CER and WER."""
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
    """Return the cost of aligning each prefix with each prefix, row by row."""
    units = np.array(list(hypothesis), dtype=object)
    columns = np.arange(len(hypothesis) + 1)
    rows = [columns]
    for unit in reference:
        above = rows[-1]
        row = above + 1  # a deletion
        row[1:] = np.minimum(row[1:], above[:-1] + (units != unit))
        # Each insertion is a step to the right, after any column.
        rows.append(np.minimum.accumulate(row - columns) + columns)
    return np.stack(rows)


def write_pra(
    path: Path,
    references: Mapping[str, str],
    hypotheses: Mapping[str, str],
    split: Callable[[str], Sequence[str]],
) -> None:
    """Write every utterance's alignment, with the number of errors of each kind.

    Parameters
    ----------
    path
        File to write.
    references, hypotheses
        Texts of the same utterances.
    split
        Function that cuts a text into the units to compare.
    """
    with atomic_file(path) as stream:
        for utterance in sorted(references):
            pairs = align(split(references[utterance]), split(hypotheses[utterance]))
            stream.write(f"id: ({utterance})\n{_render(pairs)}\n\n")


def _render(pairs: Sequence[AlignedPair]) -> str:
    kinds = [_kind(pair) for pair in pairs]
    counts = Counter(kinds)
    columns: dict[str, list[str]] = {"REF:": [], "HYP:": [], "Eval:": []}
    for (reference, hypothesis), kind in zip(pairs, kinds, strict=True):
        width = max(len(reference), len(hypothesis))
        cells = (reference or FILLER * width, hypothesis or FILLER * width, kind.strip("C"))
        for column, cell in zip(columns.values(), cells, strict=True):
            column.append(cell.ljust(width))
    numbers = " ".join(str(counts[kind]) for kind in "CSDI")
    lines = [f"{name:<5} {' '.join(cells)}".rstrip() for name, cells in columns.items()]
    return "\n".join([f"Scores: (#C #S #D #I) {numbers}", *lines])


def _kind(pair: AlignedPair) -> str:
    reference, hypothesis = pair
    if reference == hypothesis:
        return "C"
    if not hypothesis:
        return "D"
    return "I" if not reference else "S"
