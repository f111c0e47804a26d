"""Files that targets of a user's own data are read with: the ordered classes, and the scale."""

from collections.abc import Sequence
from pathlib import Path

from sentemo.core.errors import SentemoError
from sentemo.core.files import atomic_file
from sentemo.data.dimensions import SCALES, infer_scale, parse_scale
from sentemo.data.kaldi import Utterance
from sentemo.data.labels import read_labels
from sentemo.data.targets import TASKS

LABELS, SCALE = "labels.txt", "scale.txt"  # beside the data directory


def task_of(has_labels: bool, has_dimensions: bool) -> str:
    """Return the key of `TASKS` for what data have, one or both."""
    return "both" if has_labels and has_dimensions else "label" if has_labels else "dimensional"


def write_target_files(
    dest: Path,
    source: Path,
    utterances: Sequence[Utterance],
    task: str,
    labels: Path | None = None,
    scale: str | None = None,
) -> None:
    """Write `LABELS` and `SCALE`, as far as the task reads them, beside a data directory.

    Parameters
    ----------
    dest
        The data directory.
    source
        Where the utterances come from, for messages.
    labels
        The user's file of classes; None takes those of the utterances, in alphabetical order.
    scale
        Scale of the dimensions as `parse_scale` reads it; None infers it, and says so.

    Raises
    ------
    SentemoError
        When there are fewer than two classes, or the scale cannot be told.
    """
    if "label" in TASKS[task]:
        agreed = (utt for utt in utterances if not utt.is_training_only)
        found = sorted({utt.label for utt in agreed if utt.label})
        classes = read_labels(labels) if labels else found
        _require_classes(source, found)
        _write_lines(dest.with_name(LABELS), classes)
    if "avd" in TASKS[task]:
        ends = parse_scale(scale) if scale else infer_scale(utterances)
        if not scale:
            print(
                f"{source}: dimensions are taken to be rated from {ends}, as all ratings lie "
                "there; --scale LOW,HIGH says otherwise"
            )
        said = scale if scale in SCALES else f"{ends.low:g},{ends.high:g}"
        _write_lines(dest.with_name(SCALE), [str(said)])


def _require_classes(source: Path, found: Sequence[str]) -> None:
    if len(found) < 2:
        raise SentemoError(
            f"{source}: all recordings are labelled {', '.join(found)}; a model needs two classes"
        )


def _write_lines(path: Path, lines: Sequence[str]) -> None:
    with atomic_file(path) as stream:
        stream.writelines(f"{line}\n" for line in lines)
