import re

from hypothesis import given
from hypothesis import strategies as st

from sentemo.data.safe_names import LONGEST_ID, safe_id, safe_name, unique_ids


@given(st.lists(st.one_of(st.text(max_size=300), st.sampled_from(["a", "a_2", "ä", "a "]))))
def test_ids_are_different_and_fit_every_table_and_file(names):
    ids = unique_ids(names)
    assert len(set(ids)) == len(ids) == len(names)
    assert all(re.fullmatch(r"[A-Za-z0-9_.-]+", name) for name in ids)
    assert all(len(name) < LONGEST_ID + 10 for name in ids)


def test_ids_stay_readable():
    assert safe_id("Jörg Groß (2).take 1") == "Jorg_Gross_2_.take_1"
    assert safe_id("日本") == "x"
    assert unique_ids(["a", "a", "a_2", "b"]) == ["a", "a_2", "a_2_2", "b"]


def test_classes_and_speakers_keep_their_letters():
    assert safe_name(" sehr  fröhlich, laut ") == "sehr_fröhlich_laut"
