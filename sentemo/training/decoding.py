"""A trained recogniser at work: what it hears in the utterances of a feature directory."""

import argparse
import logging
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from humanfriendly import format_timespan

from sentemo.data.features import FeatureDir
from sentemo.data.word_times import Word
from sentemo.errors import Problems, SentemoError
from sentemo.tokens import SPACE
from sentemo.training.inputs import write_speech
from sentemo.upstream import Upstream
from sentemo.visualization.word_alignment import (
    TOO_FEW_FRAMES,
    Spelling,
    Unaligned,
    align_words,
)

if TYPE_CHECKING:
    import torch
    from espnet2.asr.espnet_model import ESPnetASRModel

    from sentemo.training.too_short import TooShort

DECODERS = {  # by the model's name in config.yaml
    "ctc": "CTC",
    "transducer": "RNN-T",
    "sa2sr_ctc": "CTC",
    "sa2sr_transducer": "RNN-T",
}
REPORT_SECONDS = 30
Answer = TypeVar("Answer")

progress = logging.getLogger("sentemo.progress")


def decoder_name(asr: Upstream) -> str:
    """Name a recogniser's decoder for the results.

    Raises
    ------
    SentemoError
        When it is none of ours.
    """
    model = asr.config.get("model")
    if model not in DECODERS:
        raise SentemoError(
            f"--asr_model {asr.name}: its decoder cannot run here (model: {model or 'espnet'}), "
            "only its encoder can. Recognise the utterances with ESPnet's own espnet2.bin."
            "asr_inference and give the transcripts with --text FILE, or take a recogniser of "
            "egs/librispeech."
        )
    return DECODERS[model]


def decodes_by_ctc(asr: Upstream) -> bool:
    """Whether a model is a CTC recogniser of ours, whose frames align words."""
    return DECODERS.get(asr.config.get("model", "")) == "CTC"


def recognise(
    asr: Upstream,
    utterances: Sequence[str],
    features: FeatureDir,
    folder: Path,
    ngpu: int,
    beam_size: int = 1,
) -> dict[str, str]:
    """Recognise utterances; a beam of 1 is greedy.

    Parameters
    ----------
    folder
        Receives the table of features that is read.

    Returns
    -------
    dict
        What was heard in each utterance, perhaps nothing.

    Raises
    ------
    SentemoError
        When the recogniser is for other features or its decoder unknown; naming the utterances
        that are too short for it or have features that are not finite.
    """
    decoder_name(asr)
    model, batches, short = _open(asr, utterances, features, folder, ngpu)
    refuse_unheard(short)

    def decode(_: Sequence[str], speech: "torch.Tensor", lengths: "torch.Tensor") -> list[str]:
        return model.decode_batch(speech, lengths, beam_size)

    return _ask(model, batches, decode, len(utterances))


def hear_sentiment(
    asr: Upstream, utterances: Sequence[str], features: FeatureDir, folder: Path, ngpu: int
) -> dict[str, list[float]]:
    """Tell the sentiment of utterances with an SA2SR model; see `recognise`.

    Returns
    -------
    dict
        Probabilities of negative, neutral and positive, by utterance.
    """
    model, batches, short = _open(asr, utterances, features, folder, ngpu)
    refuse_unheard(short)

    def classify(
        _: Sequence[str], speech: "torch.Tensor", lengths: "torch.Tensor"
    ) -> list[list[float]]:
        return model.sentiment_batch(speech, lengths).tolist()

    return _ask(model, batches, classify, len(utterances))


def time_words(
    asr: Upstream,
    texts: Mapping[str, str] | None,
    utterances: Sequence[str],
    features: FeatureDir,
    folder: Path,
    ngpu: int,
) -> dict[str, list[Word] | str]:
    """Align words with speech, by the CTC layer of a recogniser; see `recognise`.

    Parameters
    ----------
    texts
        Transcripts of the utterances; None takes what the recogniser hears.

    Returns
    -------
    dict
        Of each utterance its words, or why there are none.
    """
    from sentemo.training.too_short import state_shift

    if not decodes_by_ctc(asr):
        raise SentemoError(
            f"--align_model {asr.name}: no CTC recogniser of egs/librispeech, which words are "
            "aligned by (an RNN-T has too few states for characters). Give one, like asr_ctc."
        )
    model, batches, short = _open(asr, utterances, features, folder, ngpu)
    unheard = {utt for utt, found in short.items() if found.for_the_encoder}
    if unheard:
        heard = [utt for utt in utterances if utt not in unheard]
        aligned = time_words(asr, texts, heard, features, folder, ngpu) if heard else {}
        return {**aligned, **dict.fromkeys(unheard, TOO_FEW_FRAMES)}
    spelling = Spelling.of_tokens(model.token_list, SPACE)
    frame_shift = state_shift(model, features.dim)

    def align(
        names: Sequence[str], speech: "torch.Tensor", lengths: "torch.Tensor"
    ) -> list[list[Word] | str]:
        states, state_lengths = model.encode(speech, lengths)
        log_probs = model.ctc.log_softmax(states).float().cpu()
        heard = model.decode_batch(speech, lengths) if texts is None else [texts[n] for n in names]
        found: list[list[Word] | str] = []
        for row, length, text in zip(log_probs, state_lengths.tolist(), heard, strict=True):
            try:
                words = align_words(row[:length].numpy(), text, spelling, frame_shift)
                found.append(words)
            except Unaligned as reason:
                found.append(str(reason))
        return found

    return _ask(model, batches, align, len(utterances))


def _open(
    asr: Upstream, utterances: Sequence[str], features: FeatureDir, folder: Path, ngpu: int
) -> tuple["ESPnetASRModel", Iterable[Any], dict[str, "TooShort"]]:
    """Load the model and the utterances; find those that it cannot hear."""
    from sentemo.tasks.asr import ASRTask
    from sentemo.training.evaluation import open_experiment
    from sentemo.training.too_short import too_short

    asr.require_features(features.feature_type)
    files = [write_speech(folder, features, utterances)]
    args = argparse.Namespace(**asr.located_config())
    model, batches = open_experiment(ASRTask, args, [asr.weights_file], files, ngpu, inference=True)
    # What a text would need does not matter: for one too long, an error is scored.
    without_text = ((utt, ()) for utt in utterances)
    short = too_short(model, features.dim, features.num_frames, without_text)
    return model, batches, short


def refuse_unheard(short: Mapping[str, "TooShort"]) -> None:
    """Refuse what cannot be recognised at all."""
    problems = Problems("utterances to recognise")
    for utt, found in short.items():
        if found.for_the_encoder:
            problems.add("too short for the encoder", utt, f"{found.frames} frames")
    problems.raise_if_any("Remove these utterances from the data directory.")


def _ask(
    model: "ESPnetASRModel",
    batches: Iterable[Any],
    answer: Callable[[Sequence[str], "torch.Tensor", "torch.Tensor"], Sequence[Answer]],
    total: int,
) -> dict[str, Answer]:
    """Answer for every utterance of the batches, from id, speech and length."""
    import torch
    from espnet2.torch_utils.device_funcs import to_device

    from sentemo.training.batches import not_finite

    device = next(model.parameters()).device
    answers: dict[str, Answer] = {}
    started = reported = time.perf_counter()
    for names, batch in batches:
        if broken := not_finite(names, batch["speech"]):
            raise SentemoError(f"features that are not finite: {', '.join(broken)}")
        speech, lengths = to_device([batch["speech"], batch["speech_lengths"]], device)
        with torch.no_grad():
            found = answer(names, speech, lengths)
        answers.update(zip(names, found, strict=True))
        now = time.perf_counter()
        if now - reported > REPORT_SECONDS:
            reported, done = now, len(answers)
            left = format_timespan(round((now - started) * (total - done) / done))
            progress.info(f"{done} of {total} utterances decoded, about {left} left")
    return answers
