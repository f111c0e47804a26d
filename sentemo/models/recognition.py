"""What the recognisers share: a step, an evaluation, error rates over the whole validation set."""

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from espnet2.torch_utils.device_funcs import force_gatherable

from sentemo.data.tokens import text_of
from sentemo.scoring.transcripts import error_counts


class RecognitionMixin:
    """For ASR models with `encode`, `batch_losses` and `utterance_records`.

    ESPnet's own ``cer_ctc`` and ``cer_transducer`` drop spaces and average over batches.
    """

    token_list: list[str]

    def forward(
        self,
        speech: torch.Tensor,
        speech_lengths: torch.Tensor,
        text: torch.Tensor,
        text_lengths: torch.Tensor,
        utt_id: list[str] | None = None,
        **targets: Any,
    ) -> tuple[torch.Tensor, dict[str, torch.Tensor], torch.Tensor]:
        """Return a batch's loss, its parts for the log, and the batch's size.

        Parameters
        ----------
        speech, speech_lengths
            See `EncodingMixin.encode`.
        text, text_lengths
            Token ids ``(batch, tokens)``, padded with -1, and their numbers ``(batch,)``.
        targets
            What else the model learns.
        """
        states, lengths = self.encode(speech, speech_lengths, utt_id)
        losses = self.batch_losses(states, lengths, text, text_lengths, **targets)
        stats = {name: value.detach() for name, value in losses.items()}
        return force_gatherable((losses["loss"], stats, len(speech)), losses["loss"].device)

    @torch.no_grad()
    def evaluate_batch(
        self,
        speech: torch.Tensor,
        speech_lengths: torch.Tensor,
        text: torch.Tensor,
        text_lengths: torch.Tensor,
        utt_id: list[str],
        **targets: Any,
    ) -> dict[str, dict[str, Any]]:
        """Loss, reference and greedy hypothesis of each utterance, by its id."""
        states, lengths = self.encode(speech, speech_lengths)
        records = self.utterance_records(states, lengths, text, text_lengths, **targets)
        return dict(zip(utt_id, records, strict=True))

    def to_text(self, ids: Sequence[int]) -> str:
        """Return the text that these tokens spell; blanks and repeats are the caller's affair."""
        return text_of([self.token_list[number] for number in ids])

    @staticmethod
    def set_metrics(records: Mapping[str, Mapping[str, Any]]) -> dict[str, float]:
        """Loss, character error rate (a space is a character) and word error rate of a set."""
        references = [record["reference"] for record in records.values()]
        hypotheses = [record["hypothesis"] for record in records.values()]
        counts = error_counts(references, hypotheses)
        return {
            "loss": sum(record["loss"] for record in records.values()) / len(records),
            **{name: errors / units for name, (errors, units) in counts.items()},
        }
