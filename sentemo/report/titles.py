"""Names of experiments in tables of results."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any


def corpus_and_title(scores: Mapping[str, Any]) -> dict[str, str]:
    """Return the first columns of an experiment's row."""
    noted = " (see data)" if scores["notes"] else ""
    return {"corpus": scores["corpus"], "experiment": scores["title"] + noted}


def title_on_corpus(scores: Mapping[str, Any]) -> str:
    """Return the title of an experiment with its corpus, where no column names that."""
    return f"{scores['title']}, on {scores['corpus']}"


def with_distinct_titles(scores: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Add the experiment's name to a title that several share, as where only --tag differs."""
    experiments = {(s["kind"], s["title"], s["experiment"]) for s in scores}
    named = Counter((kind, title) for kind, title, _ in experiments)
    return [
        {**s, "title": f"{s['title']} ({s['experiment']})"}
        if named[s["kind"], s["title"]] > 1
        else s
        for s in scores
    ]
