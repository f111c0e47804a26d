"""Copies of kept states with SpecAugment on the encoder's input, which epochs read in turn.

SpecAugment changes the input of a frozen encoder, so that the encoder would have to run in every
epoch, fold and seed. A few copies, kept once, take the place of that (Lu et al. 2020, section 3.1).
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sentemo.core.errors import SentemoError

KEYED = "keyed_specaug"  # its draws depend on the copy and on the utterance alone


@dataclass(frozen=True)
class SpecAugCopy:
    """One copy of the states of all utterances.

    Attributes
    ----------
    policy
        Arguments of `KeyedSpecAug`, as JSON.
    number
        Number of the copy, from 1; the draws depend on it as on an epoch.
    """

    policy: str
    number: int

    @property
    def digest(self) -> str:
        """Digest of the policy, for names of directories."""
        return hashlib.sha256(self.policy.encode()).hexdigest()[:8]


def specaug_copies(config: Mapping[str, Any]) -> list[SpecAugCopy]:
    """Return the copies that a training configuration asks for; none without SpecAugment.

    Raises
    ------
    SentemoError
        When the draws of its SpecAugment depend on the order of utterances.
    """
    number = config.get("specaug_copies") or 0
    if not config.get("specaug"):
        return []
    if number and config["specaug"] != KEYED:
        raise SentemoError(
            f"specaug_copies: {number} needs specaug: {KEYED}, and found is {config['specaug']}. "
            "Write specaug_copies: 0, or take the one whose draws depend on copy and utterance."
        )
    policy = json.dumps(config.get("specaug_conf") or {}, sort_keys=True)
    return [SpecAugCopy(policy, copy) for copy in range(1, number + 1)]
