"""Speech sentiment and emotion recognition on pre-trained end-to-end ASR features.

Importing this package is light: ESPnet and torch are imported by `sentemo.tasks`,
`sentemo.models` and their like, never from here.
"""

import os
from typing import TYPE_CHECKING, Any

from sentemo.core import imports
from sentemo.core.version import __version__ as __version__

if TYPE_CHECKING:
    from sentemo.inference import SpeechEmotion as SpeechEmotion

imports.install()  # before any module of ESPnet
# Before torch loads OpenMP: its threads sleep while they wait for each other. By default they spin,
# which on cores that others use too makes the training of a small model five times slower.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")


def __getattr__(name: str) -> Any:
    """Return the class that most users of the package want, imported when they ask for it."""
    if name != "SpeechEmotion":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from sentemo.inference import SpeechEmotion

    return SpeechEmotion
