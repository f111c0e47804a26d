"""Occlusion of an experiment's test utterances, by which its attention is checked."""

import json
import random
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from sentemo.core.errors import SentemoError
from sentemo.core.files import atomic_dir, write_json
from sentemo.core.markers import Marker
from sentemo.data.audio import audio_fingerprint
from sentemo.data.kaldi import Utterance
from sentemo.data.splits import side_of_fold
from sentemo.data.word_times import TimedWords
from sentemo.experiment.ser import SERExperiment
from sentemo.folds.job import FoldJob
from sentemo.inference.answers import SpeechEmotionResult
from sentemo.inference.attention import require_decoded
from sentemo.inference.fold_occlusion import Pieces, occlude_test
from sentemo.inference.occluded import Occluded
from sentemo.inference.timed_words import WordChoice, timed_words, word_inputs
from sentemo.report.explanations import OCCLUSION_SUMMARY, OCCLUSION_UTTERANCES, is_high
from sentemo.scoring.rank_correlation import mean_rank_correlation

MOMENT = 0.5  # seconds: the length of what is silenced where words have no times


def write_experiment_occlusion(experiment: SERExperiment, choice: WordChoice, number: int) -> None:
    """Write the experiment's folder ``occlusion``, unless that is done already.

    Words are silenced where they have times, else moments of `MOMENT` seconds.

    Parameters
    ----------
    choice
        Source of the words.
    number
        Number of test utterances, which the experiment's seed draws.

    Raises
    ------
    SentemoError
        When the experiment learnt no classes, is not decoded, or reads transcripts beside the
        audio, or when the words that are wanted are not there.
    """
    experiment = experiment.with_one_gpu()
    directory = experiment.directory
    if experiment.labels is None:
        raise SentemoError(f"{directory}: no classes, whose probability could be lost by silence.")
    require_decoded(experiment)
    summary = directory / OCCLUSION_SUMMARY
    folder = summary.parent
    jobs = experiment.jobs()
    drawn = _drawn(jobs, number, experiment.seed)
    files, settings = word_inputs(experiment, choice)
    audio = audio_fingerprint(utt.audio for utt in drawn)
    settings |= {"utterances": [utt.id for utt in drawn], "audio": audio}
    marker = Marker(folder / ".done.json", [directory / "predictions", *files], settings, summary)
    if marker.is_current():
        print(f"{folder}: up to date")
        return
    timed = timed_words(experiment, choice, drawn)
    pieces, by_words = _pieces(timed)
    results = _occlude(experiment, jobs, pieces)
    _write(folder, jobs, results, _summary(timed, by_words, results))
    marker.write()
    by = "words" if by_words else f"moments of {MOMENT:g} s"
    print(f"{folder}: {by} of {len(results)} utterances")


def _drawn(jobs: Sequence[FoldJob], number: int, seed: int) -> list[Utterance]:
    tested = {utt.id: utt for job in jobs for utt in side_of_fold(job.utterances, job.fold, "test")}
    names = sorted(tested)
    return [tested[name] for name in random.Random(seed).sample(names, min(number, len(names)))]


def _pieces(timed: TimedWords) -> tuple[Pieces, bool]:
    """Return what is silenced in each utterance, and whether that is words.

    Where the recogniser errs too often, the times of its words mean nothing.
    """
    words = {utt: found for utt, found in timed.words.items() if not isinstance(found, str)}
    if words and not is_high(timed.cer):
        return words, True
    return dict.fromkeys(timed.words, MOMENT), False


def _occlude(
    experiment: SERExperiment, jobs: Sequence[FoldJob], pieces: Pieces
) -> dict[str, SpeechEmotionResult]:
    needed = [
        job
        for job in jobs
        if any(utt.id in pieces for utt in side_of_fold(job.utterances, job.fold, "test"))
    ]
    results: dict[str, SpeechEmotionResult] = {}
    folds = experiment.run_folds("occlusion", partial(occlude_test, pieces), needed)
    for done, (_, found) in enumerate(folds, start=1):
        results |= found
        print(f"{done}/{len(needed)} folds, occlusion of {len(results)} utterances", flush=True)
    return results


def _summary(
    timed: TimedWords, by_words: bool, results: Mapping[str, SpeechEmotionResult]
) -> dict[str, Any]:
    pieces = [result.occlusion or () for result in results.values()]
    return {
        "by": "words" if by_words else "moments",
        "seconds": None if by_words else MOMENT,
        "text": timed.source if by_words else None,
        "utterances": len(results),
        "unaligned": dict(Counter(timed.unaligned.values())) if by_words else {},
        "attention": mean_rank_correlation(map(_attention_and_loss, pieces)),
        # Moments are equally long.
        "length": mean_rank_correlation(map(_length_and_loss, pieces)) if by_words else None,
    }


def _attention_and_loss(pieces: Sequence[Occluded]) -> tuple[list[float], list[float]]:
    """Return the attention that silence takes away, in all of a piece, and the loss."""
    attended = [piece for piece in pieces if piece.attention is not None]
    shares = [(piece.end - piece.start) * (piece.attention or 0) for piece in attended]
    return shares, [piece.lost for piece in attended]


def _length_and_loss(pieces: Sequence[Occluded]) -> tuple[list[float], list[float]]:
    return [piece.end - piece.start for piece in pieces], [piece.lost for piece in pieces]


def _write(
    folder: Path,
    jobs: Iterable[FoldJob],
    results: Mapping[str, SpeechEmotionResult],
    summary: Mapping[str, Any],
) -> None:
    folds = {
        utt.id: job.fold.number
        for job in jobs
        for utt in side_of_fold(job.utterances, job.fold, "test")
    }
    with atomic_dir(folder) as aside:
        with open(aside / Path(OCCLUSION_UTTERANCES).name, "w", encoding="utf-8") as stream:
            for utt, result in sorted(results.items()):
                answer = result.most_probable
                line = {
                    "utterance": utt,
                    "fold": folds[utt],
                    "duration": round(result.end, 3),
                    "answer": answer,
                    "probability": round(result.probabilities[str(answer)], 4),
                    "pieces": [piece.as_json() for piece in result.occlusion or ()],
                }
                stream.write(json.dumps(line, ensure_ascii=False) + "\n")
        write_json(aside / Path(OCCLUSION_SUMMARY).name, dict(summary))
