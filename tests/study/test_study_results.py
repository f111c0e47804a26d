"""The table of a study."""

import pytest

from sentemo.report.study import render_study
from sentemo.scoring.predictions import Prediction
from sentemo.study.plan import Row, Study
from sentemo.study.results import measures_of, summarise

LABELS = ["happy", "sad"]
STUDY = Study(
    "Decoders",
    [
        Row("base", "config", None, {"attention": {}}, {"iemocap": {"wa": 71.72, "ua": 72.56}}),
        Row("pooling", "config", None, {"mean": {}, "max": {}}),
        Row("people", "human", None),
    ],
)
DESCRIBED = {
    "corpus": "noise",
    "title": "Decoders",
    "seed": "1 to 2",
    "asr_model": None,
    "protocol": "leave one out",
    "notes": ["half missing"],
}
COUNTS = {"utterances": 4, "folds": 2}


def scores(wa, ua):
    found = {
        name: {"pooled": value, "ci95": [0.5, 0.9]} for name, value in (("wa", wa), ("ua", ua))
    }
    return {"labels": LABELS, "test": {**found, "macro_f1": found["ua"]}}


def predictions(*right):
    """One utterance of each class for each given word: whether it is right."""
    return [
        Prediction(f"{label}{n}", 1, "a", label, label if ok else wrong, (0.5, 0.5))
        for label, wrong in (LABELS, LABELS[::-1])
        for n, ok in enumerate(right)
    ]


def summary(seeds):
    valid = {
        "base": {"attention": [0.8, 0.9][:seeds]},
        "pooling": {"max": [0.7, 0.7][:seeds], "mean": [0.6, 0.6][:seeds]},
    }
    found = {
        "base": [scores(0.7, 0.8), scores(0.8, 0.9)][:seeds],
        "pooling": [scores(0.5, 0.6)] * seeds,
    }
    guesses = {
        "base": [predictions(True, True)] * seeds,
        "pooling": [predictions(True, False)] * seeds,
    }
    return summarise(STUDY, valid, found, guesses, {"wa": 0.91, "ua": 0.92}, "iemocap")


def table(rows):
    text = render_study({**DESCRIBED, "commit": None, "counts": COUNTS, "test": rows})
    lines = [line for line in text.splitlines() if line.startswith("|")]
    header, _, *cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return [dict(zip(header, row, strict=False)) for row in cells]


def test_a_row_is_the_mean_over_the_seeds_beside_the_published_number():
    base, pooling, people, *_ = table(summary(2))
    assert (base["WA"], base["UA"]) == ("75.0 ± 7.1", "85.0 ± 7.1")
    assert (base["WA, paper"], base["UA, paper"]) == ("71.7", "72.6")
    assert (pooling["configuration"], pooling["WA, paper"]) == ("max", "–")
    assert (people["WA"], people["UA"], people["configuration"]) == ("91.0", "92.0", "–")


def test_one_seed_shows_its_interval_instead_of_a_deviation():
    base, *_ = table(summary(1))
    assert base["WA"] == "70.0 [50.0, 90.0]"


def test_published_numbers_of_another_recipe_are_not_shown():
    rows = [{**row, "published": None} for row in summary(1)]
    assert "WA, paper" not in table(rows)[0]


def test_every_candidates_validation_is_shown():
    rendered = render_study({**DESCRIBED, "commit": None, "counts": COUNTS, "test": summary(2)})
    assert "leave one out" in rendered and "half missing" in rendered
    assert "| UA − base" in rendered
    for cells in ("| pooling | max", "| pooling | mean", "| base    | attention"):
        assert cells in rendered


def test_the_difference_is_paired_with_the_first_trained_row():
    base, pooling, people = summary(1)
    assert base["difference"] is people["difference"] is None
    found = pooling["difference"]["ua"]
    assert found["difference"] == pytest.approx(-0.5)
    assert found["p_holm"] == found["p"]  # the only row that is compared


def test_the_difference_that_would_have_been_seen_follows_from_the_interval():
    rows = summary(1)
    rows[1]["difference"]["ua"] |= {"ci95": [-0.10, 0.10], "ci95_speakers": [-0.02, 0.04]}
    described = {**DESCRIBED, "commit": None, "counts": COUNTS}
    text = render_study({**described, "test": rows})
    # 1.96 standard errors are 3 points, and 0.84 more are 1.29 points.
    assert "true difference of UA from base of this size" in text
    assert text.count("pooling 4.3.") == 1
    rows[1]["difference"]["ua"]["ci95_speakers"] = None
    assert "pooling 14.3." in render_study({**described, "test": rows})
    del rows[1]["difference"]["ua"]["p_holm"]  # of an older version
    assert "would have been seen" not in render_study({**described, "test": rows})


def test_a_study_by_macro_f1_shows_it_first_and_cited_rows_beside_it():
    cited = Row(
        "WavLM-large",
        "cited",
        None,
        {},
        {"iemocap": {"macro_f1": 31.1}},
        citation="others, Test3",
    )
    study = Study("Challenge", [*STUDY.rows, cited], measure="macro_f1")
    valid = {"base": {"attention": [0.8]}, "pooling": {"max": [0.7]}}
    found = {"base": [scores(0.7, 0.8)], "pooling": [scores(0.5, 0.6)]}
    guesses = {
        "base": [predictions(*[True] * 9, False)],
        "pooling": [predictions(*[True] * 5, *[False] * 5)],
    }
    measures = measures_of("label", "macro_f1")
    rows = summarise(study, valid, found, guesses, None, "iemocap", measures)
    difference = rows[1]["difference"]["macro_f1"]
    assert difference["difference"] == pytest.approx(0.5 - 0.9)
    assert difference["ci95"][0] < -0.4 < difference["ci95"][1] < 0
    table = render_study(
        {**DESCRIBED, "commit": None, "counts": COUNTS, "test": rows, "measure": "macro_f1"}
    )
    header = next(line for line in table.splitlines() if line.startswith("| row"))
    assert [cell.strip() for cell in header.strip("|").split("|")][:6] == [
        *("row", "configuration", "macro-F1", "UA", "WA", "macro-F1 − base")
    ]
    [line] = [line for line in table.splitlines() if line.startswith("| WavLM-large")]
    assert [cell.strip() for cell in line.strip("|").split("|")] == [
        *("WavLM-large", "others, Test3", *["–"] * 6, "31.1", "–", "–")
    ]
    assert "highest mean validation macro-F1" in table
