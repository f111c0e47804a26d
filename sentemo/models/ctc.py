"""CTC on ESPnet's ASR model, with error rates over the whole validation set."""

from collections.abc import Iterable, Sequence
from itertools import groupby, pairwise
from typing import Any

import torch
from espnet.nets.beam_search_timesync import BeamSearchTimeSync
from espnet2.asr.ctc import CTC
from espnet2.asr.espnet_model import ESPnetASRModel

from sentemo.data.tokens import LAST_TOKENS
from sentemo.models.recognition import RecognitionMixin

# Number of a frame's likeliest tokens that extend hypotheses, per beam: ESPnet's default.
CANDIDATES_PER_BEAM = 1.5


class CTCModel(RecognitionMixin, ESPnetASRModel):
    """ESPnet's ASR model as pure CTC; `espnet2.bin.asr_inference --ctc_weight 1.0` decodes it.

    It differs from its parent in SpecAugment after normalisation, and in the validation metrics.
    """

    ctc: CTC

    def __init__(self, ctc_weight: float = 1.0, **kwargs: Any) -> None:
        if ctc_weight != 1.0:
            raise ValueError(f"model 'ctc' has no other branch: ctc_weight {ctc_weight} must be 1")
        super().__init__(ctc_weight=ctc_weight, report_cer=False, report_wer=False, **kwargs)

    def batch_losses(
        self,
        states: torch.Tensor,
        lengths: torch.Tensor,
        text: torch.Tensor,
        text_lengths: torch.Tensor,
        **targets: torch.Tensor,
    ) -> dict[str, torch.Tensor]:
        """Return the CTC loss, summed over an utterance, mean over the batch."""
        return {"loss": self.ctc(states.float(), lengths, text, text_lengths)}

    def utterance_records(
        self,
        states: torch.Tensor,
        lengths: torch.Tensor,
        text: torch.Tensor,
        text_lengths: torch.Tensor,
        **targets: torch.Tensor,
    ) -> list[dict[str, Any]]:
        """Return loss, reference and greedy hypothesis of each utterance.

        The loss of an utterance that is too short for its text is 0; its errors count.
        """
        log_probs = self.ctc.log_softmax(states).float()
        losses = torch.nn.functional.ctc_loss(
            log_probs.transpose(0, 1),
            text.clamp(min=0),
            lengths,
            text_lengths,
            self.blank_id,
            "none",
            zero_infinity=True,
        )
        hypotheses = self._greedy_search(log_probs, lengths)
        return [
            {
                "loss": losses[row].item(),
                "reference": self.to_text(text[row, : text_lengths[row]].tolist()),
                "hypothesis": hypothesis,
            }
            for row, hypothesis in enumerate(hypotheses)
        ]

    @torch.no_grad()
    def decode_batch(
        self, speech: torch.Tensor, speech_lengths: torch.Tensor, beam_size: int = 1
    ) -> list[str]:
        """Transcribe a batch: greedily, or by prefix beam search (Hannun et al. 2014).

        Parameters
        ----------
        speech, speech_lengths
            See `EncodingMixin.encode`.
        beam_size
            Number of prefixes that are followed at a time; 1 takes the best token of each frame.
        """
        states, lengths = self.encode(speech, speech_lengths)
        if beam_size == 1:
            return self._greedy_search(self.ctc.log_softmax(states), lengths)
        search = self._beam_search(beam_size)
        best = [search(state[:length])[0] for state, length in zip(states, lengths, strict=True)]
        # The search puts <sos/eos> before and after the tokens.
        return [self.to_text(self._spoken(found.yseq[1:-1].tolist())) for found in best]

    @staticmethod
    def min_encoder_frames(tokens: Sequence[int]) -> int:
        """Return how many states a text needs: one for each token, and one between two equals."""
        return len(tokens) + sum(one == other for one, other in pairwise(tokens))

    def _greedy_search(self, scores: torch.Tensor, lengths: torch.Tensor) -> list[str]:
        """Return the text of each row of scores ``(batch, states, tokens)``."""
        paths = scores.argmax(dim=-1).tolist()
        return [
            self.to_text(self._collapse(path[:length]))
            for path, length in zip(paths, lengths.tolist(), strict=True)
        ]

    def _collapse(self, path: list[int]) -> list[int]:
        return self._spoken(token for token, _ in groupby(path))

    def _spoken(self, path: Iterable[int]) -> list[int]:
        """Leave the blank out, and the end of a sentence, which a transcript has no more."""
        silent = (self.token_list[self.blank_id], *LAST_TOKENS)
        return [token for token in path if self.token_list[token] not in silent]

    def _beam_search(self, beam_size: int) -> BeamSearchTimeSync:
        return BeamSearchTimeSync(
            sos=self.sos,
            beam_size=beam_size,
            scorers={"ctc": self.ctc, "decoder": None},
            weights={"ctc": 1.0, "decoder": 0.0, "lm": 0.0, "length_bonus": 0.0},
            token_list=self.token_list,
            # The search fails with more candidates than tokens.
            pre_beam_ratio=min(CANDIDATES_PER_BEAM, len(self.token_list) / beam_size),
            blank=self.blank_id,
        )
