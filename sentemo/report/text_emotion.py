"""Text sentiment against speech emotion as Markdown, as CSV and as a picture."""

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from sentemo.core.cells import text_cell
from sentemo.core.files import atomic_file
from sentemo.core.markdown import coefficient, markdown_table, plain, with_interval
from sentemo.data.sentiment import SENTIMENTS
from sentemo.scoring.text_emotion import Table
from sentemo.visualization.confusion import draw_confusions

Scores = dict[str, Any]
CSV, PICTURE = "confusion.csv", "confusion.png"
TEXT_EMOTION_NOTE = (
    "Utterances, and in brackets the percent of their row. Spearman's rank correlation orders the "
    "sentiment as negative < neutral < positive and the emotion as {sad, angry, frustrated} < "
    "neutral < happy, with mean ranks for ties; its bootstrap 95 % interval takes utterances as "
    "independent. In these rows, which are the paper's, happy includes excited."
)


def report_text_emotion(exp: Path, scores: Scores) -> str:
    """Write `CSV` and `PICTURE` of an experiment into its folder; return its tables in Markdown."""
    write_csv(exp / CSV, {"paper": scores["test"]["rows"], "all": scores["test"]["all"]})
    draw(exp / PICTURE, scores)
    return render_text_emotion(scores)


def render_text_emotion(scores: Scores) -> str:
    """Render the paper's rows beside the published ones, then all labels of the corpus."""
    counts, test, published = scores["counts"], scores["test"], scores["published"]
    left_out = ", ".join(f"{number} {reason}" for reason, number in counts["left_out"].items())
    said = (
        f"on {scores['corpus']}: {counts['utterances']} of {counts['of']} "
        f"utterances (left out: {left_out}), sentiment of the reference transcripts by "
        f"{scores['sentiment']['note']}, commit {scores['commit'] or 'none'}. "
        f"Data: {'; '.join(scores['notes']) or 'nothing to note'}."
    )
    heading = f"**{plain(scores['title'])}**, {plain(said)} {TEXT_EMOTION_NOTE}"
    parts = [heading, _table(test["rows"], published and published["rows"])]
    parts += [_correlation(test["correlation"], published)]
    files = f"In exp/{plain(scores['experiment'])} also as {CSV} and {PICTURE}."
    return "\n\n".join([*parts, "All labels:", _table(test["all"], None), files])


def _table(rows: Table, published: Table | None) -> str:
    header = ["speech emotion \\ text sentiment", "utterances", *SENTIMENTS]
    if published:
        header += [f"{sentiment}, paper" for sentiment in SENTIMENTS]
    cells = [
        [emotion, str(sum(counts)), *_cells(counts)]
        + (_cells(published[emotion]) if published else [])
        for emotion, counts in rows.items()
    ]
    return markdown_table(header, cells)


def _cells(counts: Sequence[int]) -> list[str]:
    return [f"{n} ({p})" for n, p in zip(counts, _percents(counts), strict=True)]


def _percents(counts: Sequence[int]) -> list[str]:
    """Return the shares of a row in percent; an empty row gets dashes."""
    total = sum(counts)
    return [f"{100 * count / total:.1f}" if total else "–" for count in counts]


def _correlation(found: Mapping[str, Any], published: Mapping[str, Any] | None) -> str:
    rho, ci95 = found["rho"], found["ci95"]
    undefined = "not defined, all have the same sentiment"
    value = undefined if rho is None else with_interval(rho, ci95, coefficient)
    text = f"Spearman's correlation: {value}, {found['utterances']} utterances."
    if published is None:
        return text
    return (
        f"{text} The paper's table gives {published['correlation']:.3f} in this order; its text "
        f"states {published['stated']} and names no order."
    )


def write_csv(path: Path, tables: Mapping[str, Table]) -> None:
    """Write a line per row of each table: its counts, and their percent of the row."""
    percents = [f"{sentiment}_percent" for sentiment in SENTIMENTS]
    with atomic_file(path) as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(["table", "emotion", "utterances", *SENTIMENTS, *percents])
        for name, rows in tables.items():
            for emotion, counts in rows.items():
                shares = [share.replace("–", "") for share in _percents(counts)]
                writer.writerow([name, text_cell(emotion), sum(counts), *counts, *shares])


def draw(path: Path, scores: Scores) -> None:
    """Draw the heat maps of the paper's rows, the published ones, and all labels."""
    test, published = scores["test"], scores["published"]
    panels = {"the paper's rows": test["rows"]}
    if published:
        panels["as published"] = published["rows"]
    panels["all labels"] = test["all"]
    title = f"{plain(scores['corpus'])}, sentiment by {plain(scores['sentiment']['note'])}"
    draw_confusions(path, title, panels, SENTIMENTS, ("speech emotion", "text sentiment"))
