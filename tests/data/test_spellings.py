import pytest

from sentemo.core.errors import Problems
from sentemo.data.spellings import add_look_alikes, first_spellings, is_unknown


@pytest.mark.parametrize(
    ("first", "other"),
    [
        ("Anna", "ANNA"),
        ("Müller", "mu\u0308ller"),
        ("happy", "hap\u200bpy"),
        ("1", "001"),
        ("1", "1.0"),
        ("spk1", "spk01"),
        ("very angry", "very_angry"),
        ("very-angry", "Very  Angry"),
    ],
)
def test_two_spellings_of_one_name(first, other):
    assert first_spellings([first, other]) == {first: first, other: first}


@pytest.mark.parametrize(
    ("first", "other"),
    [("1", "10"), ("1.1", "1.01"), ("0", "00a"), ("a1", "a_1"), ("F1", "M1"), ("x", "-x")],
)
def test_two_names(first, other):
    assert first_spellings([first, other]) == {first: first, other: other}


def test_each_other_spelling_is_told_once_at_its_first_place():
    problems = Problems("list")
    named = [("ann", "line 2"), (None, "line 3"), ("Ann", "line 4"), ("Ann", "line 5")]
    add_look_alikes("speaker", named, problems)
    with pytest.raises(Exception, match="another: 1\n    line 4: 'Ann' and 'ann'"):
        problems.raise_if_any("")


@pytest.mark.parametrize("word", ["", "unknown", "Unknown", "UNK", "NaN", "None", "N/A", "?", "-"])
def test_words_for_speakers_that_nobody_knows(word):
    assert is_unknown(word)
    assert not is_unknown(f"{word}7")
