"""The sentiment of transcripts against the labels of their corpus, as an experiment's scores."""

from pathlib import Path
from typing import Any

from sentemo.core.errors import SentemoError
from sentemo.core.files import write_json
from sentemo.core.provenance import provenance, published_command
from sentemo.data.kaldi import read_data_dir
from sentemo.data.preparation import read_counts
from sentemo.data.proxy_labels import read_labelling
from sentemo.data.sentiment import SENTIMENT_JSON, doubt_notes, most_likely, read_sentiment
from sentemo.scoring.scores_file import write_scores
from sentemo.scoring.text_emotion import text_emotion_scores

TITLE = "Text sentiment against speech emotion (SA2SR, Table 1)"


def score_text_emotion(exp: Path, data: Path, recipe: str = "", corpus: str = "") -> dict[str, Any]:
    """Compare the sentiment of what is said with the emotion of how it is said.

    Parameters
    ----------
    exp
        Folder with the transcripts' sentiment; it gets ``experiment.json`` and ``scores.json``.
    data
        Data directory with labels and transcripts.
    recipe
        Recipe whose published numbers are shown beside.
    corpus
        Name in the results; by default that of the data directory.

    Returns
    -------
    dict
        The content of ``scores.json``.

    Raises
    ------
    SentemoError
        When the transcripts have no sentiment yet, or other transcripts have it.
    """
    summary = _read_summary(exp)
    sentiment = {utt: most_likely(found) for utt, found in read_sentiment(exp).items()}
    found = text_emotion_scores(read_data_dir(data), sentiment, recipe)
    write_json(exp / "experiment.json", _description(summary, read_counts(data), corpus))
    described = {key: summary[key] for key in ("backend", "model", "note", "versions")}
    return write_scores(exp, "text_sentiment", {**found, "sentiment": described})


def _read_summary(exp: Path) -> dict[str, Any]:
    if not (exp / SENTIMENT_JSON).is_file():
        raise SentemoError(
            f"{exp}: no {SENTIMENT_JSON}. Label the transcripts first: "
            f"python -m sentemo.bin.text_sentiment --dest {exp}"
        )
    return read_labelling(exp / SENTIMENT_JSON)


def _description(summary: dict[str, Any], counts: dict[str, Any], corpus: str) -> dict[str, Any]:
    """Describe it as trainings are described; the notes say which transcripts are in doubt."""
    return {
        "corpus": corpus or counts["corpus"],
        "title": TITLE,
        "protocol": "nothing is trained",
        "seed": None,
        "config": None,
        "asr_model": None,
        "epochs": "none",
        "notes": counts["notes"] + doubt_notes(summary["counts"]),
        "command": published_command(),
        **provenance(),
    }
