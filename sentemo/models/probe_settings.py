"""The values of ``probe_conf``; results and reports read them, so this imports no torch."""

from typing import Annotated, Literal, TypedDict

from sentemo.core.schema import Between

Penalty = Annotated[float, Between(1e-9, 1e9)]


class ProbeConf(TypedDict, total=False):
    """Settings of a linear probe.

    Attributes
    ----------
    choice
        ``pooled``, one choice of layer and penalty for all folds, or ``fold``, each fold's own.
    penalties
        Those that are tried.
    scales
        Factors of the outputs by target; without them, validation chooses them.
    """

    choice: Literal["pooled", "fold"]
    penalties: Annotated[list[Penalty], Between(1, 1000)]
    scales: dict[str, float]
