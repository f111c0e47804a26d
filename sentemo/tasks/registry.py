"""Our classes under their own names among the choices of ESPnet's ASR task.

Importing `sentemo.tasks` sees to it, in processes that ESPnet spawns as well: ESPnet's own commands
can then load our checkpoints.
"""

import sys

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


def register() -> None:
    """Add our classes to ESPnet's choices: now, if its ASR task is imported, else when it is."""
    after_import(ESPNET, _add)


def _add() -> None:
    theirs = vars(sys.modules[ESPNET])
    for choice, added in ours.OWN_CHOICES.items():
        for name in added:  # whose type `LazyClasses` checks
            theirs[f"{choice}_choices"].classes[name] = CHOICES[choice].get_class(name)
