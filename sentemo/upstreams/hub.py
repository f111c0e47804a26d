"""Upstreams by name: models of the Hugging Face Hub, or tags of ESPnet's model zoo.

On the Hub, a repository of Transformers has a ``config.json``, and a packed model, of ours or of
ESPnet, a ``meta.yaml``. Of the former, nothing but descriptions, weights and a tokenizer is
downloaded.
"""

from collections.abc import Collection, Sequence
from pathlib import Path

from sentemo.core.errors import SentemoError
from sentemo.core.hub import UnreachableError, download, may_be_published, whole_if_packed
from sentemo.core.packed import META, fetch
from sentemo.upstreams.huggingface import EXTRACTOR, PROCESSOR
from sentemo.upstreams.saved import CONFIG, INDEX, WEIGHTS
from sentemo.upstreams.whisper import GENERATION, TOKENIZER


def fetch_published(name: str, where: str) -> Path:
    """Download a model of Transformers or a packed one, once.

    Parameters
    ----------
    name
        A name on the Hub, perhaps with ``@revision``, or a tag of ESPnet's model zoo.
    where
        The model as the user named it, for messages.

    Raises
    ------
    SentemoError
        When it can be no name, or cannot be fetched.
    """
    if not may_be_published(name):
        return fetch(name, where)
    try:
        return download(name, where, (META, CONFIG), _wanted) or fetch(name, where)
    except UnreachableError as silent:
        try:
            return fetch(name, where)  # ESPnet's downloader has a cache of its own
        except SentemoError:
            raise silent from None


def _wanted(there: Collection[str]) -> Sequence[str]:
    """Choose all files of a packed model; of Transformers, descriptions and weights in one format.

    A repository that is neither is left alone.
    """
    if packed := whole_if_packed(there):
        return packed
    if CONFIG not in there:
        return ()
    weights = next((name for name in WEIGHTS if name in there), "")
    stem, _, kind = weights.removesuffix(INDEX).rpartition(".")
    shards = [f"{stem}-*.{kind}"] if weights.endswith(INDEX) else []
    return [CONFIG, EXTRACTOR, PROCESSOR, TOKENIZER, GENERATION, weights, *shards]
