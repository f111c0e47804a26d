"""The tokens of a Whisper model: those with a meaning of their own, and the spelling of words."""

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from sentemo.core.errors import SentemoError
from sentemo.upstreams.whisper import TOKENIZER

START, END = "<|startoftranscript|>", "<|endoftext|>"
TRANSCRIBE, NO_TIMESTAMPS = "<|transcribe|>", "<|notimestamps|>"
NO_SPEECH = ("<|nospeech|>", "<|nocaptions|>")  # its newer name and its older one
LANGUAGE = re.compile(r"<\|([a-z]{2,3})\|>")


class WhisperTokens:
    """Tokens of a Whisper model by their meaning, whatever its configuration says of them.

    Parameters
    ----------
    folder
        Directory of the model, with ``tokenizer.json``.
    multilingual
        Whether the model was trained on several languages, and so is told one.

    Attributes
    ----------
    start, end, no_speech
        Token before and behind a transcript, and the one that the model writes where nobody speaks.
    special, blank
        All tokens that are no text, and those of a space alone.
    languages
        Token of each language, by its code; empty where the model knows English alone.

    Raises
    ------
    SentemoError
        When it is no tokenizer of a Whisper model.
    """

    def __init__(self, folder: Path, multilingual: bool) -> None:
        from tokenizers import Tokenizer

        path = folder / TOKENIZER
        try:
            self._tokenizer = Tokenizer.from_file(str(path))
        except Exception as error:  # tokenizers raises nothing more special
            raise SentemoError(f"{path}: cannot be read as a tokenizer: {error}") from error
        added = {
            token.content: n for n, token in self._tokenizer.get_added_tokens_decoder().items()
        }
        needed = (START, END, NO_TIMESTAMPS, *([TRANSCRIBE] if multilingual else []))
        if missing := [name for name in needed if name not in added]:
            raise SentemoError(f"{path}: no {', '.join(missing)}; no tokenizer of a Whisper model.")
        self.start, self.end = added[START], added[END]
        self._transcribe, self._no_timestamps = added.get(TRANSCRIBE), added[NO_TIMESTAMPS]
        self.no_speech = next((added[name] for name in NO_SPEECH if name in added), None)
        self.special = sorted(added.values())
        self.blank = self._tokenizer.encode(" ", add_special_tokens=False).ids
        named = {found[1]: n for name, n in added.items() if (found := LANGUAGE.fullmatch(name))}
        self.languages = named if multilingual else {}
        if multilingual and not named:
            raise SentemoError(f"{path}: it names no language, and the model knows several.")

    def prompt(self, language: str | None) -> list[int]:
        """Return the tokens that ask for a transcript in a language, by its code."""
        if language is None:
            return [self.start, self._no_timestamps]
        assert self._transcribe is not None
        return [self.start, self.languages[language], self._transcribe, self._no_timestamps]

    def spell(self, words: Iterable[str]) -> list[list[int]]:
        """Return the tokens of each word of a text."""
        return [self._tokenizer.encode(f" {w}", add_special_tokens=False).ids for w in words]

    def text(self, tokens: Sequence[int]) -> str:
        """Return the text of tokens in one line, without tokens that are no text."""
        decoded = self._tokenizer.decode(list(tokens), skip_special_tokens=True)
        return " ".join("".join(c if c.isprintable() else " " for c in decoded).split())
