"""Upload of a packed model to the Hugging Face Hub, into a repository of its own."""

from dataclasses import dataclass
from pathlib import Path

from huggingface_hub import HfApi, get_token
from huggingface_hub.errors import HfHubHTTPError, HFValidationError, HTTPError
from huggingface_hub.utils import validate_repo_id

from sentemo.core.errors import SentemoError
from sentemo.core.packed import PackedModel, existing
from sentemo.inference.description import DESCRIPTION

CARD = "README.md"
OF_THE_HUB = {".gitattributes"}  # files that the Hub puts into an empty repository
CONFLICT = 409


@dataclass(frozen=True)
class Upload:
    """The files of a packed model, to be uploaded as they are in the archive.

    Parameters
    ----------
    model
        Path of a ``model.zip``.
    repo
        Name of the repository, ``user/name``.

    Raises
    ------
    SentemoError
        When the archive is no packed model with a card, or the Hub does not allow the name.
    """

    model: Path
    repo: str

    def __post_init__(self) -> None:
        try:
            validate_repo_id(self.repo)
        except HFValidationError as error:
            raise SentemoError(f"{self.repo!r} is no name for a repository: {error}") from error
        if "/" not in self.repo:
            raise SentemoError(f"{self.repo!r} does not say whose: give user/{self.repo}.")
        for name in (DESCRIPTION, CARD):
            existing(self.folder / name, str(self.model))

    @property
    def folder(self) -> Path:
        """Folder into which the archive was unpacked."""
        return PackedModel.of_archive(self.model, str(self.model)).folder

    def files(self) -> dict[str, int]:
        """Return the size of each file in bytes, by its name."""
        found = sorted(path for path in self.folder.rglob("*") if path.is_file())
        return {str(path.relative_to(self.folder)): path.stat().st_size for path in found}

    def card(self) -> str:
        """Return the model card."""
        return (self.folder / CARD).read_text(encoding="utf-8")

    def send(self) -> str:
        """Make the repository, fill it with one commit, and return its address.

        A repository that an interrupted upload left empty is filled.

        Raises
        ------
        SentemoError
            When no token is set, the repository has files already, or the Hub refuses or cannot
            be reached.
        """
        if get_token() is None:
            raise SentemoError(
                "no token of the Hugging Face Hub. Make one that may write at "
                "https://huggingface.co/settings/tokens, then: hf auth login, or set HF_TOKEN."
            )
        hub = HfApi()
        try:
            self._make_repository(hub)
            commit = hub.upload_folder(
                repo_id=self.repo, folder_path=self.folder, commit_message="A packed model"
            )
        except (HTTPError, OSError) as error:  # the Hub refused, or was not reached
            reason = str(error).strip().splitlines()[0]
            raise SentemoError(f"{self.repo} was not uploaded: {reason}") from error
        return commit.repo_url.url

    def _make_repository(self, hub: HfApi) -> None:
        try:
            hub.create_repo(self.repo)
        except HfHubHTTPError as error:
            if error.response.status_code != CONFLICT:
                raise
            files = set(hub.list_repo_files(self.repo)) - OF_THE_HUB
            if files:
                raise SentemoError(
                    f"{self.repo} is taken: it has {len(files)} files, such as {min(files)}. "
                    "Choose another name, or delete it on the Hub first."
                ) from error
