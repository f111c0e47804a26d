"""Tables of results in Markdown, every number taken from `scores.json` files."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sentemo.core.markdown import (
    code,
    coefficient,
    in_brackets,
    markdown_table,
    percent,
    plain,
    with_interval,
)
from sentemo.report.corpora import corpus_table
from sentemo.report.cross_corpus import render_cross_corpus
from sentemo.report.groups import render_groups
from sentemo.report.limits import LIMITS_NOTE, limits_row
from sentemo.report.probe import render_probe
from sentemo.report.robustness import render_robustness
from sentemo.report.sentiment import SENTIMENT_NOTE, sentiment_row
from sentemo.report.study import render_study
from sentemo.report.text_emotion import render_text_emotion
from sentemo.report.titles import corpus_and_title, title_on_corpus, with_distinct_titles
from sentemo.scoring.dimensions import MEAN, NAMES
from sentemo.scoring.schemas.kinds import CROSS_CORPUS, ROBUSTNESS
from sentemo.scoring.scores_file import read_scores_file

Scores = dict[str, Any]

# Kinds that have tables of their own instead of a row in a common one.
RENDERERS = {"study": render_study, "text_sentiment": render_text_emotion}
PROBE_NOTE = " A probe has no epochs; its layer and its penalty were chosen there."
MOST_SPEAKERS = 40  # rows of a table of speakers


@dataclass(frozen=True)
class Section:
    """Results under one heading: those of a recipe, or all of a working directory.

    `corpus` has the counts of the data directory, where there is one.
    """

    heading: str
    scores: list[Scores]
    corpus: dict[str, Any] | None = None


def read_scores(paths: Sequence[Path]) -> list[Scores]:
    """Read `scores.json` files.

    Raises
    ------
    SentemoError
        When a file holds no scores; see `read_scores_file`.
    """
    return [read_scores_file(path) for path in paths]


def render_results(sections: Sequence[Section]) -> str:
    """Render a whole results file: for each section, its tables and the details per experiment."""
    parts = ["# Results"]
    if corpora := [section.corpus for section in sections if section.corpus is not None]:
        parts.append(corpus_table(corpora))
    for section in sections:
        parts += [f"## {plain(section.heading)}", render_tables(section.scores)]
        parts += [_render_details(scores) for scores in section.scores]
    return "\n\n".join(parts) + "\n"


def render_tables(scores: Sequence[Scores]) -> str:
    """Render one table per kind of result with a row per experiment, then the other tables.

    Tests on corpora that were not trained on come before all within-corpus numbers.
    """
    scores = with_distinct_titles(scores)
    parts = [render_cross_corpus(s) for s in scores if s["kind"] == CROSS_CORPUS]
    parts += [kind.render(scores) for kind in RESULT_TABLES]
    parts += [render_groups(scores)]
    parts += [_render_corpora(s) for s in scores if "corpora" in s]
    parts += [render_probe(s["probe"], title_on_corpus(s)) for s in scores if "probe" in s]
    parts += [RENDERERS[s["kind"]](s) for s in scores if s["kind"] in RENDERERS]
    if tested := [s for s in scores if s["kind"] == ROBUSTNESS]:
        parts.append(render_robustness(tested))
    return "\n\n".join(filter(None, parts))


def render_answers(scores: Sequence[Scores]) -> str:
    """Render the table of calibration and abstention alone."""
    return ANSWERS.render(with_distinct_titles(scores))


def _ser_row(scores: Scores) -> dict[str, str]:
    test, counts = scores["test"], scores["counts"]
    return {
        **corpus_and_title(scores),
        "WA": _pooled(test["wa"]),
        "UA": _pooled(test["ua"]),
        "UA over speakers": in_brackets(test["ua"].get("ci95_speakers"), percent),
        "macro-F1": _pooled(test["macro_f1"]),
        "WA by fold": _over_folds(test["wa"]),
        "UA by fold": _over_folds(test["ua"]),
        "valid UA": percent(scores["valid"]["ua"]),
        "utterances / folds": f"{counts['utterances']} / {counts['folds']}",
        "seed": "–" if scores["seed"] is None else str(scores["seed"]),
        "commit": scores["commit"] or "none",
    }


def _asr_row(scores: Scores) -> dict[str, str]:
    counts = scores["counts"]
    return {
        **corpus_and_title(scores),
        "set": scores["set"],
        "decoding": scores["decoding"],
        "CER": percent(scores["test"]["cer"]["pooled"]),
        "WER": percent(scores["test"]["wer"]["pooled"]),
        "utterances": str(counts["utterances"]),
        "hours": f"{counts['hours']:.2f}",
        "seed": "–" if scores["seed"] is None else str(scores["seed"]),
        "commit": scores["commit"] or "none",
    }


def _dimension_row(scores: Scores) -> dict[str, str]:
    found, counts = scores["dimensions"], scores["counts"]
    by_fold = _over_folds(found["test"][MEAN], coefficient)
    return {
        **corpus_and_title(scores),
        "protocol": scores["protocol"],
        **{name: _pooled(found["test"][name], coefficient) for name in NAMES},
        "mean over speakers": in_brackets(found["test"][MEAN].get("ci95_speakers"), coefficient),
        "mean by fold": by_fold if counts["folds"] > 1 else "–",
        "valid mean": coefficient(found["valid"][MEAN]),
        "utterances / folds": f"{counts['utterances']} / {counts['folds']}",
        "seed": str(scores["seed"]),
        "commit": scores["commit"] or "none",
    }


@dataclass(frozen=True)
class _Table:
    """A table of the experiments of one kind whose scores have a certain key."""

    name: str
    note: str
    kind: str
    key: str
    row: Callable[[Scores], dict[str, str]]

    def render(self, scores: Sequence[Scores]) -> str:
        """Render a note and a row for each experiment of this kind; nothing without any."""
        held = [s for s in scores if s["kind"] == self.kind and self.key in s]
        if not held:
            return ""
        rows = [self.row(s) for s in held]
        probes = self.key == "test" and any("probe" in s for s in held)
        note = f"**{self.name}.** {self.note}{PROBE_NOTE * probes}"
        return f"{note}\n\n{markdown_table(list(rows[0]), [list(row.values()) for row in rows])}"


ANSWERS = _Table("Calibration and abstention", LIMITS_NOTE, "ser", "limits", limits_row)


RESULT_TABLES = (
    _Table(
        "Emotion recognition",
        "WA, UA and macro-F1 in percent, pooled over all test utterances, with bootstrap 95 % "
        "intervals over utterances; then mean ± standard deviation over the folds. The interval "
        "of UA over speakers is the one for new speakers. Epochs were chosen on the validation "
        "side.",
        "ser",
        "test",
        _ser_row,
    ),
    ANSWERS,
    _Table(
        "Activation, valence and dominance",
        "CCC, pooled over all test utterances, with bootstrap 95 % intervals over utterances; with "
        "several folds also the mean ± standard deviation over them. The interval of the mean over "
        "speakers is the one for new speakers. Epochs were chosen on the validation side. Compare "
        "within one release and one test set only.",
        "ser",
        "dimensions",
        _dimension_row,
    ),
    _Table(
        "Speech recognition",
        "CER (a space is a character) and WER in percent over the whole set.",
        "asr",
        "test",
        _asr_row,
    ),
    _Table("Sentiment of the transcripts", SENTIMENT_NOTE, "asr", "proxy_sentiment", sentiment_row),
)


def facts(scores: Scores) -> dict[str, str]:
    """Return the settings and the data of an experiment, by name."""
    return {
        "command": scores["command"],
        "config": scores["config"] or "none",
        "upstream": scores["asr_model"] or "none",
        "protocol": scores["protocol"],
        "epochs": scores["epochs"],
        "data": "; ".join(scores["notes"]) or "nothing to note",
        "versions": ", ".join(f"{name} {number}" for name, number in scores["versions"].items()),
        "finished": scores["finished"],
    }


def _render_details(scores: Scores) -> str:
    typed = {"command"} | ({"config"} if scores["config"] else set())
    listed = "\n".join(
        f"- {name}: {code(value) if name in typed else plain(value)}"
        for name, value in facts(scores).items()
    )
    details = []
    if "labels" in scores:
        details += [
            _recall_table(scores),
            _speaker_table(scores.get("speakers", {})),
        ]
    if "dimensions" in scores:
        details.append(_fold_table(scores["dimensions"]["test"]))
    if scores["kind"] == "asr":
        details.append(_error_table(scores))
    return "\n\n".join([f"### {plain(scores['experiment'])}", listed, *filter(None, details)])


def _recall_table(scores: Scores) -> str:
    """Render recall and row of the confusion matrix of each reference label."""
    labels, test = scores["labels"], scores["test"]
    rows = [
        [label, percent(test["recall"][label]), *map(str, counts)]
        for label, counts in zip(labels, test["confusion"], strict=True)
    ]
    return markdown_table(["reference \\ predicted", "recall", *labels], rows)


def _render_corpora(scores: Scores) -> str:
    """Render each corpus by itself, where several were tested."""
    rows = [
        [corpus, str(found["utterances"])]
        + [_pooled(found[metric]) for metric in ("wa", "ua", "macro_f1")]
        for corpus, found in scores["corpora"].items()
    ]
    table = markdown_table(["corpus", "utterances", "WA", "UA", "macro-F1"], rows)
    said = plain(f"Each corpus by itself: {scores['title']}.")
    return f"**{said}** {plain(scores['protocol'])}.\n\n{table}"


def most_active_speakers(
    speakers: Mapping[str, Mapping[str, float]],
) -> list[tuple[str, Mapping[str, float]]]:
    """Return the speakers that a table shows: those with most utterances, where there are many."""
    by_size = sorted(speakers.items(), key=lambda item: (-item[1]["utterances"], item[0]))
    return by_size[:MOST_SPEAKERS]


def _speaker_table(speakers: Mapping[str, Mapping[str, float]]) -> str:
    """Render the speakers from the lowest UA to the highest."""
    if not speakers:
        return ""
    shown = sorted(most_active_speakers(speakers), key=lambda item: (item[1]["ua"], item[0]))
    header = "speaker"
    if len(speakers) > MOST_SPEAKERS:
        header = f"speaker (the {MOST_SPEAKERS} of {len(speakers)} who say most)"
    rows = [
        [name, str(found["utterances"]), percent(found["wa"]), percent(found["ua"])]
        for name, found in shown
    ]
    return markdown_table([header, "utterances", "WA", "UA of the speaker's classes"], rows)


def _fold_table(test: Mapping[str, Scores]) -> str:
    """Render mean and deviation of each dimension's CCC over the folds; nothing for one fold."""
    if test[MEAN]["fold_sd"] is None:
        return ""
    rows = [[name, _over_folds(found, coefficient)] for name, found in test.items()]
    return markdown_table(["dimension", "CCC by fold"], rows)


def _error_table(scores: Scores) -> str:
    rows = [
        [name.upper(), percent(rate["pooled"]), str(rate["errors"]), str(rate["units"])]
        for name, rate in scores["test"].items()
    ]
    return markdown_table(["rate", "percent", "errors", "reference units"], rows)


def _pooled(score: Scores, write: Callable[[float], str] = percent) -> str:
    return with_interval(score["pooled"], score["ci95"], write)


def _over_folds(score: Scores, write: Callable[[float], str] = percent) -> str:
    mean, sd = score["fold_mean"], score["fold_sd"]
    return write(mean) if sd is None else f"{write(mean)} ± {write(sd)}"
