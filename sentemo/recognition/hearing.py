"""Words of many utterances by Whisper, kept in parts that are never made twice.

A part is a file of fixed utterances, named after all that its content depends on: model, language,
the utterances' audio and their transcripts if these are given. So an interrupted command goes on
where it was, and the stages that need the same words share them.
"""

import hashlib
import json
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict

from sentemo.core.errors import SentemoError
from sentemo.core.files import write_json
from sentemo.core.logs import log_to
from sentemo.core.processes import one_thread
from sentemo.core.structured import read_json
from sentemo.data.features import FEATS_JSON, FeatureDir
from sentemo.data.word_times import Word
from sentemo.launch.workers import ONE_PROCESS, Workers
from sentemo.modules.huggingface import require_transformers
from sentemo.recognition.word_alignment import NO_WORDS, Unaligned
from sentemo.states.shards import read_input
from sentemo.upstreams import Upstream, model_name

if TYPE_CHECKING:
    from sentemo.recognition.whisper import Whisper

UTTERANCES_PER_PART = 24  # a minute or two of work on a core: each is heard in a window of 30 s
NOT_TIMED = "its words could not be timed"
AGAIN = "Delete the file, and run the same command again."


class HeardPart(TypedDict):
    """Content of the file of a part: how long it took, what timed the words, and the words."""

    took: float
    timed_by: str
    utterances: dict[str, dict[str, Any]]


@dataclass(frozen=True)
class HearingPart:
    """Some utterances to hear; a part travels to a worker process or to a job.

    Attributes
    ----------
    asr_model, language
        The Whisper, see `Upstream`, and the code of the language that is spoken; None detects it.
    features
        Audio of the part's utterances and of no other.
    texts
        Their transcripts, whose words are timed; None recognises them.
    folder
        Folder of the parts.
    ngpu
        1 computes on the GPU, 0 on the CPU.
    """

    asr_model: str
    language: str | None
    features: FeatureDir
    texts: Mapping[str, str] | None
    folder: Path
    ngpu: int

    def file(self, model: str) -> Path:
        """Return the file of the part, whose name is a digest of all that it depends on.

        Parameters
        ----------
        model
            Digest of the model.
        """
        audio = (self.features.path / FEATS_JSON).read_text(encoding="utf-8")
        depends = [model, self.language, audio, list(self.features.scp), self.texts]
        digest = hashlib.sha256(json.dumps(depends).encode()).hexdigest()
        return self.folder / f"{digest[:16]}.json"


@dataclass(frozen=True)
class Hearing:
    """Words that were heard in many utterances.

    Attributes
    ----------
    text, language
        Text and code of the language of each utterance.
    words
        Words of each utterance with their times, or the reason why there are none.
    repetitive
        Number of utterances whose text repeated itself, so that it was written again.
    timed_by
        Description of the attention heads by which the words are timed.
    took
        Seconds of computing of one core for all parts.
    """

    text: dict[str, str]
    language: dict[str, str | None]
    words: dict[str, list[Word] | str]
    repetitive: int
    timed_by: str
    took: float


def heard_folder(experiment: Path, asr: Upstream) -> Path:
    """Return the folder of what a Whisper hears, beside an experiment, for all experiments."""
    return experiment.resolve().with_name(f"heard_{model_name(asr.name)}")


def hear(whole: HearingPart, workers: Workers) -> Hearing:
    """Recognise or time the words of every utterance, as far as that is not done yet.

    Raises
    ------
    SentemoError
        When the model is no whole Whisper, hears other features or does not know the language.
    """
    from tqdm import tqdm

    asr = Upstream(whole.asr_model)
    asr.require_features(whole.features.feature_type)
    model = asr.recogniser_fingerprint
    parts = list(_parts(whole))
    files = [part.file(model) for part in parts]
    whole.folder.mkdir(parents=True, exist_ok=True)
    require_transformers(asr.name)
    todo = [(part, file) for part, file in zip(parts, files, strict=True) if not file.is_file()]
    with tqdm(total=len(whole.features.scp), desc="words", unit="utt") as bar:
        bar.update(len(whole.features.scp) - sum(len(part.features.scp) for part, _ in todo))
        for (part, _), _ in workers.run(_hear_part, todo):
            bar.update(len(part.features.scp))
    return _joined(files)


@dataclass(frozen=True)
class WhisperRecogniser:
    """Whisper with the methods of `sentemo.recognition.recogniser.Recogniser`.

    Attributes
    ----------
    asr
        A whole Whisper.
    features
        Audio of the utterances, of the rate that it hears.
    folder
        Folder of the parts, which other commands may share.
    language
        Code of the language that is spoken; None detects it for each utterance.
    ngpu
        1 computes on the GPU of each worker, 0 on the CPU.
    """

    asr: Upstream
    features: FeatureDir
    folder: Path
    language: str | None = None
    ngpu: int = 0

    def transcribe(
        self, utterances: Sequence[str], workers: Workers = ONE_PROCESS
    ) -> dict[str, str]:
        """Return the words recognised in each utterance, as Whisper writes them."""
        return self.hear(utterances, None, workers).text

    def align_words(
        self,
        utterances: Sequence[str],
        texts: Mapping[str, str] | None,
        workers: Workers = ONE_PROCESS,
    ) -> dict[str, list[Word] | str]:
        """Return the words of each utterance with their times, or why there are none.

        Parameters
        ----------
        texts
            Transcripts of the utterances; None takes what Whisper hears.
        """
        return self.hear(utterances, texts, workers).words

    def hear(
        self, utterances: Sequence[str], texts: Mapping[str, str] | None, workers: Workers
    ) -> Hearing:
        """Return all that is heard; see `hear`."""
        features = self.features.only(utterances)
        whole = HearingPart(self.asr.name, self.language, features, texts, self.folder, self.ngpu)
        return hear(whole, workers)


def _parts(whole: HearingPart) -> Iterator[HearingPart]:
    """Divide the utterances, in the order of their ids."""
    utterances, texts = sorted(whole.features.scp), whole.texts
    for first in range(0, len(utterances), UTTERANCES_PER_PART):
        some = utterances[first : first + UTTERANCES_PER_PART]
        given = None if texts is None else {utt: texts[utt] for utt in some}
        yield replace(whole, features=whole.features.only(some), texts=given)


def _hear_part(job: tuple[HearingPart, Path]) -> None:
    """Write the file of a part."""
    part, file = job
    with one_thread():
        whisper = _whisper(part.asr_model, part.folder, part.ngpu)
        started = time.process_time()
        heard = _recognised(whisper, part) if part.texts is None else _timed(whisper, part)
    content: HeardPart = {
        "took": round(time.process_time() - started, 3),
        "timed_by": whisper.decoder.heads_from,
        "utterances": heard,
    }
    write_json(file, content)


@lru_cache(maxsize=1)  # of a worker, which hears many parts
def _whisper(asr_model: str, folder: Path, ngpu: int) -> "Whisper":
    with log_to(folder / "whisper.log"):
        from sentemo.recognition.whisper import Whisper

        return Whisper(Upstream(asr_model), "cuda" if ngpu else "cpu")


def _recognised(whisper: "Whisper", part: HearingPart) -> dict[str, Any]:
    longest_first = sorted(part.features.scp, key=lambda utt: -part.features.num_frames[utt])
    signals = [read_input(part.features, utt) for utt in longest_first]
    with log_to(part.folder / "whisper.log"):
        found = whisper.hear(signals, part.language)
    return {
        utt: {
            "text": heard.text,
            "language": heard.language,
            "words": _as_lists(heard.words),
            "repetitive": heard.repetitive,
        }
        for utt, heard in zip(longest_first, found, strict=True)
    }


def _timed(whisper: "Whisper", part: HearingPart) -> dict[str, Any]:
    assert part.texts is not None
    found: dict[str, Any] = {}
    for utt, text in part.texts.items():
        try:
            samples = read_input(part.features, utt)
            words = whisper.align(samples, text.split(), part.language)
            found[utt] = {"text": text, "language": part.language, "words": _as_lists(words)}
        except Unaligned as reason:
            found[utt] = {"text": text, "language": part.language, "reason": str(reason)}
    return found


def _as_lists(words: Sequence[Word]) -> list[list[Any]]:
    return [[round(word.start, 3), round(word.duration, 3), word.text] for word in words]


def _joined(files: Sequence[Path]) -> Hearing:
    read = [read_json(file, HeardPart, AGAIN) for file in files]
    found = {utt: heard for part in read for utt, heard in part["utterances"].items()}
    try:
        return Hearing(
            text={utt: heard["text"] for utt, heard in found.items()},
            language={utt: heard["language"] for utt, heard in found.items()},
            words={utt: _words_or_reason(heard) for utt, heard in found.items()},
            repetitive=sum(heard.get("repetitive", False) for heard in found.values()),
            timed_by=", ".join(sorted({part["timed_by"] for part in read})),
            took=sum(part["took"] for part in read),
        )
    except (KeyError, TypeError) as error:
        folder = files[0].parent
        raise SentemoError(f"{folder}: a damaged part ({error}). Delete the folder.") from error


def _words_or_reason(heard: Mapping[str, Any]) -> list[Word] | str:
    if heard.get("reason"):
        return str(heard["reason"])
    return [Word(*word) for word in heard["words"]] or (NOT_TIMED if heard["text"] else NO_WORDS)
