"""Training targets of each utterance as rows of numbers: its class, its dimensions, or both."""

from collections.abc import Sequence
from dataclasses import dataclass

from sentemo.data.dimensions import Scale, dimension_targets
from sentemo.data.kaldi import Utterance
from sentemo.data.labels import class_numbers, class_shares

# Values of `--task`, and the data names of their targets.
TASKS = {"label": ("label",), "dimensional": ("avd",), "both": ("label", "avd")}
TARGET_TABLES = {"label": "utt2label", "avd": "utt2avd"}  # table of each target
TARGET_KINDS = HARD, SOFT = ("hard", "soft")  # one class, or the shares of all
DISTRIBUTION = "distribution"  # data name of the shares

# (path, name, type), as in ESPnet's --train_data_path_and_name_and_type
DataFile = tuple[str, str, str]


@dataclass(frozen=True)
class Target:
    """One target for every utterance.

    Attributes
    ----------
    name, type
        ESPnet's data name and type: ``label`` is ``text_int``, ``distribution`` and ``avd`` are
        ``text_float``.
    rows
        Class number, share of every class, or three numbers on the scale of training, of each
        utterance.
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

    Where utterances have distributions, their classes' shares are a target beside the class. The
    class of an utterance without agreement is then the one with the largest share; it is only
    trained on, by these shares.

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
        found += _class_targets(utterances, labels)
    if scale:
        dimensions = dimension_targets(utterances, scale)
        found.append(Target("avd", "text_float", {u: v.tolist() for u, v in dimensions.items()}))
    return found


def _class_targets(utterances: Sequence[Utterance], labels: Sequence[str]) -> list[Target]:
    agreed = [utt for utt in utterances if not utt.is_training_only]
    numbers = {utt: int(number) for utt, number in class_numbers(agreed, list(labels)).items()}
    learnt: list[Target] = []
    if any(utt.distribution is not None for utt in utterances):
        shares = class_shares(utterances, labels)
        likely = {utt: of_utt.index(max(of_utt)) for utt, of_utt in shares.items()}
        numbers = {**likely, **numbers}
        learnt = [Target(DISTRIBUTION, "text_float", shares)]
    return [Target("label", "text_int", {utt: [n] for utt, n in numbers.items()}), *learnt]
