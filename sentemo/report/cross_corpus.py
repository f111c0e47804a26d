"""Tables of the comparison that leaves one corpus out."""

from collections.abc import Mapping
from typing import Any

from sentemo.core.markdown import in_brackets, markdown_table, percent, plain, with_interval

Scores = dict[str, Any]

SAID = {
    "none": "nothing",
    "corpus": "mean and deviation of its recordings, no labels",
    "speaker": "those of each speaker with 16 recordings or more",
}
NOTE = (
    "UA in percent of every corpus, by a linear probe that was trained on the other corpora alone, "
    "with bootstrap 95 % intervals over utterances; the mean is over the corpora. Layers and "
    "penalty were chosen on the other corpora, each left out in turn, and never on the tested one. "
    "The first row is for a single recording of any origin. The second assumes many recordings of "
    "one kind, in several emotions, as `sentemo predict --adapt` does. The third assumes many "
    "recordings of every speaker; speakers with fewer are taken together. It fails where a speaker "
    "has one emotion only."
)


def render_cross_corpus(scores: Scores) -> str:
    """Render the comparison: UA by normalisation and corpus, then the details of each."""
    rows = scores["test"]
    names = list(rows[0]["corpora"])
    table = markdown_table(
        ["known of the tested corpus", *names, "mean"],
        [
            [
                SAID[row["normalisation"]],
                *(_pooled(row["corpora"][name]["ua"]) for name in names),
                percent(row["mean_ua"]),
            ]
            for row in rows
        ],
    )
    details = markdown_table(
        [
            *("tested", "utterances", "normalised by", "layers", "penalty", "UA of the others"),
            *("WA", "UA over speakers", "macro-F1"),
        ],
        [
            [
                name,
                str(found["utterances"]),
                row["normalisation"],
                found["layer"],
                f"{found['penalty']:g}",
                percent(found["valid_ua"]),
                _pooled(found["wa"]),
                in_brackets(found["ua"].get("ci95_speakers"), percent),
                _pooled(found["macro_f1"]),
            ]
            for name in names
            for row in rows
            for found in [row["corpora"][name]]
        ],
    )
    about = plain(
        f"upstream {scores['asr_model']}, {scores['counts']['utterances']} utterances, "
        f"commit {scores['commit'] or 'none'}"
    )
    return f"**Leave one corpus out** ({about}). {NOTE}\n\n{table}\n\n{details}"


def _pooled(score: Mapping[str, Any]) -> str:
    return with_interval(score["pooled"], score["ci95"], percent)
