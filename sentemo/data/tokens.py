"""Token lists: the characters of the transcripts, or sentencepiece's byte pair encoding of them.

Both are ESPnet's: the blank first, ``<unk>``, without which ESPnet fails, last ``<sos/eos>``, in
place of which it would take the last letter. What only reads transcripts knows `word_tokens`.
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
WORD_START = "▁"  # sentencepiece's space, part of its tokens
FIRST_TOKENS, LAST_TOKENS = ("<blank>", UNKNOWN), ("<sos/eos>",)
_CHARACTER = re.compile("|".join([*FIRST_TOKENS, *LAST_TOKENS, "."]), re.DOTALL)


def character_tokens(texts: Sequence[str]) -> list[str]:
    """Return the character tokens of these texts.

    For English capitals, 31: the 29 of SA2SR (26 letters, apostrophe, space, blank) and two.
    """
    characters = sorted({character for text in texts for character in text})
    named = [SPACE if character == " " else character for character in characters]
    return [*FIRST_TOKENS, *named, *LAST_TOKENS]


def bpe_tokens(texts: Sequence[str], size: int, model_file: Path) -> list[str]:
    """Train a byte pair encoding (Sennrich et al. 2016) with sentencepiece.

    The same texts in any order give the same tokens.

    Parameters
    ----------
    texts
        Transcripts of the training side.
    size
        Tokens besides the special ones.
    model_file
        Receives sentencepiece's model.

    Raises
    ------
    SentemoError
        When the texts do not have so many tokens, or have more characters than that.
    """
    import sentencepiece

    model = io.BytesIO()
    try:
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=iter(sorted(texts)),
            model_writer=model,
            model_type="bpe",
            vocab_size=size + 1,  # sentencepiece counts <unk>
            character_coverage=1.0,
            normalization_rule_name="identity",  # a transcript is scored as it is written
            max_sentence_length=1 << 20,  # bytes; longer ones would be left out
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
    """Return ``<unk>`` and the words of these texts, the most frequent first, ties in C order."""
    counts = Counter(word for text in texts for word in text.split())
    del counts[UNKNOWN]  # a recogniser may spell it
    return [UNKNOWN, *sorted(counts, key=lambda word: (-counts[word], word))]


def characters(tokens: Sequence[str]) -> set[str]:
    """Return the characters of the texts that these tokens can spell."""
    return set().union(
        *(spelled(token) for token in tokens if token not in {*FIRST_TOKENS, *LAST_TOKENS})
    )


def characters_of(text: str) -> list[str]:
    """Cut a text into its characters; a special token is one, however many letters name it."""
    return _CHARACTER.findall(text)


def text_of(tokens: Sequence[str]) -> str:
    """Return the text that these tokens spell."""
    text = "".join(map(spelled, tokens))
    starts_word = bool(tokens) and tokens[0].startswith(WORD_START)
    return text[1:] if starts_word else text


def spelled(token: str) -> str:
    """Return what a token adds to a text, a space in place of its names."""
    return token.replace(SPACE, " ").replace(WORD_START, " ")
