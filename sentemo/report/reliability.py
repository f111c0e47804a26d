"""Reliability and risk of an experiment's answers, for its page."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from sentemo.core.markdown import percent
from sentemo.report.charts import Axis, Chart
from sentemo.report.explanations import Entry
from sentemo.scoring.calibration import (
    Bin,
    RiskCoverage,
    expected_calibration_error,
    reliability,
    risk_coverage,
)
from sentemo.scoring.temperature import tempered

SHARE = [0, 0.2, 0.4, 0.6, 0.8, 1]
SHOWN_POINTS = 300  # of the risk-coverage curve


def reliability_content(scores: Mapping[str, Any], entries: Sequence[Entry]) -> dict[str, Any]:
    """Return charts, bins and figures; without limits in the scores, those before calibration."""
    limits = scores.get("limits")
    right = np.array([entry["label"] == entry["predicted"] for entry in entries])
    before = np.array([entry["confidence"] for entry in entries])
    after = _calibrated(limits, entries) if limits else before
    bins = reliability(after, right)
    curve = risk_coverage(after, right)
    points = limits["unknown"] if limits else []
    return {
        "bins": bins,
        "limits": limits,
        "calibration_error": expected_calibration_error(bins),
        "mean_confidence": float(after.mean()),
        "accuracy": float(right.mean()),
        "reliability": reliability_chart(bins, reliability(before, right) if limits else []),
        "risk": risk_chart(curve, points),
    }


def _calibrated(limits: Mapping[str, Any], entries: Sequence[Entry]) -> np.ndarray:
    """Return confidences at the temperature of each entry's fold, ``(entries,)``."""
    of_fold = {found["fold"]: found["temperature"] for found in limits["temperatures"]}
    return np.array(
        [tempered(entry["probabilities"], of_fold[entry["fold"]]).max() for entry in entries]
    )


def reliability_chart(bins: Sequence[Bin], before: Sequence[Bin] = ()) -> Chart:
    """Draw accuracy by confidence; calibrated probabilities lie on the diagonal.

    Parameters
    ----------
    before
        The bins before calibration, drawn as a line.
    """
    chart = Chart(
        "Right answers by confidence",
        "Share of right answers by their confidence; the table below has the numbers.",
        Axis("confidence", 0, 1, SHARE),
        Axis("share of right answers", 0, 1, SHARE),
    )
    for found in bins:
        if found.confidence is not None and found.accuracy is not None:
            tooltip = (
                f"{found.count} answers of {percent(found.confidence)} % confidence on average: "
                f"{percent(found.accuracy)} % right"
            )
            chart.add_bar("accuracy", found.low, found.high, found.accuracy, tooltip)
    points = [(b.confidence, b.accuracy) for b in before if b.confidence is not None]
    if points:
        chart.add_line("before", [(x, y) for x, y in points if y is not None])
    chart.add_line("ideal", [(0, 0), (1, 1)])
    return chart


def risk_chart(curve: RiskCoverage, points: Sequence[Mapping[str, Any]]) -> Chart:
    """Draw the share of wrong answers by the share of utterances that are answered.

    Parameters
    ----------
    points
        Risks that were asked for, with what was answered and what of it was wrong, as
        `sentemo.scoring.limits` has them: a mark each.
    """
    shown = np.unique(np.linspace(0, len(curve.risks) - 1, SHOWN_POINTS).astype(int))
    marks = [point for point in points if point["wrong"] is not None]
    top = max(curve.risks[shown].max(), *(point["risk"] for point in points), 0.05)
    said = "; ".join(
        f"asked for {percent(point['risk'])} % at most, {percent(point['answered'])} % are "
        f"answered and {percent(point['wrong'])} % of them wrong"
        for point in marks
    )
    chart = Chart(
        "Wrong answers by how many are answered",
        f"The surest answers first, {percent(float(curve.risks[-1]))} % of all are wrong. {said}.",
        Axis("answered, in percent", 0, 100, [0, 20, 40, 60, 80, 100]),
        Axis.around("of these wrong, in percent", (0, 100 * top)),
    )
    places = 100 * np.stack([curve.coverages[shown], curve.risks[shown]], axis=1)
    chart.add_line("mean valid", [(x, y) for x, y in places.tolist()])
    for point in points:
        chart.add_line("ideal", [(x, 100 * point["risk"]) for x in (0, 100)])
    for point in marks:
        chart.add_mark("asked", 100 * point["answered"], 100 * point["wrong"])
    return chart
