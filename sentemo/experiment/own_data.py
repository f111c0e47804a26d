"""The user's own data in `egs/own`: what is learnt of them, decided before stage data."""

from dataclasses import replace
from pathlib import Path

from sentemo.data.listed_recordings import ListedRecordings
from sentemo.data.target_files import LABELS, SCALE, task_of
from sentemo.data.targets import TARGET_TABLES
from sentemo.experiment.recipe_options import PROBE, RecipeOptions, UsageError


def with_own_targets(options: RecipeOptions) -> RecipeOptions:
    """Return the options of `egs/own` with what the data say where the user does not.

    Classes and scale are read from the files that stage data writes. A study has a task of its own.

    Raises
    ------
    UsageError
        When there are no data, or two.
    SentemoError
        When the list cannot be read.
    """
    if options.csv and options.data_dir:
        raise UsageError("--csv and --data_dir both name your data: give one of them")
    if options.runs("data") and not (options.csv or options.data_dir):
        raise UsageError(
            "--csv is needed: your table of recordings, or a folder with one subfolder per class; "
            "or --data_dir, if you have Kaldi-style tables"
        )
    asks_data = not options.task and options.experiment in ("", PROBE)
    return replace(
        options,
        task=_task_of_data(options) if asks_data else options.task,
        labels=options.labels or f"data/{LABELS}",
        scale=options.scale or f"data/{SCALE}",
    )


def _task_of_data(options: RecipeOptions) -> str:
    """Return what the user's list or tables have to learn; else those that stage data wrote."""
    if options.csv:
        names = dict(column.split("=", 1) for column in options.columns)
        return ListedRecordings(Path(options.csv), names, options.speaker_from).found_task()
    prepared = [options.work_dir / "data" / name for name in ("all", "soft", "release")]
    given = Path(options.data_dir) if options.data_dir else None
    for folder in [given] if given else prepared:
        has = {name: (folder / table).is_file() for name, table in TARGET_TABLES.items()}
        if any(has.values()):
            return task_of(has["label"], has["avd"])
    return "label"
