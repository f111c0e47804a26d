"""Training step, evaluation and error rates that the recognisers share."""

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from espnet2.torch_utils.device_funcs import force_gatherable

from sentemo.data.tokens import text_of
from sentemo.models.encoding import EncodingMixin
from sentemo.scoring.transcripts import error_counts


class RecognitionMixin(EncodingMixin):
    """Adds the interface of `SentemoTrainer` to ASR models, with error rates over whole sets.

    ESPnet's own ``cer_ctc`` and ``cer_transducer`` drop spaces and average over batches.
    """

    token_list: list[str]

    def batch_losses(
        self,
        states: torch.Tensor,
        lengths: torch.Tensor,
        text: torch.Tensor,
        text_lengths: torch.Tensor,
        **targets: torch.Tensor,
    ) -> dict[str, torch.Tensor]:
        """Return the loss of a batch as ``loss``, and its terms if there are several.

        Parameters
        ----------
        states, lengths
            Result of `encode`.
        text, text_lengths
            See `forward`.
        targets
            Further targets of the model.
        """
        raise NotImplementedError

    def utterance_records(
        self,
        states: torch.Tensor,
        lengths: torch.Tensor,
        text: torch.Tensor,
        text_lengths: torch.Tensor,
        **targets: torch.Tensor,
    ) -> list[dict[str, Any]]:
        """Return loss, reference and hypothesis of each utterance; see `batch_losses`."""
        raise NotImplementedError

    def forward(
        self,
        speech: torch.Tensor,
        speech_lengths: torch.Tensor,
        text: torch.Tensor,
        text_lengths: torch.Tensor,
        utt_id: list[str] | None = None,
        **targets: torch.Tensor,
    ) -> tuple[torch.Tensor, dict[str, torch.Tensor], torch.Tensor]:
        """Return a batch's loss, its parts for the log, and the batch's size.

        Parameters
        ----------
        speech, speech_lengths
            See `EncodingMixin.encode`.
        text, text_lengths
            Token ids ``(batch, tokens)``, padded with -1, and their numbers ``(batch,)``.
        targets
            Further targets of the model.
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
        **targets: torch.Tensor,
    ) -> dict[str, dict[str, Any]]:
        """Return the records of a batch by utterance id; see `utterance_records`."""
        states, lengths = self.encode(speech, speech_lengths)
        records = self.utterance_records(states, lengths, text, text_lengths, **targets)
        return dict(zip(utt_id, records, strict=True))

    def to_text(self, ids: Sequence[int]) -> str:
        """Return the text that these tokens spell, without removing blanks or repeats."""
        return text_of([self.token_list[number] for number in ids])

    @staticmethod
    def set_metrics(records: Mapping[str, Mapping[str, Any]]) -> dict[str, float]:
        """Return mean loss, character error rate and word error rate of a set.

        A space is a character.
        """
        references = [record["reference"] for record in records.values()]
        hypotheses = [record["hypothesis"] for record in records.values()]
        counts = error_counts(references, hypotheses)
        return {
            "loss": sum(record["loss"] for record in records.values()) / len(records),
            **{name: errors / units for name, (errors, units) in counts.items()},
        }
