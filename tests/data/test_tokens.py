import string

import pytest
import sentencepiece
from hypothesis import given
from hypothesis import strategies as st

from sentemo.core.errors import SentemoError
from sentemo.data.tokens import bpe_tokens, character_tokens, characters, text_of, word_tokens

TEXTS = ["THE CAT SAT ON THE MAT", "A CAT IN A HAT", "THAT IS IT", "O NO"]
words = st.lists(st.text(sorted(set("".join(TEXTS)) - {" "}), min_size=1), min_size=1)


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    """Return the file and the tokens of a byte pair encoding."""
    path = tmp_path_factory.mktemp("tokens") / "bpe.model"
    return path, bpe_tokens(TEXTS, 20, path)


def test_tokens_of_english_capitals_are_the_papers_29_and_espnets_two():
    tokens = character_tokens([string.ascii_uppercase, "IT'S SO"])
    assert len(tokens) == 31
    assert tokens[0] == "<blank>"
    assert set(tokens) >= {"<space>", "'", "A", "Z", "<unk>", "<sos/eos>"}


def test_characters_spell_their_text():
    assert text_of(["<space>", "A", "<space>", "B"]) == " A B"
    assert characters(character_tokens(["AB C"])) == set("AB C")


def test_a_byte_pair_encoding_has_the_asked_size_between_espnets_tokens(model):
    tokens = model[1]
    assert len(tokens) == len(set(tokens)) == 23
    assert (tokens[:2], tokens[-1]) == (["<blank>", "<unk>"], "<sos/eos>")
    assert "▁THE" in tokens
    assert characters(tokens) == set("".join(TEXTS))


@given(words)
def test_a_byte_pair_encoding_spells_any_text_of_its_characters(model, drawn):
    path, tokens = model
    text = " ".join(drawn)
    pieces = sentencepiece.SentencePieceProcessor(model_file=str(path)).encode_as_pieces(text)
    assert set(pieces) <= set(tokens)
    assert text_of(pieces) == text


def test_the_same_texts_give_the_same_encoding_in_any_order(model, tmp_path):
    path, tokens = model
    assert bpe_tokens(TEXTS[::-1], 20, tmp_path / "again.model") == tokens
    assert (tmp_path / "again.model").read_bytes() == path.read_bytes()


@pytest.mark.parametrize("size", [3, 10_000])
def test_a_size_that_does_not_fit_the_texts_is_named(tmp_path, size):
    with pytest.raises(SentemoError, match=rf"--bpe_size {size} does not fit"):
        bpe_tokens(TEXTS, size, tmp_path / "bpe.model")
    assert list(tmp_path.iterdir()) == []


def test_words_are_the_most_frequent_first_and_ties_in_c_order():
    texts = ["so it is", "it is  what it is", "", "Also <unk> so"]
    assert word_tokens(texts) == ["<unk>", "is", "it", "so", "Also", "what"]
    assert word_tokens([]) == ["<unk>"]
