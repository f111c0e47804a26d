"""Markdown tables of corpora, from the ``counts.json`` of their data directories."""

from collections.abc import Mapping, Sequence
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
