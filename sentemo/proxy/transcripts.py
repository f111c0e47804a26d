"""Proxy labels of a table of transcripts (SA2SR, section 3.2)."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sentemo.core.files import write_json
from sentemo.core.markers import Marker
from sentemo.data.sentiment import SENTIMENT_JSON, SENTIMENT_TABLE, SENTIMENTS, write_sentiment
from sentemo.data.texts import mostly_not_latin, read_text_table
from sentemo.launch.records import LOG_DIR
from sentemo.launch.resources import Resources
from sentemo.proxy.classifier import Classifier, ModelUnavailable
from sentemo.proxy.labelling import Backend, Score, label_texts
from sentemo.proxy.vader import Vader

# RoBERTa trained on sentiment in Twitter, as in SA2SR, whose paper names no checkpoint.
DEFAULT_MODEL = "cardiffnlp/twitter-roberta-base-sentiment-latest"
BACKENDS = ("auto", "transformers", "vader")


@dataclass(frozen=True)
class Labeller:
    """Choice of the model that labels transcripts.

    Attributes
    ----------
    backend
        One of `BACKENDS`. ``auto`` is transformers, or vader where no model is given and the
        default model cannot be loaded.
    model
        Sequence classifier, a directory or a name on the Hugging Face Hub; None is
        `DEFAULT_MODEL`.
    label_order
        Sentiments of the model's classes, where its configuration does not name them.
    half
        Whether to use half precision, on the GPU.
    """

    backend: str = "auto"
    model: str | None = None
    label_order: tuple[str, ...] | None = None
    half: bool = False

    def load(self, ngpu: int) -> tuple[Backend, str]:
        """Return the loaded backend, and a note for the results: which it is, and why.

        Raises
        ------
        ModelUnavailable
            When the model that was asked for cannot be loaded.
        """
        if self.backend == "vader":
            return Vader(), "VADER"
        model = self.model or DEFAULT_MODEL
        try:
            return Classifier(model, self.label_order, ngpu, self.half), model
        except ModelUnavailable as error:
            if self.backend == "transformers" or self.model:  # a typing error must not go unnoticed
                raise
            return Vader(), f"VADER, for want of the model. {error}"

    def marker(self, text: Path, dest: Path) -> Marker:
        """Return the done-marker of the labels of `text` in `dest`."""
        folder = Path(self.model) if self.model and Path(self.model).is_dir() else None
        options = {
            "backend": self.backend,
            "model": None if folder else self.model,
            "label_order": self.label_order,
            "half": self.half,
        }
        inputs = [text, folder] if folder else [text]
        return Marker(dest / ".done.text_sentiment.json", inputs, options, dest / SENTIMENT_TABLE)


def label_transcripts(text: Path, dest: Path, labeller: Labeller, resources: Resources) -> None:
    """Label the sentiment of every transcript, unless that is done already.

    Parameters
    ----------
    text
        Table of transcripts.
    dest
        Folder that receives the labels, their probabilities, and what they come from.

    Raises
    ------
    SentemoError
        When the table is wrong, or the model is not there.
    """
    marker = labeller.marker(text, dest)
    if marker.is_current():
        print(f"{dest}: up to date")
        return
    texts = read_text_table(text)
    backend, note = labeller.load(resources.ngpu)
    print(f"{dest}: {len(texts)} transcripts, {note}", flush=True)
    kept = dest / ".text_sentiment.partial"
    workers = resources.training_workers(dest / LOG_DIR, "text_sentiment", in_turn=True)
    scores = label_texts(texts, backend, kept, workers)
    marker.path.unlink(missing_ok=True)  # it must not vouch for half of what replaces its output
    labels = write_sentiment(dest, {utt: score[:3] for utt, score in scores.items()})
    summary = {**backend.description, "note": note, **_summary(texts, scores, labels)}
    write_json(dest / SENTIMENT_JSON, summary)
    marker.write()
    kept.unlink()
    print(f"{dest}: {', '.join(f'{n} {name}' for name, n in summary['counts'].items())}")


def _summary(
    texts: Mapping[str, str], scores: Mapping[str, Score], labels: Mapping[str, str]
) -> dict[str, Any]:
    """Count the labels, and count and name the utterances whose labels are none or doubtful."""
    by_label = Counter(labels.values())
    named = {
        "empty": sorted(utt for utt, text in texts.items() if not text),
        "truncated": sorted(utt for utt, score in scores.items() if score.truncated),
        "not_latin": sorted(utt for utt, text in texts.items() if mostly_not_latin(text)),
    }
    counts = {sentiment: by_label[sentiment] for sentiment in SENTIMENTS}
    counts |= {reason: len(utterances) for reason, utterances in named.items()}
    return {"utterances": len(texts), "counts": counts, **named}
