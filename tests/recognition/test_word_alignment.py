"""Words aligned with speech by the probabilities of a CTC recogniser."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentemo.core.errors import SentemoError
from sentemo.recognition.word_alignment import Spelling, Unaligned, align_words, letters

TOKENS = ["<blank>", "<unk>", "<space>", *"ABCDE'", "<sos/eos>"]
SPELLING = Spelling.of_tokens(TOKENS, "<space>")
SHIFT = 0.04


def speech(said, sure=0.99):
    """Log-probabilities of a recogniser that hears a token per frame: "-" is the blank."""
    rest = (1 - sure) / (len(TOKENS) - 1)
    probs = np.full((len(said), len(TOKENS)), rest, np.float32)
    for frame, heard in enumerate(said):
        token = {"-": "<blank>", " ": "<space>"}.get(heard, heard)
        probs[frame, TOKENS.index(token)] = sure
    return np.log(probs)


def times(said, text):
    found = align_words(speech(said), text, SPELLING, SHIFT)
    return [(word.text, round(word.start / SHIFT), round(word.end / SHIFT)) for word in found]


def test_a_word_lasts_from_its_first_letter_to_its_last_one():
    assert times("--A-BB-- --CD--", "AB CD") == [("AB", 2, 6), ("CD", 11, 13)]


def test_words_keep_their_writing_and_are_heard_without_it():
    assert times("-AB- -CDE-", "äb, Cde!") == [("äb,", 1, 3), ("Cde!", 6, 9)]


def test_a_sound_between_words_takes_the_time_between_them():
    (_, laughter, last) = times("A- ---- -B", "a [LAUGHTER] b")
    assert laughter[0] == "[LAUGHTER]"
    assert 2 < laughter[1] < laughter[2] <= last[1]


def test_what_the_recogniser_cannot_spell_is_a_sound_too():
    assert [word for word, *_ in times("AB- ---- -C", "ab 42 c")] == ["ab", "42", "c"]


@pytest.mark.parametrize(
    ("said", "text", "reason"),
    [
        ("AB", "", "no words in its transcript"),
        ("-A-", "ab cd", "too few frames for its transcript"),
        ("AAB", "aab ", "too few frames for its transcript"),  # a blank between equal letters
    ],
)
def test_what_cannot_be_aligned_has_a_reason(said, text, reason):
    with pytest.raises(Unaligned, match=reason):
        align_words(speech(said), text, SPELLING, SHIFT)


def test_pieces_of_words_are_refused():
    with pytest.raises(SentemoError, match="pieces of words"):
        Spelling.of_tokens(["<blank>", "<unk>", "▁the", "ing", "▁a", "s"], "<space>")


@given(
    st.lists(
        st.text("abcde'", min_size=1, max_size=4) | st.just("[BREATHING]"), min_size=1, max_size=6
    ),
    st.integers(0, 2**32 - 1),
)
def test_words_follow_one_another_whatever_was_heard(words, seed):
    draw = np.random.default_rng(seed)
    raw = draw.normal(size=(80, len(TOKENS))).astype(np.float32)
    log_probs = raw - np.log(np.exp(raw).sum(axis=1, keepdims=True))
    found = align_words(log_probs, " ".join(words), SPELLING, SHIFT)
    assert [word.text for word in found] == words
    edges = [edge for word in found for edge in (word.start, word.end)]
    assert (np.diff(edges) > -1e-9).all()  # but for rounding
    assert edges[0] >= 0 and edges[-1] <= 80 * SHIFT + 1e-9
    assert all(word.start < word.end for word in found)


def test_transcripts_are_compared_by_their_letters_alone():
    assert letters("Grüße, [LAUGHTER] don't") == letters("GRUSSE DONT") == "GRUSSE DONT"
