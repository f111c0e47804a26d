"""Histories of the folds of an experiment, read from its checkpoints."""

from pathlib import Path

from sentemo.training.history import History, load_history, load_state_without_weights


def joint_histories(exp: Path) -> list[History] | None:
    """Return the histories of the folds in their order, or None if one pass did not train them."""
    state = load_state_without_weights(exp)
    return None if state is None else [fold["history"] for fold in state["folds"]]


def fold_histories(exp: Path) -> dict[int, History]:
    """Return the history of each fold by its number, trained in one pass or one by one.

    An experiment without checkpoints, such as a baseline, has none.

    Raises
    ------
    SentemoError
        When all checkpoints of a fold are damaged.
    """
    folders = {int(path.name.removeprefix("fold_")): path for path in exp.glob("fold_*")}
    together = joint_histories(exp)
    if together is not None:
        return dict(zip(sorted(folders), together, strict=True))
    found = {number: load_history(folders[number]) for number in sorted(folders)}
    return {number: history for number, history in found.items() if history is not None}
