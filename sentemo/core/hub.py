"""Repositories of the Hugging Face Hub, downloaded once into the Hub's own cache.

Other programs may have put a model there already. This needs huggingface_hub and nothing else.
"""

import re
from collections.abc import Callable, Collection, Sequence
from importlib.util import find_spec
from pathlib import Path

from sentemo.core.errors import SentemoError
from sentemo.core.packed import META

# user/model@revision; the Hub allows neither a path such as ./model nor one such as ../model.
NAME = re.compile(r"\w[\w.-]*(/\w[\w.-]*)?(@[\w./-]+)?")
SECONDS = 10.0  # until the Hub must have answered

# Chooses, among the names of all files of a repository, patterns of those to download, or none.
Choice = Callable[[Collection[str]], Sequence[str]]


class UnreachableError(SentemoError):
    """The Hub does not answer, and its cache does not have the model."""


def may_be_published(name: str) -> bool:
    """Tell whether this can be a name on the Hub, and the Hub can be asked."""
    return _is_name(name) and find_spec("huggingface_hub") is not None


def _is_name(name: str) -> bool:
    return bool(NAME.fullmatch(name)) and ".." not in name


def fetch_packed(name: str) -> Path:
    """Download a packed model of the Hub, once, and return its folder.

    Parameters
    ----------
    name
        A name on the Hub, ``user/model``, perhaps with ``@revision``.

    Raises
    ------
    SentemoError
        When it can be no such name, or cannot be fetched.
    """
    missing = f"{name}: no such file or folder"
    if name.partition("@")[0].count("/") != 1 or name.endswith(".zip") or not _is_name(name):
        raise SentemoError(f"{missing}.")
    if not may_be_published(name):
        raise SentemoError(
            f"{missing}. To fetch it from the Hugging Face Hub: pip install huggingface_hub"
        )
    found = download(name, name, (META,), whole_if_packed)
    if found is None:
        raise SentemoError(f"{missing}, and the Hugging Face Hub has no packed model of this name.")
    return found


def whole_if_packed(there: Collection[str]) -> Sequence[str]:
    """Choose all files of a packed model, of ours or of ESPnet; none of another repository."""
    return ("*",) if META in there else ()


def download(name: str, where: str, marks: Sequence[str], choose: Choice) -> Path | None:
    """Download some files of a repository, unless they are there.

    Parameters
    ----------
    name
        A name on the Hub, perhaps with ``@revision``.
    where
        The model as the user named it, for messages.
    marks
        Names of files one of which every such repository has; where the Hub does not answer, they
        show that it was downloaded before.

    Returns
    -------
    Path or None
        Folder of the files; None where the Hub has no such repository, or nothing of it is chosen.

    Raises
    ------
    UnreachableError
        When the Hub does not answer, and the repository was not downloaded before.
    SentemoError
        When the download fails.
    """
    from huggingface_hub import HfApi, snapshot_download
    from huggingface_hub.errors import HTTPError, RepositoryNotFoundError, RevisionNotFoundError

    repository, _, revision = name.partition("@")
    try:
        info = HfApi().model_info(repository, revision=revision or None, timeout=SECONDS)
    except (RepositoryNotFoundError, RevisionNotFoundError):
        return None
    except (HTTPError, OSError) as error:
        if before := _downloaded_before(repository, revision, marks):
            return before
        raise UnreachableError(
            f"{where}: no such file or folder, and the Hugging Face Hub does not answer "
            f"({error}). Without a network, give a directory or an archive that was downloaded "
            "before."
        ) from error
    wanted = choose([file.rfilename for file in info.siblings or ()])
    if not wanted:
        return None
    try:
        return Path(
            snapshot_download(repository, revision=revision or None, allow_patterns=[*wanted])
        )
    except (HTTPError, OSError) as error:
        raise SentemoError(f"{where}: cannot be downloaded from the Hub ({error}).") from error


def _downloaded_before(repository: str, revision: str, marks: Sequence[str]) -> Path | None:
    from huggingface_hub import try_to_load_from_cache

    for mark in marks:
        found = try_to_load_from_cache(repository, mark, revision=revision or None)
        if isinstance(found, str):
            return Path(found).parent
    return None
