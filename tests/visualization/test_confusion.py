"""Confusion matrices as heat maps."""

import pytest
from matplotlib.figure import Figure
from matplotlib.image import imread

from sentemo.visualization.confusion import draw_confusions, draw_matrix

COUNTS = {"sad": [1, 3], "happy": [0, 0], "angry": [400, 0]}


@pytest.fixture
def drawn():
    place = Figure().subplots()
    draw_matrix(place, COUNTS, ["no", "yes"])
    return place


def test_a_cell_has_its_count_and_its_share_of_the_row(drawn):
    cells = {text.get_position(): text.get_text() for text in drawn.texts}
    assert cells == {
        **{(0, 0): "1\n25.0%", (1, 0): "3\n75.0%"},
        **{(0, 1): "0\n–", (1, 1): "0\n–"},
        **{(0, 2): "400\n100.0%", (1, 2): "0\n0.0%"},
    }
    assert [label.get_text() for label in drawn.get_yticklabels()] == [
        *("sad (4)", "happy (0)", "angry (400)")
    ]
    assert [label.get_text() for label in drawn.get_xticklabels()] == ["no", "yes"]


def test_the_colour_is_the_share_and_the_text_can_be_read_on_it(drawn):
    (image,) = drawn.images
    for text in drawn.texts:
        column, row = text.get_position()
        brightness = image.to_rgba(image.get_array())[row, column, :3].mean()
        assert (brightness < 0.5) == (text.get_color() == "white")


def test_the_panels_stand_in_one_picture_in_which_nothing_is_cut_off(tmp_path):
    draw_confusions(
        tmp_path / "a.png", "Title", {"one": COUNTS, "other": COUNTS}, ["no", "yes"], ("a", "b")
    )
    picture = imread(tmp_path / "a.png")[:, :, :3]
    assert picture.shape[1] > picture.shape[0]
    edges = (picture[0], picture[-1], picture[:, 0], picture[:, -1])
    assert all((edge == 1).all() for edge in edges)
    assert (picture < 0.5).any()
