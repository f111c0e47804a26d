"""The HTML page: templates filled with the content of a report."""

from collections.abc import Mapping, Sequence
from typing import Any

from sentemo.core.markdown import coefficient, percent
from sentemo.data.dimensions import DIMENSIONS
from sentemo.report import charts
from sentemo.report.baselines import chance
from sentemo.report.content import ReportContent, by_speaker
from sentemo.report.explanations import Entry, is_high
from sentemo.report.groups import group_tables
from sentemo.report.heading import heading
from sentemo.report.probe import TITLE, probe_table
from sentemo.report.probe_charts import layer_charts
from sentemo.report.reliability import reliability_content
from sentemo.report.style import page_environment, page_source, page_style, script_digest
from sentemo.report.tables import facts, most_active_speakers
from sentemo.scoring.dimensions import NAMES

MEASURE_NAMES = {"ua": "UA", "wa": "WA", "macro_f1": "macro-F1"}
# Name of each section, by its id, and the content without which it is left out.
SECTIONS = {
    "results": ("Results", None),
    "layers": ("Layers", "layers"),
    "confusion": ("Confusion", "confusion"),
    "dimensions": ("Dimensions", "scatters"),
    "reliability": ("Reliability", "reliability"),
    "training": ("Training", "training"),
    "speakers": ("Speakers", "speakers"),
    "groups": ("Groups", "groups"),
    "attention": ("Attention", "attention"),
    "occlusion": ("Occlusion", "occlusion"),
    "utterances": ("Utterances", None),
    "details": ("Details", None),
}
PRECISION = 4  # decimals of numbers in the list of utterances


def render_page(content: ReportContent) -> str:
    """Render the whole page, with style, script and data inside, so that it fetches nothing."""
    environment = page_environment()
    script = page_source(environment, "report.js")
    shown = {
        "layers": _layers(content.scores),
        "confusion": _confusion(content.scores) if content.labels else [],
        "scatters": _scatters(content.entries) if content.has_dimensions else [],
        "training": charts.training_charts(content.histories),
        "speakers": _speakers(content),
        "groups": group_tables(content.scores),
        "attention": _attended_words(content),
        "occlusion": content.occlusion,
        **(reliability_content(content.scores, content.entries) if content.labels else {}),
    }
    return environment.get_template("report.html").render(
        scores=content.scores,
        heading=heading(content),
        facts=facts(content.scores),
        labels=content.labels,
        measures=_measures(content),
        baseline=content.baseline,
        every_speaker=sorted({entry["speaker"] for entry in content.entries}),
        misheard_cer=_misheard_cer(content.attention),
        words_attended=any(entry.get("attention", {}).get("words") for entry in content.entries),
        attended=sum("attention" in entry for entry in content.entries),
        data=_data(content),
        frame=charts,
        style=page_style(environment, "report.css", content.labels),
        script=script,
        script_hash=script_digest(script),
        sections={
            id: name for id, (name, key) in SECTIONS.items() if key is None or shown.get(key)
        },
        **shown,
    )


def _measures(content: ReportContent) -> list[dict[str, Any]]:
    """Return name, scores and format of each measure, with what it is held against."""
    scores = content.scores
    found = []
    if content.labels:
        by_chance = chance(scores)
        found += [
            {"name": name, "score": scores["test"][key], "valid": scores["valid"][key]}
            | {"write": percent, "unit": "%", "chance": by_chance[key]}
            | {"baseline": content.baseline and content.baseline["test"][key]["pooled"]}
            for key, name in MEASURE_NAMES.items()
        ]
    if content.has_dimensions:
        ccc = scores["dimensions"]
        found += [
            {"name": f"CCC {name}", "score": ccc["test"][name], "valid": ccc["valid"][name]}
            | {"write": coefficient, "unit": "", "chance": None, "baseline": None}
            for name in NAMES
        ]
    return found


def _confusion(scores: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return a row per reference label: the label, its total, and a cell per predicted label."""
    rows = []
    for label, counts in zip(scores["labels"], scores["test"]["confusion"], strict=True):
        total = sum(counts)
        shares = [count / total if total else None for count in counts]
        cells = [
            {"predicted": predicted, "count": count, "share": share or 0, "percent": percent(share)}
            for predicted, count, share in zip(scores["labels"], counts, shares, strict=True)
        ]
        rows.append({"label": label, "total": total, "cells": cells})
    return rows


def _layers(scores: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return title, table and charts of the layers; None where no layers are compared."""
    if "probe" not in scores or not (found := layer_charts(scores["probe"])):
        return None
    return {"title": TITLE, "table": probe_table(scores["probe"]), "charts": found}


def _speakers(content: ReportContent) -> list[tuple[str, Mapping[str, float]]]:
    """Return scores and errors of the speakers by name; of many speakers, the most active ones."""
    found: dict[str, dict[str, float]] = {}
    if content.labels:
        scored = content.scores.get("speakers", {})
        found = {name: dict(scores) for name, scores in scored.items()}
    if content.has_dimensions:
        for name, errors in by_speaker(content.entries).items():
            found[name] = found.get(name, {}) | errors
    return sorted(most_active_speakers(found))


def _attended_words(content: ReportContent) -> dict[str, Any] | None:
    """Return the summary of attention to words; None where no class has words to list."""
    found = content.attention
    return found if found and any(found["classes"].values()) else None


def _misheard_cer(attention: Mapping[str, Any] | None) -> float | None:
    """Return the CER of a recogniser whose words are not shown; None where they are, or none is."""
    cer = attention["cer"] if attention and "cer" in attention else None
    return cer if is_high(cer) else None


def _scatters(entries: Sequence[Entry]) -> list[charts.Chart]:
    targets, estimates = (
        zip(*(entry[key] for entry in entries), strict=True) for key in ("target", "estimate")
    )
    return [
        charts.scatter_chart(*columns)
        for columns in zip(DIMENSIONS, targets, estimates, strict=True)
    ]


def _data(content: ReportContent) -> dict[str, Any]:
    """Return the data that the page's script reads."""
    return {
        "labels": content.labels,
        "dimensions": DIMENSIONS if content.has_dimensions else [],
        "utterances": [_shown(entry) for entry in content.entries],
    }


def _shown(entry: Entry) -> Entry:
    """Return an entry with its probabilities as text in percent, which the script only writes."""
    shown = {key: _rounded(value) for key, value in entry.items()}
    if "probabilities" in entry:
        shown["probabilities"] = [percent(share) for share in entry["probabilities"]]
    return shown


def _rounded(value: Any) -> Any:
    """Round numbers to the decimals that the page shows, which takes a third of the bytes."""
    if isinstance(value, float):
        return round(value, PRECISION)
    if isinstance(value, dict):
        return {key: _rounded(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):  # curves of attention: nearly all numbers of a page
        return [round(v, PRECISION) if type(v) is float else _rounded(v) for v in value]
    return value
