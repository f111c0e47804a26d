"""What a reader sees of text sentiment against speech emotion."""

import csv

import pytest

from sentemo.report.text_emotion import draw, render_text_emotion, write_csv

ROWS = {"sad": [1, 1, 2], "happy": [0, 0, 0]}
SCORES = {
    "experiment": "text_vader",
    "title": "Text against speech",
    "corpus": "noise",
    "commit": None,
    "notes": ["half missing"],
    "sentiment": {"note": "VADER"},
    "counts": {"utterances": 5, "of": 9, "left_out": {"no words": 3, "no label": 1}},
    "test": {
        "rows": ROWS,
        "all": {"sad": [1, 1, 2], "surprised": [0, 1, 0]},
        "correlation": {"rho": 0.25, "ci95": [0.1234, 0.4], "utterances": 4},
    },
    "published": {
        "rows": {"sad": [30, 10, 0], "happy": [0, 1, 1]},
        "correlation": 0.2879,
        "stated": 0.22,
    },
}


def table(text):
    lines = [line for line in text.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def test_counts_and_percents_stand_beside_the_published_ones():
    text = render_text_emotion(SCORES)
    rows = table(text)
    assert rows[0][2:] == [
        *("negative", "neutral", "positive"),
        *("negative, paper", "neutral, paper", "positive, paper"),
    ]
    ours = ["sad", "4", "1 (25.0)", "1 (25.0)", "2 (50.0)"]
    assert [*ours, "30 (75.0)", "10 (25.0)", "0 (0.0)"] in rows
    assert ["happy", "0", "0 (–)", "0 (–)", "0 (–)", "0 (0.0)", "1 (50.0)", "1 (50.0)"] in rows
    assert rows[-1] == ["surprised", "1", "0 (0.0)", "1 (100.0)", "0 (0.0)"]
    assert "correlation: 0.250 [0.123, 0.400], 4 utterances" in text
    assert "table gives 0.288 in this order; its text states 0.22" in text


def test_what_labelled_and_what_was_left_out_are_said():
    text = render_text_emotion(SCORES)
    assert "noise: 5 of 9 utterances (left out: 3 no words, 1 no label)" in text
    assert "by VADER, commit none. Data: half missing." in text
    assert text.endswith("In exp/text_vader also as confusion.csv and confusion.png.")


def test_another_corpus_has_no_published_columns_and_may_have_no_correlation():
    alike = {"rho": None, "ci95": None, "utterances": 4}
    text = render_text_emotion(
        {**SCORES, "published": None, "test": {**SCORES["test"], "correlation": alike}}
    )
    assert "paper" not in "".join(table(text)[0])
    assert "correlation: not defined, all have the same sentiment, 4 utterances." in text


def test_the_csv_has_every_count_and_percent(tmp_path):
    write_csv(tmp_path / "a.csv", {"paper": ROWS, "all": SCORES["test"]["all"]})
    with open(tmp_path / "a.csv", encoding="utf-8", newline="") as stream:
        first, empty, _, last = list(csv.DictReader(stream))
    assert (first["table"], first["emotion"], first["utterances"]) == ("paper", "sad", "4")
    assert (first["positive"], first["positive_percent"]) == ("2", "50.0")
    assert (empty["positive"], empty["positive_percent"]) == ("0", "")
    assert (last["table"], last["emotion"], last["neutral_percent"]) == (
        "all",
        "surprised",
        "100.0",
    )


def test_the_picture_has_a_panel_more_where_there_are_published_rows(tmp_path):
    from matplotlib.image import imread

    draw(tmp_path / "three.png", SCORES)
    draw(tmp_path / "two.png", {**SCORES, "published": None})
    three, two = (imread(tmp_path / name).shape[1] for name in ("three.png", "two.png"))
    assert two * 3 == pytest.approx(three * 2, rel=0.01)
