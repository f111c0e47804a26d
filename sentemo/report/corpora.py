"""Corpora as tables in Markdown, from the ``counts.json`` of their data directories."""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from sentemo.core.markdown import markdown_table


def corpus_table(counts: Sequence[Mapping[str, Any]]) -> str:
    """Render Table 1 of Lu et al. in Markdown: one row per corpus, from its ``counts.json``."""
    rows = [
        [
            c["corpus"] or "–",
            str(c["utterances"]),
            f"{c['hours']:.2f}",
            str(len(c["labels"])) if c["labels"] else "–",
            f"{c['speakers']}{' and unknown' * (c['of_unknown_speakers'] > 0)}",
            c["elicitation"] or "–",
        ]
        for c in counts
    ]
    return markdown_table(
        ["corpus", "utterances", "hours", "classes", "speakers", "elicitation"], rows
    )


def dropped_table(counts: Mapping[str, Any]) -> str:
    """Render the number of utterances that were left out, by reason, in Markdown."""
    rows = [[str(number), reason] for reason, number in counts["dropped"].items()]
    return markdown_table(["dropped", "reason"], rows or [["0", "–"]])


def print_preparation(dest: Path, counts: Mapping[str, Any]) -> None:
    """Print the content of a data directory that was just written; its notes are warnings.

    Parameters
    ----------
    dest
        The data directory.
    counts
        Content of its ``counts.json``.
    """
    for note in counts["notes"]:
        print(f"warning: {note}", file=sys.stderr)
    print(f"{corpus_table([counts])}\n\n{dropped_table(counts)}\n")
    if human := counts.get("human"):
        print(
            f"human annotators: WA {100 * human['wa']:.1f}, UA {100 * human['ua']:.1f} "
            f"on {human['utterances']} utterances"
        )
    print(f"{dest}: {counts['utterances']} utterances; those left out are in {dest}/dropped.tsv")
