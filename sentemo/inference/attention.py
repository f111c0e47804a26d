"""Attention of an experiment's models over its test utterances, by frame and by word."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sentemo.core.errors import SentemoError
from sentemo.core.markers import Marker
from sentemo.experiment.ser import SERExperiment
from sentemo.folds.job import FoldJob
from sentemo.folds.run import is_probe
from sentemo.inference.fold_attention import attend_test
from sentemo.inference.timed_words import WordChoice, timed_words, word_inputs
from sentemo.visualization.attention_files import AttentionMaps, write_attention

FOLDER, ATTENTION_JSON = "attention", "summary.json"


@dataclass(frozen=True)
class _Attention:
    """Attention in test utterances.

    Attributes
    ----------
    frame_shift
        Seconds from one frame to the next.
    weights
        ``(frames, heads)`` by utterance.
    folds
        Number of the fold whose model attends, by utterance.
    """

    frame_shift: float
    weights: dict[str, np.ndarray]
    folds: dict[str, int]


def write_experiment_attention(
    experiment: SERExperiment, choice: WordChoice, pictures: int
) -> None:
    """Write the experiment's folder ``attention``, unless that is done already.

    Parameters
    ----------
    pictures
        Number of utterances to draw, of each class.

    Raises
    ------
    SentemoError
        When the experiment is not decoded, or when the words that are wanted are not there.
    """
    experiment = experiment.with_one_gpu()
    directory = experiment.directory
    require_decoded(experiment)
    folder = directory / FOLDER
    files, settings = word_inputs(experiment, choice)
    marker = Marker(
        folder / ".done.json",
        [directory / "predictions", *files],
        {**settings, "pictures": pictures},
        folder / ATTENTION_JSON,
    )
    if marker.is_current():
        print(f"{folder}: up to date")
        return
    jobs = experiment.jobs()
    attention = _attend(experiment, jobs)
    if attention is None:
        print(f"{directory}: its decoder does not attend to frames; nothing to show")
        return
    utterances = [utt for utt in jobs[0].utterances if utt.id in attention.weights]
    timed = timed_words(experiment, choice, utterances)
    maps = AttentionMaps(
        utterances, attention.weights, attention.folds, attention.frame_shift, timed
    )
    write_attention(folder, directory, maps, pictures)
    marker.write()
    without = len(timed.unaligned)
    print(
        f"{folder}: {len(utterances)} utterances, {without} of them without words; {timed.source}"
    )


def require_decoded(experiment: SERExperiment) -> None:
    """Insist that the experiment has predictions of these very settings."""
    if not experiment.is_done("decode"):
        raise SentemoError(
            f"{experiment.directory}: no predictions of these settings. Run stage decode first."
        )


def _attend(experiment: SERExperiment, jobs: Sequence[FoldJob]) -> _Attention | None:
    """Return the attention of all folds; None where the decoder does not attend to frames."""
    if is_probe(experiment.config):
        return None  # nor are there frames: a probe reads pooled states
    weights: dict[str, np.ndarray] = {}
    folds: dict[str, int] = {}
    frame_shift = 0.0
    attended = experiment.run_folds("attention", attend_test, jobs)
    for done, (job, found) in enumerate(attended, start=1):
        frame_shift, of_fold = found
        if not of_fold:
            return None
        weights |= of_fold
        folds |= dict.fromkeys(of_fold, job.fold.number)
        print(f"{done}/{len(jobs)} folds, attention of {len(weights)} utterances", flush=True)
    return _Attention(frame_shift, weights, folds)
