"""The decoder of a Whisper: text of encoded speech, and its attention while a text is written."""

import math
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from transformers import GenerationConfig, GenerationMixin, WhisperForConditionalGeneration
from transformers.modeling_outputs import BaseModelOutput

from sentemo.core.errors import SentemoError
from sentemo.recognition.whisper_tokens import WhisperTokens

MULTILINGUAL = 51865  # tokens of the smallest vocabulary with languages, as of its authors
# Thresholds of Radford et al. 2022, section 4.5.
REPETITIVE, LEAST_LOG_PROBABILITY, SILENCE = 2.4, -1.0, 0.6
REPEATED = 3  # a repetitive text is written again, with no so many tokens in a row twice
TOKENS_PER_SECOND, LEAST_TOKENS, MOST_TOKENS = 15, 20, 224  # nobody speaks faster


@dataclass(frozen=True)
class Written:
    """A text as the decoder writes it, with case and punctuation; nothing where nobody speaks.

    Attributes
    ----------
    language
        Code of its language, given or detected; None of a model for English alone.
    repetitive
        Whether the most probable text repeated itself, so that it was written again.
    """

    text: str
    language: str | None
    repetitive: bool


class WhisperDecoder:
    """The decoder of a directory of Hugging Face with a whole Whisper.

    Attributes
    ----------
    tokens
        Its tokens.
    heads, heads_from
        Layer and number of the heads by which words are timed, and who says so. Where the model
        does not name them, they are all of the upper half of its layers, as in the program of
        Whisper's authors.

    Raises
    ------
    SentemoError
        When the model is not whole, or its description contradicts itself.
    """

    def __init__(self, folder: Path, where: str, device: str) -> None:
        self.where, self.device = where, device
        self.model = _load(folder, where)
        torch.nn.Module.to(self.model, device)
        config, settings = self.model.config, self.model.generation_config
        many = getattr(settings, "is_multilingual", None)
        if many is None:
            many = config.vocab_size >= MULTILINGUAL
        self.tokens = WhisperTokens(folder, many)
        layers, heads = config.decoder_layers, config.decoder_attention_heads
        named: Any = getattr(settings, "alignment_heads", None)
        upper = [(layer, head) for layer in range(layers // 2, layers) for head in range(heads)]
        self.heads = _checked(named, layers, heads, where) if named else upper
        self.heads_from = (
            "the heads that its configuration names"
            if named
            else "all heads of the upper half of its layers"
        )
        self.room = config.max_target_positions
        never = {*self.tokens.special, *(settings.suppress_tokens or ())} - {self.tokens.end}
        self._never = sorted(never)

    def write(
        self, states: torch.Tensor, seconds: Sequence[float], language: str | None
    ) -> list[Written]:
        """Write what is said, the most probable token after the other.

        Parameters
        ----------
        states
            ``(utterances, states, size)``: each in Whisper's window of 30 s.
        seconds
            Duration of each; nobody says more than so many tokens in that time.
        language
            Code of the language; None detects that of each utterance.
        """
        spoken, silence = self.languages(states, language)
        prompts = torch.tensor([self.tokens.prompt(one) for one in spoken], device=self.device)
        texts, likelihoods = self._greedy(states, prompts, seconds)
        loops = [row for row, text in enumerate(texts) if is_repetitive(text)]
        if loops:
            some = [seconds[row] for row in loops]
            again, _ = self._greedy(states[loops], prompts[loops], some, REPEATED)
            for row, text in zip(loops, again, strict=True):
                texts[row] = text
        for row, (likelihood, nobody) in enumerate(zip(likelihoods, silence, strict=True)):
            if nobody > SILENCE and likelihood < LEAST_LOG_PROBABILITY:
                texts[row] = ""
        return [
            Written(text, one, row in loops)
            for row, (text, one) in enumerate(zip(texts, spoken, strict=True))
        ]

    def languages(
        self, states: torch.Tensor, language: str | None
    ) -> tuple[list[str | None], list[float]]:
        """Return language and probability of silence of each utterance, by one step.

        Raises
        ------
        SentemoError
            See `require_language`.
        """
        self.require_language(language)
        known = self.tokens.languages
        start = torch.full((len(states), 1), self.tokens.start, device=self.device)
        logits = self.model(encoder_outputs=BaseModelOutput(states), decoder_input_ids=start).logits
        shares = logits[:, -1].softmax(dim=-1)
        nobody = self.tokens.no_speech
        silence = [0.0] * len(states) if nobody is None else shares[:, nobody].tolist()
        if not known:
            return [None] * len(states), silence
        if language is not None:
            return [language] * len(states), silence
        codes = list(known)
        best = shares[:, [known[code] for code in codes]].argmax(dim=-1)
        return [codes[number] for number in best.tolist()], silence

    def require_language(self, language: str | None) -> None:
        """Insist that the model knows a language.

        Raises
        ------
        SentemoError
            Naming those that it knows.
        """
        known = sorted(self.tokens.languages) or ["en"]
        if language is not None and language not in known:
            raise SentemoError(f"language {language}: {self.where} knows {', '.join(known)}.")

    def _greedy(
        self,
        states: torch.Tensor,
        prompts: torch.Tensor,
        seconds: Sequence[float],
        unrepeated: int = 0,
    ) -> tuple[list[str], list[float]]:
        """Return each text and its mean log probability."""
        end, before = self.tokens.end, prompts.shape[1]
        most = [
            min(LEAST_TOKENS + math.ceil(s * TOKENS_PER_SECOND), MOST_TOKENS, self.room - before)
            for s in seconds
        ]
        config = GenerationConfig(
            max_new_tokens=max(most),
            eos_token_id=end,
            pad_token_id=end,
            suppress_tokens=self._never,
            begin_suppress_tokens=[*self.tokens.blank, end],
            no_repeat_ngram_size=unrepeated,
            return_dict_in_generate=True,
            output_scores=True,
        )
        # Not Whisper's own `generate`: it trusts what a directory says of its tokens, or lacks.
        found = GenerationMixin.generate(
            self.model,
            generation_config=config,
            encoder_outputs=BaseModelOutput(states),
            attention_mask=torch.ones(states.shape[:2], device=self.device),
            decoder_input_ids=prompts,
        )
        written = found.sequences[:, before:]
        shares = [scores.log_softmax(dim=-1) for scores in found.scores]
        pairs = zip(shares, written.T, strict=True)
        chosen = torch.stack([share.gather(1, token[:, None])[:, 0] for share, token in pairs], 1)
        texts, likelihoods = [], []
        for row, tokens in enumerate(written.tolist()):
            length = tokens.index(end) if end in tokens else len(tokens)
            length = min(length, most[row])
            texts.append(self.tokens.text(tokens[:length]))
            likelihoods.append(float(chosen[row, : length + 1].mean()))
        return texts, likelihoods

    def attention(
        self, states: torch.Tensor, prompt: Sequence[int], text: Sequence[int]
    ) -> np.ndarray:
        """Return the attention of the heads that time words, while a text is written.

        Returns
        -------
        numpy.ndarray
            ``(heads, 1 + tokens + 1, states)``: the first row belongs to what is before the text,
            the last one to its end.
        """
        tokens = [*prompt, *text, self.tokens.end]
        found = self.model(
            encoder_outputs=BaseModelOutput(states),
            decoder_input_ids=torch.tensor([tokens], device=self.device),
            output_attentions=True,
            use_cache=False,
        ).cross_attentions
        # Each token is written upon the one before it.
        rows = slice(len(prompt) - 2, len(tokens) - 1)
        chosen = [found[layer][0, head, rows] for layer, head in self.heads]
        return torch.stack(chosen).float().cpu().numpy()


def _load(folder: Path, where: str) -> WhisperForConditionalGeneration:
    """Load a model whose encoder is taken away: ours gives the states, in any window."""
    try:
        model = WhisperForConditionalGeneration.from_pretrained(
            folder, attn_implementation="eager", dtype=torch.float32, local_files_only=True
        )
    except (OSError, ValueError, RuntimeError) as error:
        raise SentemoError(f"{where}: Transformers cannot load its decoder: {error}") from error
    del model.model.encoder
    return model.eval()


def _checked(
    named: Sequence[Sequence[int]], layers: int, heads: int, where: str
) -> list[tuple[int, int]]:
    """Return the heads that a model names, which it must have."""
    for head in named:
        if len(head) != 2 or not (0 <= head[0] < layers and 0 <= head[1] < heads):
            raise SentemoError(
                f"{where}: alignment_heads names {list(head)}, and the decoder has {layers} layers "
                f"of {heads} heads. Remove the entry, or get the model again."
            )
    return [(layer, head) for layer, head in named]


def is_repetitive(text: str) -> bool:
    """Tell whether a text is a decoder's loop: such a text can be packed too well."""
    packed = text.encode()
    return bool(packed) and len(packed) / len(zlib.compress(packed)) > REPETITIVE
