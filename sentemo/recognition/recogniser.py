"""A trained recogniser at work: the words it hears, their times, and the sentiment it tells."""

import argparse
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from sentemo.core.errors import SentemoError
from sentemo.core.logs import log_to
from sentemo.data.features import FeatureDir
from sentemo.data.tokens import SPACE
from sentemo.data.word_times import Word
from sentemo.launch.workers import ONE_PROCESS, Workers
from sentemo.recognition.parts import Answer, Part, answer_all
from sentemo.recognition.word_alignment import TOO_FEW_FRAMES, Spelling, Unaligned, align_words
from sentemo.upstreams import Upstream

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
    log: Path,
    ngpu: int = 0,
    workers: Workers = ONE_PROCESS,
    beam_size: int = 1,
) -> dict[str, str]:
    """Recognise utterances; a beam of 1 is greedy.

    Parameters
    ----------
    log
        Receives what libraries print; see `answer_all`.
    ngpu
        1 recognises on the GPU, of each of the workers.

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
    _refuse_unheard(asr, utterances, features, log)
    question = partial(_words, beam_size=beam_size)
    return answer_all(asr, question, utterances, features, None, log, ngpu, workers)


def hear_sentiment(
    asr: Upstream,
    utterances: Sequence[str],
    features: FeatureDir,
    log: Path,
    ngpu: int = 0,
    workers: Workers = ONE_PROCESS,
) -> dict[str, list[float]]:
    """Tell the sentiment of utterances with an SA2SR model; see `recognise`.

    Returns
    -------
    dict
        Probabilities of negative, neutral and positive, by utterance.
    """
    _refuse_unheard(asr, utterances, features, log)
    return answer_all(asr, _sentiment, utterances, features, None, log, ngpu, workers)


def time_words(
    asr: Upstream,
    texts: Mapping[str, str] | None,
    utterances: Sequence[str],
    features: FeatureDir,
    log: Path,
    ngpu: int = 0,
    workers: Workers = ONE_PROCESS,
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
    if not decodes_by_ctc(asr):
        raise SentemoError(
            f"--align_model {asr.name}: no CTC recogniser of egs/librispeech, which words are "
            "aligned by (an RNN-T has too few states for characters). Give one, like asr_ctc."
        )
    unheard = _unheard(asr, utterances, features, log)
    heard = [utt for utt in utterances if utt not in unheard]
    aligned = answer_all(asr, _word_times, heard, features, texts, log, ngpu, workers)
    return {**dict.fromkeys(unheard, TOO_FEW_FRAMES), **aligned}


def _refuse_unheard(
    asr: Upstream, utterances: Sequence[str], features: FeatureDir, log: Path
) -> None:
    unheard = _unheard(asr, utterances, features, log)
    from sentemo.training.too_short import refuse_unheard  # what it prints is in the log by now

    refuse_unheard(unheard)


def _unheard(
    asr: Upstream, utterances: Sequence[str], features: FeatureDir, log: Path
) -> dict[str, "TooShort"]:
    """Find the utterances that are too short for the encoder, before hours of recognition."""
    asr.require_features(features.feature_type)
    with log_to(log):
        from sentemo.tasks.asr import ASRTask
        from sentemo.training.too_short import too_short

        untrained = ASRTask.build_model(argparse.Namespace(**asr.located_config()))
        # What a text would need does not matter: for one too long, an error is scored.
        without_text = ((utt, ()) for utt in utterances)
        found = too_short(untrained, features.dim, features.num_frames, without_text)
        return {utt: short for utt, short in found.items() if short.for_the_encoder}


def _words(model: "ESPnetASRModel", _: Part, beam_size: int) -> Answer:
    def decode(_: Sequence[str], speech: "torch.Tensor", lengths: "torch.Tensor") -> list[str]:
        return model.decode_batch(speech, lengths, beam_size)

    return decode


def _sentiment(model: "ESPnetASRModel", _: Part) -> Answer:
    def classify(
        _: Sequence[str], speech: "torch.Tensor", lengths: "torch.Tensor"
    ) -> list[list[float]]:
        return model.sentiment_batch(speech, lengths).tolist()

    return classify


def _word_times(model: "ESPnetASRModel", part: Part) -> Answer:
    from sentemo.training.too_short import state_shift

    texts = part.texts
    spelling = Spelling.of_tokens(model.token_list, SPACE)
    frame_shift = state_shift(model, part.features.dim)

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

    return align
