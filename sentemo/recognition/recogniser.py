"""A trained recogniser at work: words, the times of words, and the sentiment of utterances."""

import argparse
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sentemo.core.errors import SentemoError
from sentemo.core.logs import log_to
from sentemo.data.features import FeatureDir
from sentemo.data.tokens import SPACE
from sentemo.data.word_times import Word
from sentemo.launch.workers import ONE_PROCESS, Workers
from sentemo.recognition.parts import BatchWork, Part, run_in_parts
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
        When the model is none of ours.
    """
    model = asr.config.get("model")
    if model not in DECODERS:
        raise SentemoError(
            f"--asr_model {asr.name}: its decoder cannot run here (model: {model or 'espnet'}), "
            "only its encoder can. Recognise the utterances with ESPnet's own espnet2.bin."
            "asr_inference and give the transcripts with --text FILE, or take a recogniser of "
            "egs/librispeech, or a whole Whisper with its tokenizer.json."
        )
    return DECODERS[model]


def decodes_by_ctc(asr: Upstream) -> bool:
    """Tell whether a model is a CTC recogniser of ours, with whose frames words can be aligned."""
    return DECODERS.get(asr.config.get("model", "")) == "CTC"


@dataclass(frozen=True)
class Recogniser:
    """A trained recogniser and the features that it works on.

    Attributes
    ----------
    asr
        The checkpoint.
    features
        Features of the utterances, of the type that the model was trained on.
    log
        File that receives what libraries print; several parts have one each.
    ngpu
        1 computes on the GPU of each worker, 0 on the CPU.
    """

    asr: Upstream
    features: FeatureDir
    log: Path
    ngpu: int = 0

    def transcribe(
        self, utterances: Sequence[str], workers: Workers = ONE_PROCESS, beam_size: int = 1
    ) -> dict[str, str]:
        """Return the words recognised in each utterance, perhaps none; a beam of 1 is greedy.

        Raises
        ------
        SentemoError
            When the recogniser is for other features or its decoder is unknown; naming the
            utterances that are too short for it or have features that are not finite.
        """
        decoder_name(self.asr)
        self._refuse_too_short(utterances)
        return self._run(partial(_words, beam_size=beam_size), utterances, None, workers)

    def predict_sentiment(
        self, utterances: Sequence[str], workers: Workers = ONE_PROCESS
    ) -> dict[str, list[float]]:
        """Return the probabilities of negative, neutral and positive of each utterance.

        The model is an SA2SR model. Errors are those of `transcribe`.
        """
        self._refuse_too_short(utterances)
        return self._run(_sentiment, utterances, None, workers)

    def align_words(
        self,
        utterances: Sequence[str],
        texts: Mapping[str, str] | None,
        workers: Workers = ONE_PROCESS,
    ) -> dict[str, list[Word] | str]:
        """Align words with speech, by the CTC layer of the recogniser.

        Parameters
        ----------
        texts
            Transcripts of the utterances; None takes what the recogniser hears.

        Returns
        -------
        dict
            The words of each utterance, or the reason why there are none.

        Raises
        ------
        SentemoError
            When the recogniser has no CTC layer, and as `transcribe` does.
        """
        if not decodes_by_ctc(self.asr):
            raise SentemoError(
                f"--align_model {self.asr.name}: no CTC recogniser of egs/librispeech, which words "
                "are aligned by (an RNN-T has too few states for characters), nor a whole Whisper. "
                "Give one, like asr_ctc."
            )
        short = self._too_short(utterances)
        long_enough = [utt for utt in utterances if utt not in short]
        aligned = self._run(_word_times, long_enough, texts, workers)
        return {**dict.fromkeys(short, TOO_FEW_FRAMES), **aligned}

    def _run(
        self,
        prepare: Callable[["ESPnetASRModel", Part], BatchWork],
        utterances: Sequence[str],
        texts: Mapping[str, str] | None,
        workers: Workers,
    ) -> dict[str, Any]:
        features = self.features.only(utterances)
        whole = Part(self.asr.name, prepare, features, texts, self.log, self.ngpu)
        return run_in_parts(whole, workers)

    def _refuse_too_short(self, utterances: Sequence[str]) -> None:
        short = self._too_short(utterances)
        from sentemo.training.too_short import (
            refuse_too_short,  # what it prints is in the log by now
        )

        refuse_too_short(short)

    def _too_short(self, utterances: Sequence[str]) -> dict[str, "TooShort"]:
        """Find the utterances that are too short for the encoder, before hours of recognition."""
        self.asr.require_features(self.features.feature_type)
        with log_to(self.log):
            from sentemo.training.too_short import too_short

            # What a text would need does not matter: for one too long, an error is scored.
            without_text = ((utt, ()) for utt in utterances)
            features = self.features
            found = too_short(
                self._untrained_model, features.dim, features.num_frames, without_text
            )
            return {utt: short for utt, short in found.items() if short.for_the_encoder}

    @cached_property
    def _untrained_model(self) -> "ESPnetASRModel":
        """The model with random weights, which say as well how many states it makes of frames."""
        from sentemo.tasks.asr import ASRTask

        config = self.asr.located_config()
        with self.asr.building():
            return ASRTask.build_model(argparse.Namespace(**config))


def _words(model: "ESPnetASRModel", _: Part, beam_size: int) -> BatchWork:
    def decode(_: Sequence[str], speech: "torch.Tensor", lengths: "torch.Tensor") -> list[str]:
        return model.decode_batch(speech, lengths, beam_size)

    return decode


def _sentiment(model: "ESPnetASRModel", _: Part) -> BatchWork:
    def classify(
        _: Sequence[str], speech: "torch.Tensor", lengths: "torch.Tensor"
    ) -> list[list[float]]:
        return model.sentiment_batch(speech, lengths).tolist()

    return classify


def _word_times(model: "ESPnetASRModel", part: Part) -> BatchWork:
    from sentemo.training.too_short import state_shift

    texts = part.texts
    spelling = Spelling.of_tokens(model.token_list, SPACE)
    frame_shift = state_shift(model, part.features.dim)

    def align(
        names: Sequence[str], speech: "torch.Tensor", lengths: "torch.Tensor"
    ) -> list[list[Word] | str]:
        states, state_lengths = model.encode(speech, lengths)
        log_probs = model.ctc.log_softmax(states).float().cpu()
        decoded = (
            model.decode_batch(speech, lengths) if texts is None else [texts[n] for n in names]
        )
        found: list[list[Word] | str] = []
        for row, length, text in zip(log_probs, state_lengths.tolist(), decoded, strict=True):
            try:
                words = align_words(row[:length].numpy(), text, spelling, frame_shift)
                found.append(words)
            except Unaligned as reason:
                found.append(str(reason))
        return found

    return align
