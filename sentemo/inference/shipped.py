"""The models that the package ships: a head each, upon the built-in upstream."""

from dataclasses import dataclass
from pathlib import Path

from sentemo.core.packed import META
from sentemo.inference.description import DESCRIPTION, Description

FOLDER = Path(__file__).parent / "models"
DEFAULT = "open"  # the model of commands that name none


@dataclass(frozen=True)
class ShippedModel:
    """A model of the package, which is called by its name alone."""

    name: str
    description: Description


def shipped_folder(name: str) -> Path | None:
    """Return the folder of the shipped model of this name; None where there is none."""
    folder = FOLDER / name
    is_name = folder.parent == FOLDER and Path(name).name == name
    return folder if is_name and (folder / META).is_file() else None


def shipped_models() -> list[ShippedModel]:
    """Return all shipped models, the default first."""
    names = sorted(path.parent.name for path in FOLDER.glob(f"*/{META}"))
    names.sort(key=lambda name: name != DEFAULT)
    return [ShippedModel(name, Description.read(FOLDER / name / DESCRIPTION)) for name in names]
