from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentemo.core.file_names import file_name, is_file_name

KEPT = ["angry", "very happy", "fröhlich", "中性", "a.b", "CNN+MLP", "x" * 180]
CHANGED = ["../../x", "/etc/passwd", "..", ".", "", ".hidden", "a/b", "a\\b", "a\nb", "a\0b"]
CHANGED += ["-rf", "~root", "x" * 300, "中" * 100, "\x1b[2J", "a\udce4b"]


@pytest.mark.parametrize("text", KEPT)
def test_ordinary_names_stay(text):
    assert file_name(text) == text


@pytest.mark.parametrize("text", CHANGED)
def test_other_names_are_made_one_file_in_their_folder(text, tmp_path):
    assert not is_file_name(text)
    assert (tmp_path / file_name(text)).parent == tmp_path
    (tmp_path / f"{file_name(text)}_seed1.yaml").write_text("")
    assert len(list(tmp_path.iterdir())) == 1


@given(st.text(), st.text())
def test_no_name_leaves_its_folder_and_different_names_stay_different(one, other):
    place = Path("/work", f"{file_name(one)}.png")
    assert place.parent == Path("/work")
    assert ".." not in place.parts
    assert len(place.name.encode()) < 255
    assert (file_name(one) == file_name(other)) == (one == other)
