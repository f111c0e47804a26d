"""Thresholds of validation: when to answer "unknown", and which classes may be right."""

import json
from dataclasses import asdict

import numpy as np
import pytest

from sentemo.core.errors import SentemoError
from sentemo.core.schema import checked
from sentemo.scoring.answer_limits import (
    COVERAGES,
    RISKS,
    AnswerLimits,
    class_sets,
    risk_thresholds,
    set_thresholds,
)
from sentemo.scoring.predictions import Prediction

LABELS = ["happy", "neutral", "sad"]


def drawn(count, seed=0, speakers=20):
    """Predictions that are right as often as they say."""
    draw = np.random.default_rng(seed)
    found = []
    for number in range(count):
        shares = draw.dirichlet(np.full(3, 0.4))
        label = LABELS[draw.choice(3, p=shares)]
        predicted = LABELS[int(shares.argmax())]
        found.append(
            Prediction(f"u{number}", 1, f"s{number % speakers}", label, predicted, tuple(shares))
        )
    return found


def at(thresholds, risk):
    return thresholds[RISKS.index(risk)]


def bound(wrong, count):
    """The one-sided 95 % bound where each utterance counts as a speaker."""
    share = wrong / count
    deviation = np.sqrt(share * (1 - share) / (count - 1))
    return (wrong + 1) / (count + 1) + 1.645 * deviation


def test_the_risk_is_bounded_and_as_much_is_answered_as_it_allows():
    confidences = np.linspace(1, 0.5, 200)
    right = np.arange(200) < 100  # all of the surer half, none of the other
    thresholds = risk_thresholds(confidences, right)
    answered = int((confidences >= at(thresholds, 10)).sum())
    assert bound(answered - 100, answered) <= 0.1 < bound(answered - 99, answered + 1)


def test_where_all_keep_to_the_risk_everything_is_answered_also_what_is_less_sure_than_any():
    assert at(risk_thresholds(np.linspace(1, 0.9, 200), np.ones(200, bool)), 10) == 0.0


def test_a_few_lucky_answers_promise_nothing():
    """Five right answers of five may be luck: a risk of 10 % needs nine more."""
    assert at(risk_thresholds(np.linspace(1, 0.9, 5), np.ones(5, bool)), 10) is None


def test_errors_of_one_speaker_say_less_than_errors_of_all():
    """Both have 5 % errors; the next speaker may be like the one who is misheard."""
    confidences = np.linspace(1, 0.9, 400)
    spread = np.arange(400) % 20 != 7
    speakers = np.arange(400) % 10
    alone = (speakers != 3) | (np.arange(400) % 20 == 3)
    assert spread.sum() == alone.sum() == 380
    assert at(risk_thresholds(confidences, spread, np.arange(400) // 40), 10) == 0.0
    assert at(risk_thresholds(confidences, alone, speakers), 10) != 0.0


def test_the_bound_over_speakers_by_hand():
    """The variance of a ratio of totals over clusters, at every threshold."""
    draw = np.random.default_rng(1)
    confidences = np.sort(draw.uniform(0.4, 1, 300))[::-1]
    right, speakers = draw.uniform(size=300) < confidences, draw.integers(0, 7, 300)
    for risk, threshold in zip(RISKS, risk_thresholds(confidences, right, speakers), strict=True):
        kept = [
            count
            for count in range(1, 301)
            if _bound_of(~right[:count], speakers[:count]) <= risk / 100
        ]
        assert (threshold is None) == (not kept)
        if kept and kept[-1] < 300:
            assert threshold == confidences[kept[-1] - 1]


def _bound_of(wrong, speakers):
    share, names = wrong.mean(), np.unique(speakers)
    parts = [wrong[speakers == s].sum() - share * (speakers == s).sum() for s in names]
    factor = len(names) / max(len(names) - 1, 1)
    deviation = np.sqrt(factor * np.square(parts).sum()) / len(wrong)
    return (wrong.sum() + 1) / (len(wrong) + 1) + 1.645 * deviation


def test_a_set_holds_the_right_class_as_often_as_it_should():
    """The k-th of n draws, k = ⌊(n + 1) · (1 - coverage)⌋: Vovk et al., 2005."""
    thresholds = set_thresholds(np.array([0.9, 0.1, 0.5, 0.7, 0.3, 0.2, 0.4, 0.6, 0.8]))
    assert thresholds[COVERAGES.index(90)] == 0.1
    assert thresholds[COVERAGES.index(80)] == 0.2
    assert thresholds[COVERAGES.index(95)] == 0.0  # nine utterances cannot promise so much


def test_the_most_probable_class_is_in_its_set_and_in_no_doubt_alone():
    shares = np.array([[0.5, 0.3, 0.2], [0.4, 0.35, 0.25]])
    assert class_sets(shares, 0.9).tolist() == [[True, False, False]] * 2
    assert class_sets(shares, 0.3).tolist() == [[True, True, False]] * 2


@pytest.mark.parametrize("risk", [0.05, 0.1, 0.3])
def test_new_utterances_keep_to_the_promise(risk):
    limits = AnswerLimits.learnt(LABELS, drawn(4000))
    fresh = drawn(4000, seed=1)
    answered = [p for p in fresh if max(p.probabilities) >= limits.least_confidence(risk)]
    assert np.mean([p.label != p.predicted for p in answered]) <= risk + 0.01
    least = limits.least_probability(1 - risk)
    inside = class_sets(np.array([p.probabilities for p in fresh]), least)
    covered = [row[LABELS.index(p.label)] for row, p in zip(inside, fresh, strict=True)]
    assert np.mean(covered) >= 1 - risk - 0.02


def test_a_risk_that_nothing_keeps_to_names_the_lowest_one():
    limits = AnswerLimits.learnt(LABELS, drawn(40))
    with pytest.raises(SentemoError, match=r"a risk of 1 %.*The lowest risk is \d+ %"):
        limits.least_confidence(0.01)
    with pytest.raises(SentemoError, match=r"a risk of 0\.6: give one from 0\.01 to 0\.5"):
        limits.least_confidence(0.6)
    with pytest.raises(SentemoError, match=r"a coverage of 0\.3: give one from 0\.5 to 0\.99"):
        limits.least_probability(0.3)


def test_parts_of_a_percent_are_taken_on_the_safe_side():
    limits = AnswerLimits.learnt(LABELS, drawn(4000))
    assert limits.least_confidence(0.109) == limits.least_confidence(0.1)
    assert limits.least_probability(0.901) == limits.least_probability(0.91)
    assert limits.least_confidence(0.29) == limits.unknown[28]  # 0.29 * 100 < 29 in floats


def test_they_are_kept_as_json():
    limits = AnswerLimits.learnt(LABELS, drawn(60))
    assert checked(json.loads(json.dumps(asdict(limits))), AnswerLimits, "it", "no") == limits
