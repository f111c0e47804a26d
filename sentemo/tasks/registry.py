"""Classes under names of their own: ours in ESPnet's ASR task, and those of a user's plugin.

Importing `sentemo.tasks` adds ours to ESPnet's choices, in processes that ESPnet spawns as well:
ESPnet's own commands can then load our checkpoints.
"""

import sys
from collections.abc import Callable
from typing import TypeVar

from sentemo.core.errors import SentemoError
from sentemo.core.imports import after_import
from sentemo.tasks import choices as ours

ESPNET = "espnet2.tasks.asr"
CHOICES = {
    "frontend": ours.frontend_choices,
    "specaug": ours.specaug_choices,
    "normalize": ours.normalize_choices,
    "preencoder": ours.preencoder_choices,
    "encoder": ours.encoder_choices,
    "model": ours.asr_model_choices,
}
# Parts of a model of which a plugin may bring classes.
PLUGIN_CHOICES = {
    **{part: choices for part, choices in CHOICES.items() if part != "model"},
    "postencoder": ours.postencoder_choices,
    "decoder": ours.sentiment_decoder_choices,
    "text_encoder": ours.text_encoder_choices,
}
Class = TypeVar("Class", bound=type)


def register_class(part: str, name: str) -> Callable[[Class], Class]:
    """Register a class of your own, from a module that ``--plugin`` names.

    Parameters
    ----------
    part
        What it is: ``encoder``, ``decoder`` (of sentiment), or another key of `PLUGIN_CHOICES`.
    name
        Name in configurations, ``decoder: mean_max``; ``decoder_conf`` has its parameters.

    Raises
    ------
    SentemoError
        When there is no such part, the name is taken, or the class is not of that kind.

    Examples
    --------
    >>> @register_class("decoder", "mean_max")
    ... class MeanMaxDecoder(AbsSentimentDecoder): ...
    """
    if part not in PLUGIN_CHOICES:
        raise SentemoError(f"register_class: no part {part!r}: {', '.join(PLUGIN_CHOICES)}.")

    def add(found: Class) -> Class:
        PLUGIN_CHOICES[part].classes.add(name, found)
        register()
        return found

    return add


def register() -> None:
    """Add our classes to ESPnet's choices: now, if its ASR task is imported, else when it is."""
    after_import(ESPNET, _add)


def _add() -> None:
    theirs = vars(sys.modules[ESPNET])
    for choice, added in ours.OWN_CHOICES.items():
        classes = CHOICES[choice].classes
        for name in (*added, *classes.added):  # whose type `LazyClasses` checks
            theirs[f"{choice}_choices"].classes[name] = classes[name]
