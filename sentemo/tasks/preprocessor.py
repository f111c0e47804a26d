"""Preprocessing of an utterance's audio and transcript before it is batched."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from espnet2.text.abs_tokenizer import AbsTokenizer
from espnet2.text.char_tokenizer import CharTokenizer
from espnet2.text.token_id_converter import TokenIDConverter
from espnet2.text.word_tokenizer import WordTokenizer

OWN_TOKEN_TYPES = ("bpe", "char", "word")


class Preprocessor:
    """Turn transcripts into token numbers, and scale audio to a peak.

    Does what ESPnet's ``CommonPreprocessor`` does for the token types ``bpe``, ``char`` and
    ``word`` without augmentation; that one imports phoneme tokenisers, text-to-speech code and
    scipy's signal processing, which takes eight seconds.

    Parameters
    ----------
    token_type
        One of `OWN_TOKEN_TYPES`; None leaves text as it is.
    token_list
        The tokens, in the order of their numbers; without `token_type` they are not needed.
    bpemodel
        SentencePiece model file, for ``bpe``.
    non_linguistic_symbols
        File of symbols that are one token each, for ``char``.
    volume
        Highest absolute value of the audio; None leaves it as it is.
    """

    def __init__(
        self,
        token_type: str | None = None,
        token_list: Sequence[str] | str | None = None,
        bpemodel: str | Path | None = None,
        non_linguistic_symbols: str | None = None,
        volume: float | None = None,
    ) -> None:
        self._volume = volume
        self._tokenizer: AbsTokenizer | None = None
        if token_type is not None:
            self._tokenizer = _tokenizer(token_type, bpemodel, non_linguistic_symbols)
            self._numbers = TokenIDConverter(token_list)

    def __call__(self, uid: str, data: dict[str, Any]) -> dict[str, np.ndarray]:
        """Prepare ``speech`` and ``text`` of an utterance; what is numbers already stays so."""
        if self._volume is not None:
            peak = np.max(np.abs(data["speech"]))
            if peak != 0:
                data["speech"] = data["speech"] * self._volume / peak
        text = data.get("text")
        if isinstance(text, str) and self._tokenizer is not None:
            numbers = self._numbers.tokens2ids(self._tokenizer.text2tokens(text))
            data["text"] = np.array(numbers, dtype=np.int64)
        return data


def _tokenizer(token_type: str, bpemodel: str | Path | None, symbols: str | None) -> AbsTokenizer:
    if token_type == "char":
        return CharTokenizer(non_linguistic_symbols=symbols)
    if token_type == "word":
        return WordTokenizer()
    if token_type == "bpe":
        from espnet2.text.sentencepiece_tokenizer import SentencepiecesTokenizer

        return SentencepiecesTokenizer(bpemodel)
    raise ValueError(f"token_type {token_type!r} is none of {', '.join(OWN_TOKEN_TYPES)}")
