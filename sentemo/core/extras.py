"""The extras of the package that bring what only some commands need; nothing is imported here."""

from importlib.util import find_spec

from sentemo.core.errors import SentemoError

MODULES = {"torch": "torch", "ESPnet": "espnet2"}  # by the names of their projects
TRAINING = "train"  # the extra with torch, ESPnet and all that recipes need


def install(extra: str) -> str:
    """Return the command that adds an extra to an installed sentemo."""
    return f'pip install "sentemo[{extra}]"'


def require_training(what: str) -> None:
    """Insist that torch and ESPnet are installed.

    Parameters
    ----------
    what
        What needs them, for the message.

    Raises
    ------
    SentemoError
        When one of them is missing.
    """
    missing = [name for name, module in MODULES.items() if find_spec(module) is None]
    if missing:
        raise SentemoError(
            f"{what} needs {' and '.join(missing)}: {install(TRAINING)}, or tools/install.sh in a "
            "clone of sentemo"
        )
