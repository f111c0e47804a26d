"""Text classifiers of Hugging Face Transformers, as SA2SR uses them (section 4)."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sentemo.core.errors import SentemoError
from sentemo.core.extras import install
from sentemo.core.files import fingerprint
from sentemo.data.sentiment import SENTIMENTS
from sentemo.proxy.labelling import Score

if TYPE_CHECKING:
    import transformers

TEXTS_PER_BATCH = 64


class ModelUnavailable(SentemoError):
    """The model cannot be loaded here; another backend may be used."""


class Classifier:
    """Sentiment from a sequence classifier with three classes.

    A classifier that travels to another process loads its model again there.

    Parameters
    ----------
    model
        Directory written by ``save_pretrained``, or name on the Hugging Face Hub.
    label_order
        Sentiments in the order of the model's classes, where its config does not name them.
    ngpu
        1 runs on the GPU, 0 on the CPU.
    half
        Whether to compute in half precision.

    Raises
    ------
    ModelUnavailable
        When Transformers is not installed, or the model cannot be loaded.
    SentemoError
        When the model has no trained classifier, or its classes are not the three sentiments.
    """

    def __init__(
        self,
        model: str,
        label_order: Sequence[str] | None = None,
        ngpu: int = 0,
        half: bool = False,
    ) -> None:
        self._name, self._ngpu, self._half = model, ngpu, half
        untrained = self._load()
        if untrained:
            raise SentemoError(
                f"{model}: has no weights for {', '.join(sorted(untrained))}, so it is no trained "
                "classifier; give --model one that was fine-tuned on sentiment."
            )
        order = class_order(model, self._model.config.id2label, label_order)
        self._columns = [order.index(sentiment) for sentiment in SENTIMENTS]
        self.description = {
            "backend": "transformers",
            "model": model,
            "revision": _revision(model),
            "classes": list(order),
            "max_tokens": self._tokenizer.model_max_length,
            "half": half,
            "versions": _versions(),
        }

    def _load(self) -> set[str]:
        """Load tokenizer and model, and return the names of parameters without trained values."""
        import torch

        dtype = torch.float16 if self._half else torch.float32
        self._tokenizer, self._model, untrained = _load(self._name, dtype)
        self._tokenizer.model_max_length = _max_tokens(self._model, self._tokenizer)
        return untrained

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_tokenizer": None, "_model": None}

    def score(self, texts: Sequence[str]) -> list[Score]:
        """Score texts; of a text with more tokens than the model reads, the beginning counts."""
        if self._model is None:
            self._load()
        self._model.to("cuda" if self._ngpu else "cpu")
        scores: list[Score] = []
        for first in range(0, len(texts), TEXTS_PER_BATCH):
            scores += self._score_batch(list(texts[first : first + TEXTS_PER_BATCH]))
        return scores

    def _score_batch(self, texts: list[str]) -> list[Score]:
        import torch

        lengths = [len(ids) for ids in self._tokenizer(texts, verbose=False)["input_ids"]]
        batch = self._tokenizer(texts, padding=True, truncation=True, return_tensors="pt")
        with torch.inference_mode():
            logits = self._model(**batch.to(self._model.device)).logits
        rows = logits.float().softmax(dim=-1)[:, self._columns].tolist()
        return [
            Score(negative, neutral, positive, length > self._tokenizer.model_max_length)
            for (negative, neutral, positive), length in zip(rows, lengths, strict=True)
        ]


def class_order(
    model: str, names: dict[int, str], label_order: Sequence[str] | None
) -> tuple[str, ...]:
    """Return the sentiments in the order of a model's classes, as its config names them.

    Raises
    ------
    SentemoError
        When the config does not name them and `label_order` is missing, or contradicts the config.
    """
    named = tuple(names[index].lower() for index in sorted(names))
    listed = ", ".join(names[index] for index in sorted(names))
    if len(named) != len(SENTIMENTS):
        raise SentemoError(
            f"{model}: its classes are {listed}; give --model one that tells "
            f"{', '.join(SENTIMENTS)} apart."
        )
    if set(named) != set(SENTIMENTS):
        if label_order is None:
            raise SentemoError(
                f"{model}: its config calls the classes {listed}. See its model card for what they "
                f"are, and say so, in their order: --label_order {','.join(SENTIMENTS)}"
            )
        return tuple(label_order)
    if label_order is not None and tuple(label_order) != named:
        raise SentemoError(
            f"--label_order {','.join(label_order)}: but the config of {model} calls the classes "
            f"{listed}; leave the option out."
        )
    return named


def _load(model: str, dtype: Any) -> tuple[Any, Any, set[str]]:
    """Return tokenizer, model, and the names of parameters without trained values."""
    try:
        from safetensors import SafetensorError
        from transformers import AutoModelForSequenceClassification, AutoTokenizer
    except ImportError:
        raise ModelUnavailable(
            f"{model}: needs Hugging Face Transformers: {install('proxy')}"
        ) from None
    try:
        tokenizer = AutoTokenizer.from_pretrained(model)
        network, loading = AutoModelForSequenceClassification.from_pretrained(
            model, dtype=dtype, output_loading_info=True
        )
    except (OSError, ValueError, RuntimeError, SafetensorError) as error:
        raise ModelUnavailable(
            f"--model {model}: cannot be loaded ({str(error).splitlines()[0]}). Give a directory "
            "written by save_pretrained, or a name on the Hugging Face Hub and a network."
        ) from error
    return tokenizer, network, set(loading["missing_keys"])


def _max_tokens(
    model: "transformers.PreTrainedModel", tokenizer: "transformers.PreTrainedTokenizerBase"
) -> int:
    """Return how many tokens the model has positions for; some tokenizers do not know it."""
    positions = getattr(model.config, "max_position_embeddings", None)
    if not positions:
        return tokenizer.model_max_length
    embedding = getattr(getattr(model.base_model, "embeddings", None), "position_embeddings", None)
    padding = getattr(embedding, "padding_idx", None)
    # RoBERTa and its like count positions from behind the padding index.
    usable = positions if padding is None else positions - padding - 1
    return min(tokenizer.model_max_length, usable)


def _revision(model: str) -> str:
    """Identify the weights: a directory's fingerprint, or the commit on the Hub."""
    from transformers.utils import cached_file

    if Path(model).is_dir():
        return fingerprint(Path(model))
    config = str(cached_file(model, "config.json"))  # …/snapshots/<commit>/config.json
    return Path(config).parent.name


def _versions() -> dict[str, str]:
    import torch
    import transformers

    return {"transformers": transformers.__version__, "torch": torch.__version__}
