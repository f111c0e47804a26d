"""Character CTC on ESPnet's ASR model, with error rates over the whole validation set."""

from collections.abc import Mapping
from itertools import groupby
from typing import Any

import torch
from espnet2.asr.espnet_model import ESPnetASRModel

from sentemo.metrics import error_rate
from sentemo.models.encoding import EncodingMixin


class CTCModel(EncodingMixin, ESPnetASRModel):
    """ESPnet's ASR model as pure CTC; `espnet2.bin.asr_inference --ctc_weight 1.0` decodes it.

    Differs from its parent in SpecAugment after normalisation, and in the validation metrics:
    ESPnet's ``cer_ctc`` drops spaces and averages over batches.
    """

    def __init__(self, ctc_weight: float = 1.0, **kwargs: Any) -> None:
        if ctc_weight != 1.0:
            raise ValueError(f"model 'ctc' has no other branch: ctc_weight {ctc_weight} must be 1")
        super().__init__(ctc_weight=ctc_weight, report_cer=False, report_wer=False, **kwargs)

    def forward(
        self,
        speech: torch.Tensor,
        speech_lengths: torch.Tensor,
        text: torch.Tensor,
        text_lengths: torch.Tensor,
        utt_id: list[str] | None = None,
        **kwargs: Any,
    ) -> tuple[torch.Tensor, dict[str, torch.Tensor], torch.Tensor]:
        """CTC loss: summed per utterance, mean over the batch.

        Parameters
        ----------
        speech, speech_lengths
            See `EncodingMixin.encode`.
        text, text_lengths
            Token ids ``(batch, tokens)`` and their numbers ``(batch,)``.
        """
        states, lengths = self.encode(speech, speech_lengths, utt_id)
        loss = self.ctc(states, lengths, text, text_lengths)
        return loss, {"loss": loss.detach()}, loss.new_tensor(len(speech))

    @torch.no_grad()
    def evaluate_batch(
        self,
        speech: torch.Tensor,
        speech_lengths: torch.Tensor,
        text: torch.Tensor,
        text_lengths: torch.Tensor,
        utt_id: list[str],
        **kwargs: Any,
    ) -> dict[str, dict[str, Any]]:
        """Loss, reference and greedy hypothesis of each utterance, by its id."""
        states, lengths = self.encode(speech, speech_lengths)
        log_probs = self.ctc.log_softmax(states).float()
        losses = torch.nn.functional.ctc_loss(
            log_probs.transpose(0, 1),
            text.clamp(min=0),
            lengths,
            text_lengths,
            self.blank_id,
            "none",
        )
        best = log_probs.argmax(dim=-1)
        return {
            name: {
                "loss": losses[row].item(),
                "reference": self._to_text(text[row, : text_lengths[row]].tolist()),
                "hypothesis": self._to_text(self._collapse(best[row, : lengths[row]].tolist())),
            }
            for row, name in enumerate(utt_id)
        }

    @staticmethod
    def set_metrics(records: Mapping[str, dict[str, Any]]) -> dict[str, float]:
        """Loss, character and word error rate over a whole set."""
        references = [record["reference"] for record in records.values()]
        hypotheses = [record["hypothesis"] for record in records.values()]
        errors, characters = error_rate(references, hypotheses)
        word_errors, words = error_rate(
            [text.split() for text in references], [text.split() for text in hypotheses]
        )
        return {
            "loss": sum(record["loss"] for record in records.values()) / len(records),
            "cer": errors / characters,
            "wer": word_errors / words,
        }

    def _collapse(self, path: list[int]) -> list[int]:
        return [token for token, _ in groupby(path) if token != self.blank_id]

    def _to_text(self, tokens: list[int]) -> str:
        return "".join(self.token_list[t] for t in tokens).replace("<space>", " ")
