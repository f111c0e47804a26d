"""Words of an experiment's test utterances with their times: the corpus's, or a recogniser's."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sentemo.core.errors import SentemoError
from sentemo.data.features import read_feature_dir
from sentemo.data.kaldi import Utterance
from sentemo.data.word_times import WORD_TIMES, TimedWords, read_word_times
from sentemo.experiment.ser import SERExperiment
from sentemo.launch.records import LOG_DIR
from sentemo.recognition.hearing import WhisperRecogniser, heard_folder
from sentemo.recognition.recogniser import Recogniser, decodes_by_ctc
from sentemo.recognition.word_alignment import letters
from sentemo.scoring.metrics import error_rate
from sentemo.upstreams import Upstream, model_name

WORD_SOURCES = ("auto", "times", "reference", "asr")
HEARD = 100  # utterances from which the recogniser's CER is estimated


@dataclass(frozen=True)
class WordChoice:
    """Source of the words and of their times.

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
    """

    words: str = "auto"
    align_model: str | None = None
    align_dump: Path | None = None
    language: str | None = None


def word_inputs(experiment: SERExperiment, choice: WordChoice) -> tuple[list[Path], dict[str, Any]]:
    """Return the files and the settings on which the words depend, for a marker."""
    aligner = aligner_of(choice.align_model, experiment.upstream)
    files = [experiment.data / name for name in (WORD_TIMES, "text")]
    settings = {
        "words": choice.words,
        "aligner": aligner and aligner.recogniser_fingerprint,
        "language": choice.language,
    }
    return [*filter(Path.is_file, files)], settings


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


def timed_words(
    experiment: SERExperiment,
    choice: WordChoice,
    utterances: Sequence[Utterance],
) -> TimedWords:
    """Return the words of utterances with their times.

    Raises
    ------
    SentemoError
        When the words that are wanted are not there.
    """
    ids = [utt.id for utt in utterances]
    spoken = {utt.id: utt.text or "" for utt in utterances}
    times, source = experiment.data / WORD_TIMES, choice.words
    if source == "auto":
        source = "times" if times.is_file() else "reference" if any(spoken.values()) else "asr"
    if source == "times":
        if not times.is_file():
            raise SentemoError(f"--words times: the corpus brings none, there is no {times}.")
        known = read_word_times(times)
        found = {utt: known.get(utt) or "no times of words" for utt in ids}
        return TimedWords(found, "words of the corpus")
    if source == "reference" and not any(spoken.values()):
        raise SentemoError(f"--words reference: {experiment.data} has no transcripts.")
    aligner = aligner_of(choice.align_model, experiment.upstream)
    if aligner is None:
        reason = "no recogniser aligns its words: --align_model"
        return TimedWords(dict.fromkeys(ids, reason), "without words")
    print(f"aligning the words of {len(ids)} utterances with {aligner.name}", flush=True)
    texts = spoken if source == "reference" else None
    workers = experiment.resources.training_workers(experiment.directory / LOG_DIR, "align")
    recogniser = _recogniser(experiment, choice, aligner)
    words = recogniser.align_words(ids, texts, workers)
    origin = "what it hears" if texts is None else "the corpus' transcripts"
    cer = _error_rate(recogniser, spoken)
    return TimedWords(words, f"{origin}, aligned by {model_name(aligner.name)}", cer)


def _recogniser(
    experiment: SERExperiment, choice: WordChoice, aligner: Upstream
) -> Recogniser | WhisperRecogniser:
    features = read_feature_dir(choice.align_dump or experiment.dump)
    directory, ngpu = experiment.directory, experiment.resources.ngpu
    if aligner.is_whisper:
        heard = heard_folder(directory, aligner)
        return WhisperRecogniser(aligner, features, heard, choice.language, ngpu)
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
