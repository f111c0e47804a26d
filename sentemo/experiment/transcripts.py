"""Transcripts of a data directory by a recogniser, with their scores where the corpus has its own.

A whole Whisper needs no training, so its transcripts are an experiment of their own, which the
tables of results show.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sentemo.core.files import write_json
from sentemo.core.markers import Marker
from sentemo.core.provenance import published_command
from sentemo.data.features import FEATS_JSON, FRAMES_PER_SECOND, check_source, read_feature_dir
from sentemo.data.fold_files import read_folds, read_protocol
from sentemo.data.kaldi import Utterance, read_data_dir
from sentemo.data.preparation import read_counts
from sentemo.data.splits import side_of_fold
from sentemo.data.tables import write_table
from sentemo.data.word_times import WORD_TIMES, write_word_times
from sentemo.experiment.asr_scores import score_asr
from sentemo.launch.records import LOG_DIR
from sentemo.launch.resources import Resources
from sentemo.recognition.hearing import Hearing, WhisperRecogniser, heard_folder
from sentemo.recognition.transcription import transcribe
from sentemo.scoring.scores_file import EXPERIMENT
from sentemo.scoring.transcripts import COMPARED, Transcripts, comparable, write_transcripts
from sentemo.upstreams import Upstream, model_name

TEXT, RAW = "text", "text_raw"


@dataclass(frozen=True)
class TranscriptRequest:
    """Transcripts that somebody needs.

    Attributes
    ----------
    asr_model
        A recogniser that was trained here, or a whole Whisper; see `Upstream`.
    data, dump
        Data directory, and its features of the type that the recogniser hears.
    dest
        Folder that receives the table ``text``; of Whisper also ``text_raw``, as it writes, and
        ``words.ctm``, and the scores where the data has transcripts.
    language
        Code of the language that Whisper hears; None detects it for each utterance.
    folds
        Fold file, of whose first fold the test side is heard; None hears all utterances.
    corpus
        Name in the results; None takes the data's.
    """

    asr_model: str
    data: Path
    dump: Path
    dest: Path
    language: str | None = None
    folds: Path | None = None
    corpus: str | None = None
    resources: Resources = field(default_factory=Resources)

    @property
    def heard_set(self) -> str:
        """Name of the set in the results."""
        return "test" if self.folds else "all"


def write_transcripts_of(request: TranscriptRequest) -> None:
    """Recognise the utterances, unless that is done, and say CER and WER where these are known.

    Raises
    ------
    SentemoError
        When the model is no recogniser, hears other features or does not know the language.
    """
    asr = Upstream(request.asr_model, "--asr_model")
    if asr.is_whisper:
        _by_whisper(request, asr)
    else:
        transcribe(request.asr_model, request.data, request.dump, request.dest, request.resources)


def _by_whisper(request: TranscriptRequest, asr: Upstream) -> None:
    dest, text = request.dest, request.dest / TEXT
    inputs = [request.dump / FEATS_JSON, *filter(Path.is_file, [request.data / "text"])]
    inputs += [request.folds] if request.folds else []
    options = {"asr_model": asr.recogniser_fingerprint, "language": request.language}
    marker = Marker(dest / ".done.transcribe.json", inputs, options, text)
    if marker.is_current():
        print(f"{text}: up to date")
        return
    utterances = read_data_dir(request.data)
    check_source(request.dump, utterances)
    if request.folds:
        utterances = side_of_fold(utterances, read_folds(request.folds, utterances)[0], "test")
    heard = _hear(request, asr, utterances)
    dest.mkdir(parents=True, exist_ok=True)
    write_table(text, {u: comparable(t) for u, t in heard.text.items()}, may_be_empty=True)
    write_table(dest / RAW, heard.text, may_be_empty=True)
    timed = {utt: words for utt, words in heard.words.items() if not isinstance(words, str)}
    write_word_times(dest / WORD_TIMES, timed)
    facts = _facts(heard, _seconds(request, utterances))
    for fact in facts:
        print(f"{text}: {fact}")
    if any(utt.text for utt in utterances):
        _score(request, utterances, heard, facts)
    marker.write()


def _hear(request: TranscriptRequest, asr: Upstream, utterances: Sequence[Utterance]) -> Hearing:
    features = read_feature_dir(request.dump)
    resources = request.resources
    said = f"language {request.language}" if request.language else "languages detected"
    print(
        f"{request.dest / TEXT}: {len(utterances)} utterances, greedy Whisper, {said}", flush=True
    )
    folder = heard_folder(request.dest, asr)
    recogniser = WhisperRecogniser(asr, features, folder, request.language, resources.ngpu)
    workers = resources.training_workers(request.dest / LOG_DIR, "transcribe")
    return recogniser.hear([utt.id for utt in utterances], None, workers)


def _seconds(request: TranscriptRequest, utterances: Sequence[Utterance]) -> float:
    frames = read_feature_dir(request.dump).num_frames
    return sum(frames[utt.id] for utt in utterances) / FRAMES_PER_SECOND


def _facts(heard: Hearing, seconds: float) -> list[str]:
    """Say what the words alone do not: languages, loops, silence, and the time that it took."""
    languages = Counter(heard.language.values())
    counted = ", ".join(f"{name or 'English'} {n}" for name, n in languages.most_common())
    silent = sum(not text for text in heard.text.values())
    minutes = heard.took / 60 / (seconds / 3600) if seconds else 0.0
    return [
        f"languages of the utterances: {counted}",
        f"{silent} without a word, {heard.repetitive} that repeated themselves at first",
        f"words timed by {heard.timed_by}",
        f"{minutes:.0f} minutes of one core for an hour of speech",
    ]


def _score(
    request: TranscriptRequest,
    utterances: Sequence[Utterance],
    heard: Hearing,
    facts: Sequence[str],
) -> None:
    """Describe the transcripts as an experiment, and score those that have a reference."""
    known = {utt.id: utt.text for utt in utterances if utt.text}
    language = f", language {request.language}" if request.language else ""
    transcripts = Transcripts(
        references={utt: comparable(text) for utt, text in known.items()},
        hypotheses={utt: comparable(heard.text[utt]) for utt in known},
        decoding=f"greedy Whisper{language}; {COMPARED}",
        hours=_seconds(request, [utt for utt in utterances if utt.id in known]) / 3600,
    )
    write_transcripts(request.dest / f"decode_{request.heard_set}", transcripts)
    write_json(request.dest / EXPERIMENT, _description(request, facts))
    score_asr(request.dest, request.heard_set)


def _description(request: TranscriptRequest, facts: Sequence[str]) -> dict[str, Any]:
    counts = read_counts(request.data)
    name = model_name(request.asr_model)
    return {
        "corpus": request.corpus or counts["corpus"],
        "title": name,
        "protocol": read_protocol(request.folds) if request.folds else "all utterances",
        "seed": None,
        "config": None,
        "asr_model": name,
        "epochs": "none: it is used as it was published",
        "notes": [*counts["notes"], *facts],
        "command": published_command(),
    }
