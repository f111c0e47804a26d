import pytest

from sentemo.report.corpora import corpus_table, dropped_table


@pytest.fixture
def counts():
    """Return the counts of two happy utterances and a sad one, as `write_data_dir` makes them."""
    return {
        "corpus": "Noise 1.0",
        "elicitation": "play-acted",
        "utterances": 3,
        "speakers": 1,
        "of_unknown_speakers": 1,
        "hours": 0.0015,
        "labels": {"happy": 2, "sad": 1},
        "dropped": {"too odd": 2, "too short": 1},
    }


def cells(row):
    return [cell.strip() for cell in row.strip("|").split("|")]


def test_a_corpus_is_a_row_of_the_papers_first_table(counts):
    row = corpus_table([counts]).splitlines()[2]
    assert cells(row) == ["Noise 1.0", "3", "0.00", "2", "1 and unknown", "play-acted"]


def test_what_was_dropped_is_counted_by_reason(counts):
    rows = [cells(row) for row in dropped_table(counts).splitlines()[2:]]
    assert rows == [["2", "too odd"], ["1", "too short"]]
    assert cells(dropped_table({"dropped": {}}).splitlines()[2]) == ["0", "–"]
