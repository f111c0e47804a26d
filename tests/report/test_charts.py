"""Where the marks of charts lie."""

import pytest

from sentemo.report import charts
from sentemo.report.reliability import reliability_chart, risk_chart
from sentemo.scoring.calibration import reliability, risk_coverage


def epoch(loss, ua):
    return {"train": {"loss": loss + 1}, "valid": {"loss": loss, "ua": ua}}


def test_the_mean_of_the_folds_ends_where_the_first_fold_stopped():
    histories = {1: [epoch(3, 0.2), epoch(1, 0.4)], 2: [epoch(1, 0.4), epoch(1, 0.6), epoch(5, 0)]}
    loss, ua = charts.training_charts(histories)
    assert [style for style, _ in loss.lines].count("fold valid") == 2
    means = dict(ua.lines)["mean valid"].split()
    assert means == [f"{ua.across(1)},{ua.up(0.3)}", f"{ua.across(2)},{ua.up(0.5)}"]
    assert "mean ends at train 2.000 and valid 1.000" in loss.about


def test_one_fold_is_one_line_and_no_checkpoint_no_chart():
    (loss, _) = charts.training_charts({1: [epoch(1, 0.5)]})
    assert [style for style, _ in loss.lines] == ["mean train", "mean valid"]
    assert charts.training_charts({}) == []


def test_a_bar_of_the_reliability_is_as_high_as_the_share_of_right_answers():
    chart = reliability_chart(reliability([0.95, 0.95], [True, False]))
    ((_, left, top, width, height, says),) = chart.bars
    assert (left, left + width) == pytest.approx((chart.across(0.9), chart.across(1)), abs=0.1)
    assert (top, top + height) == pytest.approx((chart.up(0.5), chart.up(0)), abs=0.1)
    assert "2 answers" in says


def test_the_risk_rises_to_that_of_all_answers_and_thresholds_are_marks():
    curve = risk_coverage([0.9, 0.8, 0.7, 0.6], [True, True, False, False])
    asked = [
        {"risk": 0.1, "answered": 0.5, "wrong": 0.0},
        {"risk": 0.05, "answered": 0.0, "wrong": None},
    ]
    chart = risk_chart(curve, asked)
    points = chart.lines[0][1].split()
    assert points[0] == f"{chart.across(25)},{chart.up(0)}"
    assert points[-1] == f"{chart.across(100)},{chart.up(50)}"
    assert chart.marks == [("asked", chart.across(50), chart.up(0.0))]
    assert "asked for 10.0 % at most, 50.0 % are answered and 0.0 % of them wrong" in chart.about


def test_utterances_that_fall_together_are_one_stronger_dot_within_equal_axes():
    chart = charts.scatter_chart("valence", [1, 1, 1, 7], [2, 2, 2, 5])
    assert (chart.x.low, chart.x.high) == (chart.y.low, chart.y.high)
    weak, strong = sorted(chart.dots, key=lambda dot: dot[2])
    assert (strong[2], weak[2]) == pytest.approx((1, 0.3 + 0.7 / 3))
    assert weak[0] > strong[0] and weak[1] < strong[1]


def test_many_utterances_make_no_more_dots_than_there_are_places():
    values = [1 + number % 6000 / 1000 for number in range(60_000)]
    assert len(charts.scatter_chart("valence", values, values[::-1]).dots) < 4000
