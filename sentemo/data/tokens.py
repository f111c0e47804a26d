"""Token lists: the characters of the transcripts, or sentencepiece's byte pair encoding of them.

Both have ESPnet's order: first the blank, then ``<unk>``, without which ESPnet fails, and last
``<sos/eos>``, as ESPnet would otherwise use the last letter for it. Models that only read
transcripts use `word_tokens`.
"""

import io
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from sentemo.core.errors import SentemoError
from sentemo.core.files import atomic_file

SPACE = "<space>"
UNKNOWN = "<unk>"
WORD_START = "▁"  # sentencepiece's sign for a space, which is part of its tokens
FIRST_TOKENS, LAST_TOKENS = ("<blank>", UNKNOWN), ("<sos/eos>",)
_CHARACTER = re.compile("|".join([*FIRST_TOKENS, *LAST_TOKENS, "."]), re.DOTALL)


def character_tokens(texts: Sequence[str]) -> list[str]:
    """Return the character tokens of these texts.

    English capitals have 31 tokens: the 29 of SA2SR (26 letters, apostrophe, space, blank),
    ``<unk>`` and ``<sos/eos>``.
    """
    characters = sorted({character for text in texts for character in text})
    named = [SPACE if character == " " else character for character in characters]
    return [*FIRST_TOKENS, *named, *LAST_TOKENS]


def bpe_tokens(texts: Sequence[str], size: int, model_file: Path) -> list[str]:
    """Train a byte pair encoding (Sennrich et al. 2016) with sentencepiece.

    The tokens do not depend on the order of the texts.

    Parameters
    ----------
    texts
        Transcripts of the training side.
    size
        Number of tokens besides the special ones.
    model_file
        File to which sentencepiece's model is written.

    Raises
    ------
    SentemoError
        When the texts have fewer possible tokens, or more different characters, than `size`.
    """
    import sentencepiece

    model = io.BytesIO()
    try:
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=iter(sorted(texts)),
            model_writer=model,
            model_type="bpe",
            vocab_size=size + 1,  # sentencepiece counts <unk> too
            character_coverage=1.0,
            normalization_rule_name="identity",  # transcripts are scored as they are written
            max_sentence_length=1 << 20,  # bytes; sentencepiece leaves longer sentences out
            num_threads=1,
            unk_id=0,
            bos_id=-1,
            eos_id=-1,
            minloglevel=2,
        )
    except RuntimeError as error:
        reason = str(error).rpartition("] ")[2]
        raise SentemoError(f"--bpe_size {size} does not fit the transcripts: {reason}") from error
    with atomic_file(model_file, "wb") as stream:
        stream.write(model.getvalue())
    pieces = sentencepiece.SentencePieceProcessor(model_proto=model.getvalue())
    return [
        *FIRST_TOKENS,
        *(pieces.id_to_piece(number) for number in range(1, size + 1)),
        *LAST_TOKENS,
    ]


def word_tokens(texts: Iterable[str]) -> list[str]:
    """Return ``<unk>`` and the words of these texts by falling frequency, ties in C order."""
    counts = Counter(word for text in texts for word in text.split())
    del counts[UNKNOWN]  # the output of a recogniser may contain it
    return [UNKNOWN, *sorted(counts, key=lambda word: (-counts[word], word))]


def characters(tokens: Sequence[str]) -> set[str]:
    """Return all characters that these tokens can spell."""
    return set().union(
        *(spelled(token) for token in tokens if token not in {*FIRST_TOKENS, *LAST_TOKENS})
    )


def characters_of(text: str) -> list[str]:
    """Split a text into characters; a special token such as ``<unk>`` counts as one character."""
    return _CHARACTER.findall(text)


def text_of(tokens: Sequence[str]) -> str:
    """Return the text that these tokens spell."""
    text = "".join(map(spelled, tokens))
    starts_word = bool(tokens) and tokens[0].startswith(WORD_START)
    return text[1:] if starts_word else text


def spelled(token: str) -> str:
    """Return the text of a token, with real spaces in place of `SPACE` and `WORD_START`."""
    return token.replace(SPACE, " ").replace(WORD_START, " ")
