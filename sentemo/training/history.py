"""What trainings measured epoch by epoch, read from their last checkpoints."""

from pathlib import Path

from sentemo.core import checkpoint

# Of each epoch: metrics by phase, as {"train": {"loss": 1.2}, "valid": {"loss": 1.1, "ua": 0.5}}.
History = list[dict[str, dict[str, float]]]


def fold_histories(exp: Path) -> dict[int, History]:
    """Return the history of each fold, trained in one pass or one by one.

    Of an experiment without checkpoints, such as a baseline, there is none.

    Raises
    ------
    SentemoError
        When a fold's checkpoints are all damaged.
    """
    folders = {int(path.name.removeprefix("fold_")): path for path in exp.glob("fold_*")}
    together = _load(exp)
    if together is not None:
        histories = [fold["history"] for fold in together["folds"]]
        return dict(zip(sorted(folders), histories, strict=True))
    states = {number: _load(folders[number]) for number in sorted(folders)}
    return {
        number: _of_reporter(state["reporter"]["stats"])
        for number, state in states.items()
        if state is not None
    }


def _load(directory: Path) -> dict | None:
    return checkpoint.load_checkpoint(directory, "meta")  # which has shapes, and reads no weights


def _of_reporter(stats: dict) -> History:
    """Of ESPnet's `Reporter`, which keeps metrics by epoch and phase."""
    return [stats[epoch] for epoch in sorted(stats)]
