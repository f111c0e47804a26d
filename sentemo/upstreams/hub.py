"""Models of Hugging Face Transformers on the Hub.

A repository of Transformers has a ``config.json``. One of ESPnet has a ``meta.yaml`` and is left to
ESPnet's own downloader. Nothing but descriptions and weights is downloaded. They are kept in the
Hub's own cache, where other programs may have put the model already.
"""

import re
from collections.abc import Collection
from importlib.util import find_spec
from pathlib import Path

from sentemo.core.errors import SentemoError
from sentemo.core.packed import META, fetch
from sentemo.upstreams.huggingface import EXTRACTOR, PROCESSOR
from sentemo.upstreams.saved import CONFIG, INDEX, WEIGHTS

# user/model@revision; the Hub allows neither a path such as ./model nor one such as ../model.
NAME = re.compile(r"\w[\w.-]*(/\w[\w.-]*)?(@[\w./-]+)?")

SECONDS = 10.0  # until the Hub must have answered


def fetch_published(name: str, where: str) -> Path:
    """Download a model of Transformers or of ESPnet, once.

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
    if not NAME.fullmatch(name) or ".." in name or find_spec("huggingface_hub") is None:
        return fetch(name, where)
    try:
        return _fetch_saved(name, where) or fetch(name, where)
    except _Unreachable as silent:
        try:
            return fetch(name, where)  # ESPnet's downloader has a cache of its own
        except SentemoError as error:
            raise SentemoError(
                f"{where}: no such file or folder, and the Hugging Face Hub does not answer "
                f"({silent}). Without a network, give a directory or an archive that was "
                "downloaded before."
            ) from error


class _Unreachable(Exception):
    """The Hub does not answer, and its cache does not have the model."""


def _fetch_saved(name: str, where: str) -> Path | None:
    """Download a model of Transformers; None where the Hub has none by this name."""
    from huggingface_hub import HfApi, snapshot_download
    from huggingface_hub.errors import HTTPError, RepositoryNotFoundError, RevisionNotFoundError

    repository, _, revision = name.partition("@")
    try:
        info = HfApi().model_info(repository, revision=revision or None, timeout=SECONDS)
    except (RepositoryNotFoundError, RevisionNotFoundError):
        return None
    except (HTTPError, OSError) as error:
        return _fetched_before(repository, revision, str(error))
    there = [file.rfilename for file in info.siblings or ()]
    if META in there or CONFIG not in there:
        return None
    try:
        files = _wanted(there)
        return Path(snapshot_download(repository, revision=revision or None, allow_patterns=files))
    except (HTTPError, OSError) as error:
        raise SentemoError(f"{where}: cannot be downloaded from the Hub ({error}).") from error


def _wanted(there: Collection[str]) -> list[str]:
    """Choose among the files of a repository: descriptions, and weights in one format."""
    weights = next((name for name in WEIGHTS if name in there), "")
    stem, _, kind = weights.removesuffix(INDEX).rpartition(".")
    shards = [f"{stem}-*.{kind}"] if weights.endswith(INDEX) else []
    return [CONFIG, EXTRACTOR, PROCESSOR, weights, *shards]


def _fetched_before(repository: str, revision: str, reason: str) -> Path:
    from huggingface_hub import try_to_load_from_cache

    found = try_to_load_from_cache(repository, CONFIG, revision=revision or None)
    if not isinstance(found, str):
        raise _Unreachable(reason)
    return Path(found).parent
