from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentemo.core.errors import SentemoError
from sentemo.scoring.predictions import (
    DimensionPrediction,
    Prediction,
    read_dimension_predictions,
    read_predictions,
    write_dimension_predictions,
    write_predictions,
)

LABELS = ["happy", "sad"]
HEADER = "utterance\tfold\tspeaker\tlabel\tpredicted\tp_happy\tp_sad\n"
LINE = "a-1\t1\ta\thappy\tsad\t0.25\t0.75\n"

names = st.text(st.characters(exclude_categories=["Z", "C"]), min_size=1, max_size=8)
shares = st.integers(0, 64).map(lambda n: (n / 64, 1 - n / 64))


@given(
    st.lists(
        st.builds(
            Prediction,
            names,
            st.integers(1, 10),
            names,
            st.sampled_from(LABELS),
            st.sampled_from(LABELS),
            shares,
        ),
        min_size=1,
        unique_by=lambda p: (p.utterance, p.fold),
    )
)
def test_what_is_written_is_read_sorted(tmp_path_factory, predictions):
    path = tmp_path_factory.mktemp("with space") / "test.tsv"
    write_predictions(path, LABELS, predictions)
    labels, found = read_predictions(path)
    assert labels == LABELS
    assert found == sorted(predictions, key=lambda p: (p.utterance, p.fold))


@given(st.binary(max_size=200) | st.text(max_size=200).map(lambda t: (HEADER + t).encode()))
def test_any_other_content_is_a_clear_error_or_valid(tmp_path_factory, content):
    path = tmp_path_factory.mktemp("content") / "test.tsv"
    path.write_bytes(content)
    try:
        _, predictions = read_predictions(path)
    except SentemoError as error:
        assert str(path) in str(error)
    else:
        assert predictions


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "expected the header"),
        (HEADER, "no predictions"),
        (HEADER.replace("\tp_happy\tp_sad", ""), "expected the header"),
        (HEADER.replace("p_sad", "p_happy"), "expected the header"),
        (HEADER + LINE + "a-2\t1\ta\n", "test.tsv:3: 3 columns instead of 7"),
        (HEADER + LINE.replace("0.25", "much"), "test.tsv:2: could not convert"),
        (HEADER + LINE.replace("0.25", "nan"), "test.tsv:2: a probability is not finite"),
        (HEADER + LINE.replace("\t1\t", "\tone\t"), "test.tsv:2: invalid literal"),
        (HEADER + LINE + LINE, "test.tsv:3: a-1: fold 1 predicted it before"),
        (HEADER + LINE + LINE[:9], "test.tsv:3: the last line has no end"),
    ],
)
def test_each_fault_is_named_with_its_place(tmp_path, content, message):
    path = tmp_path / "test.tsv"
    path.write_text(content)
    with pytest.raises(SentemoError, match=message):
        read_predictions(path)


def test_every_faulty_line_is_counted(tmp_path):
    path = tmp_path / "test.tsv"
    path.write_text(HEADER + "x\n" * 7)
    with pytest.raises(SentemoError, match="malformed line: 7"):
        read_predictions(path)


def test_a_missing_file_tells_which_stage_writes_it(tmp_path):
    with pytest.raises(SentemoError, match=r"test\.tsv.*decode stage"):
        read_predictions(tmp_path / "test.tsv")


def test_a_lost_probability_leaves_no_file(tmp_path):
    with pytest.raises(ValueError):
        write_predictions(
            tmp_path / "test.tsv", LABELS, [Prediction("a-1", 1, "a", "sad", "sad", (1.0,))]
        )
    assert list(tmp_path.iterdir()) == []


RATED = DimensionPrediction("a-1", 1, "a", (1.0, 4.3333, 7.0), (0.9, 5.25, 7.5))


def test_dimensions_are_written_and_read_on_the_corpus_scale(tmp_path):
    other = replace(RATED, utterance="a-0")
    write_dimension_predictions(tmp_path / "test.tsv", [RATED, other])
    assert read_dimension_predictions(tmp_path / "test.tsv") == [other, RATED]
    header, line, _ = (tmp_path / "test.tsv").read_text().splitlines()
    assert header.split("\t")[3:7] == ["activation", "valence", "dominance", "predicted_activation"]
    assert line.split("\t")[:5] == ["a-0", "1", "a", "1.000000", "4.333300"]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("predicted_valence", "valence", "expected the header"),
        ("4.333300", "nan", "test.tsv:2: a dimension is not finite"),
        ("\t7.500000", "", "test.tsv:2: 8 columns instead of 9"),
    ],
)
def test_each_fault_of_dimensions_is_named_with_its_place(tmp_path, old, new, message):
    path = tmp_path / "test.tsv"
    write_dimension_predictions(path, [RATED])
    path.write_text(path.read_text().replace(old, new))
    with pytest.raises(SentemoError, match=message):
        read_dimension_predictions(path)
