"""Scores of speech recognition: CER and WER over a whole set."""

from typing import Any

from sentemo.core.errors import SentemoError
from sentemo.scoring.transcripts import Transcripts, error_counts


def score_transcripts(transcripts: Transcripts) -> dict[str, Any]:
    """Compute CER (a space is a character) and WER over a whole set, with their counts.

    Raises
    ------
    SentemoError
        When all references are empty, so that there is no rate.
    """
    utterances = sorted(transcripts.references)
    references = [transcripts.references[u] for u in utterances]
    hypotheses = [transcripts.hypotheses[u] for u in utterances]
    counted = error_counts(references, hypotheses)
    if counted["wer"][1] == 0:
        raise SentemoError(f"all {len(utterances)} references are empty: nothing to score")
    return {
        "decoding": transcripts.decoding,
        "counts": {"utterances": len(utterances), "hours": transcripts.hours},
        "test": {
            name: {"pooled": errors / units, "errors": errors, "units": units}
            for name, (errors, units) in counted.items()
        },
    }
