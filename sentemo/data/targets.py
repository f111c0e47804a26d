"""Training targets of each utterance as rows of numbers: its class, its dimensions, or both."""

from collections.abc import Sequence
from dataclasses import dataclass

from sentemo.data.dimensions import Scale, dimension_targets
from sentemo.data.kaldi import Utterance
from sentemo.data.labels import class_numbers

# Values of `--task`, and the data names of their targets.
TASKS = {"label": ("label",), "dimensional": ("avd",), "both": ("label", "avd")}
TARGET_TABLES = {"label": "utt2label", "avd": "utt2avd"}  # table of each target

# (path, name, type), as in ESPnet's --train_data_path_and_name_and_type
DataFile = tuple[str, str, str]


@dataclass(frozen=True)
class Target:
    """One target for every utterance.

    Attributes
    ----------
    name, type
        ESPnet's data name and type: ``label`` is ``text_int``, ``avd`` is ``text_float``.
    rows
        Class number, or three numbers on the scale of training, of each utterance.
    """

    name: str
    type: str
    rows: dict[str, list[float]]

    def table(self, utterances: Sequence[str]) -> dict[str, str]:
        """Return the rows of these utterances as text."""
        return {utt: " ".join(map(str, self.rows[utt])) for utt in utterances}


def targets_of(
    utterances: Sequence[Utterance], labels: Sequence[str] | None, scale: Scale | None
) -> list[Target]:
    """Return the targets of a training.

    Parameters
    ----------
    labels
        Classes in their order; None if no classes are learnt.
    scale
        Scale on which the dimensions were rated; None if no dimensions are learnt.

    Raises
    ------
    SentemoError
        Counting the utterances without a target, or with an impossible one.
    """
    found = []
    if labels:
        numbers = class_numbers(list(utterances), list(labels))
        found.append(Target("label", "text_int", {u: [int(n)] for u, n in numbers.items()}))
    if scale:
        dimensions = dimension_targets(utterances, scale)
        found.append(Target("avd", "text_float", {u: v.tolist() for u, v in dimensions.items()}))
    return found
