"""What the recognisers share: tokens to text, and error rates over the whole validation set."""

from collections.abc import Mapping, Sequence
from typing import Any

from sentemo.tokens import text_of
from sentemo.transcripts import error_counts


class RecognitionMixin:
    """For ASR models whose `evaluate_batch` gives loss, reference and hypothesis.

    ESPnet's own ``cer_ctc`` and ``cer_transducer`` drop spaces and average over batches.
    """

    token_list: list[str]

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
