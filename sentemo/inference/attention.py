"""Attention of an experiment's models over its test utterances, by frame and by word."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from sentemo.core.errors import SentemoError
from sentemo.core.markers import Marker
from sentemo.data.features import read_feature_dir
from sentemo.data.kaldi import Utterance
from sentemo.data.word_times import WORD_TIMES, Word, read_word_times
from sentemo.experiment.ser import SERExperiment
from sentemo.folds.job import FoldJob
from sentemo.folds.run import is_probe
from sentemo.inference.fold_attention import attend_test
from sentemo.launch.records import LOG_DIR
from sentemo.recognition.hearing import WhisperRecogniser, heard_folder
from sentemo.recognition.recogniser import Recogniser, decodes_by_ctc
from sentemo.recognition.word_alignment import letters
from sentemo.scoring.metrics import error_rate
from sentemo.upstreams import Upstream, model_name
from sentemo.visualization.attention_files import AttentionMaps, write_attention

WORD_SOURCES = ("auto", "times", "reference", "asr")
FOLDER, ATTENTION_JSON = "attention", "summary.json"
HEARD = 100  # utterances from which the recogniser's CER is estimated

Words = Mapping[str, list[Word] | str]  # by utterance: its words, or why there are none


@dataclass(frozen=True)
class AttentionOptions:
    """Choices for attention by word: source of the words, and pictures.

    Attributes
    ----------
    words
        One of `WORD_SOURCES`. ``times`` takes those of the corpus, ``reference`` aligns its
        transcripts, ``asr`` aligns what the recogniser hears, ``auto`` takes the first of these
        that there is.
    align_model
        CTC recogniser of characters, or a whole Whisper; None takes the experiment's upstream, if
        it is one.
    align_dump
        Features that the recogniser reads; None takes the experiment's.
    language
        Code of the language that Whisper hears; None detects it for each utterance.
    pictures
        Number of utterances to draw, of each class.
    """

    words: str = "auto"
    align_model: str | None = None
    align_dump: Path | None = None
    language: str | None = None
    pictures: int = 2


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


def write_experiment_attention(experiment: SERExperiment, options: AttentionOptions) -> None:
    """Write the experiment's folder ``attention``, unless that is done already.

    Raises
    ------
    SentemoError
        When the experiment is not decoded, or when the words that are wanted are not there.
    """
    experiment = experiment.with_one_gpu()
    directory = experiment.directory
    if not experiment.is_done("decode"):
        raise SentemoError(
            f"{directory}: no predictions of these settings. Run stage decode first."
        )
    aligner = aligner_of(options.align_model, experiment.upstream)
    folder = directory / FOLDER
    marker = _marker(experiment, options, aligner)
    if marker.is_current():
        print(f"{folder}: up to date")
        return
    jobs = experiment.jobs()
    attention = _attend(experiment, jobs)
    if attention is None:
        print(f"{directory}: its decoder does not attend to frames; nothing to show")
        return
    utterances = [utt for utt in jobs[0].utterances if utt.id in attention.weights]
    timed, source, cer = _timed_words(experiment, options, utterances, aligner)
    maps = AttentionMaps(
        *(utterances, attention.weights, attention.folds, attention.frame_shift),
        *(timed, source, cer),
    )
    write_attention(folder, directory, maps, options.pictures)
    marker.write()
    without = sum(isinstance(found, str) for found in timed.values())
    print(f"{folder}: {len(utterances)} utterances, {without} of them without words; {source}")


def _marker(
    experiment: SERExperiment, options: AttentionOptions, aligner: Upstream | None
) -> Marker:
    words = [experiment.data / name for name in (WORD_TIMES, "text")]
    depends_on = {
        "words": options.words,
        "aligner": aligner and aligner.recogniser_fingerprint,
        "language": options.language,
        "pictures": options.pictures,
    }
    inputs = [experiment.directory / "predictions", *filter(Path.is_file, words)]
    folder = experiment.directory / FOLDER
    return Marker(folder / ".done.json", inputs, depends_on, folder / ATTENTION_JSON)


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


def aligner_of(given: str | None, experiments_upstream: str | None) -> Upstream | None:
    """Return the recogniser that aligns words: the given one, or the upstream if it can."""
    if given is not None:
        return Upstream(given, "--align_model")
    upstream = Upstream(experiments_upstream) if experiments_upstream else None
    if upstream is None or upstream.is_whisper:
        return upstream
    return (
        upstream if decodes_by_ctc(upstream) and upstream.config["token_type"] == "char" else None
    )


def _timed_words(
    experiment: SERExperiment,
    options: AttentionOptions,
    utterances: Sequence[Utterance],
    aligner: Upstream | None,
) -> tuple[Words, str, float | None]:
    """Return the words of each utterance or why it has none, their source, and its CER if any."""
    ids = [utt.id for utt in utterances]
    spoken = {utt.id: utt.text or "" for utt in utterances}
    times, source = experiment.data / WORD_TIMES, options.words
    if source == "auto":
        source = "times" if times.is_file() else "reference" if any(spoken.values()) else "asr"
    if source == "times":
        if not times.is_file():
            raise SentemoError(f"--words times: the corpus brings none, there is no {times}.")
        known = read_word_times(times)
        return (
            {utt: known.get(utt) or "no times of words" for utt in ids},
            "words of the corpus",
            None,
        )
    if source == "reference" and not any(spoken.values()):
        raise SentemoError(f"--words reference: {experiment.data} has no transcripts.")
    if aligner is None:
        reason = "no recogniser aligns its words: --align_model"
        return dict.fromkeys(ids, reason), "without words", None
    print(f"aligning the words of {len(ids)} utterances with {aligner.name}", flush=True)
    texts = spoken if source == "reference" else None
    workers = experiment.resources.training_workers(experiment.directory / LOG_DIR, "align")
    recogniser = _recogniser(experiment, options, aligner)
    words = recogniser.align_words(ids, texts, workers)
    origin = "what it hears" if texts is None else "the corpus' transcripts"
    cer = _error_rate(recogniser, spoken)
    return words, f"{origin}, aligned by {model_name(aligner.name)}", cer


def _recogniser(
    experiment: SERExperiment, options: AttentionOptions, aligner: Upstream
) -> Recogniser | WhisperRecogniser:
    features = read_feature_dir(options.align_dump or experiment.dump)
    directory, ngpu = experiment.directory, experiment.resources.ngpu
    if aligner.is_whisper:
        heard = heard_folder(directory, aligner)
        return WhisperRecogniser(aligner, features, heard, options.language, ngpu)
    return Recogniser(aligner, features, directory / "align.log", ngpu)


def _error_rate(
    recogniser: Recogniser | WhisperRecogniser, spoken: Mapping[str, str]
) -> float | None:
    """Return the CER on some utterances, letters alone; None where there are no transcripts.

    Where it is high, so are the errors of the words' times, and their attention means nothing.
    """
    references = {utt: letters(text) for utt, text in spoken.items()}
    known = sorted(utt for utt, text in references.items() if text.strip())
    some = known[:: math.ceil(len(known) / HEARD)] if known else []
    if not some:
        return None
    heard = recogniser.transcribe(some)
    errors, units = error_rate(
        [references[utt] for utt in some], [letters(heard[utt]) for utt in some]
    )
    return errors / units
