"""The HTML page: templates filled with the content of a report."""

import base64
import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from sentemo.core.markdown import coefficient, percent
from sentemo.data.dimensions import DIMENSIONS
from sentemo.report import charts
from sentemo.report.content import Entry, ReportContent, by_speaker
from sentemo.report.probe import TITLE, probe_table
from sentemo.report.probe_charts import layer_charts
from sentemo.report.tables import facts, most_active_speakers
from sentemo.scoring.calibration import expected_calibration_error, reliability
from sentemo.scoring.dimensions import NAMES

MEASURE_NAMES = {"ua": "UA", "wa": "WA", "macro_f1": "macro-F1"}
PRECISION = 4  # decimals of numbers in the list of utterances


def render_page(content: ReportContent) -> str:
    """Render the whole page, with style, script and data inside, so that it fetches nothing."""
    environment = Environment(
        loader=PackageLoader("sentemo.report", "templates"),
        autoescape=select_autoescape(default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.policies["json.dumps_kwargs"] = {"ensure_ascii": False, "separators": (",", ":")}
    environment.filters |= {"percent": percent, "coefficient": coefficient}
    script = _source(environment, "report.js")
    return environment.get_template("report.html").render(
        scores=content.scores,
        facts=facts(content.scores),
        labels=content.labels,
        measures=_measures(content.scores),
        layers=_layers(content.scores),
        speakers=_speakers(content),
        every_speaker=sorted({entry["speaker"] for entry in content.entries}),
        training=charts.training_charts(content.histories),
        attention=content.attention,
        attended=sum("attention" in entry for entry in content.entries),
        has_audio=any("audio" in entry for entry in content.entries),
        data=_data(content),
        frame=charts,
        style=_source(environment, "report.css"),
        script=script,
        script_hash=_digest(script),
        **(_reliability(content.entries) if content.labels else {"bins": []}),
        scatters=_scatters(content.entries) if content.has_dimensions else [],
    )


def _source(environment: Environment, name: str) -> str:
    assert environment.loader is not None
    return environment.loader.get_source(environment, name)[0]


def _digest(script: str) -> str:
    """Return the digest of the only script that the page allows to run (its security policy)."""
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode("ascii")


def _measures(scores: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return name, score, validation score and format of each measure."""
    found = []
    if "labels" in scores:
        found += [
            {"name": name, "score": scores["test"][key], "valid": scores["valid"][key]}
            | {"write": percent, "unit": "%"}
            for key, name in MEASURE_NAMES.items()
        ]
    if "dimensions" in scores:
        ccc = scores["dimensions"]
        found += [
            {"name": f"CCC {name}", "score": ccc["test"][name], "valid": ccc["valid"][name]}
            | {"write": coefficient, "unit": ""}
            for name in NAMES
        ]
    return found


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


def _reliability(entries: Sequence[Entry]) -> dict[str, Any]:
    confidences = np.array([entry["confidence"] for entry in entries])
    right = np.array([entry["label"] == entry["predicted"] for entry in entries])
    bins = reliability(confidences, right)
    return {
        "bins": bins,
        "calibration_error": expected_calibration_error(bins),
        "mean_confidence": float(confidences.mean()),
        "accuracy": float(right.mean()),
        "reliability": charts.reliability_chart(bins),
    }


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
        "utterances": [_rounded(entry) for entry in content.entries],
    }


def _rounded(value: Any) -> Any:
    """Round numbers to the decimals that the page shows, which takes a third of the bytes."""
    if isinstance(value, float):
        return round(value, PRECISION)
    if isinstance(value, dict):
        return {key: _rounded(inner) for key, inner in value.items()}
    return [_rounded(inner) for inner in value] if isinstance(value, list | tuple) else value
