"""The heading of a report: corpus, upstream and decoder, and what limits the result."""

from dataclasses import dataclass

from sentemo.data.caveats import caveats
from sentemo.report.content import ReportContent

UPSTREAMS = {None: "no upstream", "built-in": "built-in upstream"}
# By the names that configurations have for them; other decoders are called as there.
DECODERS = {
    "rnn_attention": "attention decoder",
    "mlp_pooling": "pooling decoder",
    "statistics_pooling": "linear probe",
    "emotion_regressor": "regression decoder",
}


@dataclass(frozen=True)
class Heading:
    """The head of a page stands above the results.

    Attributes
    ----------
    title
        Corpus, upstream and decoder.
    subject
        Protocol and counts.
    caveats
        Notes that limit what the result says, by heading.
    """

    title: str
    subject: str
    caveats: dict[str, list[str]]


def heading(content: ReportContent) -> Heading:
    """Return the heading; an experiment without a configuration, such as a baseline, is titled."""
    scores, counts = content.scores, content.scores["counts"]
    parts = [scores["title"]]
    if content.decoder is not None:
        upstream = UPSTREAMS.get(scores["asr_model"], scores["asr_model"])
        parts = [upstream, DECODERS.get(content.decoder, content.decoder)]
    of_speakers = f" of {counts['speakers']} speakers" if counts.get("speakers") else ""
    folds = f"{counts['folds']} fold{'s' * (counts['folds'] > 1)}"
    return Heading(
        " · ".join([scores["corpus"], *parts]),
        f"{scores['protocol']}. {counts['utterances']} test utterances{of_speakers}, {folds}.",
        caveats(scores["notes"]),
    )
