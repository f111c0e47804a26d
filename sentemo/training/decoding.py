"""A trained recogniser at work: what it hears in the utterances of a feature directory."""

import argparse
import logging
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from humanfriendly import format_timespan

from sentemo.data.features import FeatureDir
from sentemo.errors import Problems, SentemoError
from sentemo.training.inputs import write_speech
from sentemo.upstream import Upstream

if TYPE_CHECKING:
    from espnet2.asr.espnet_model import ESPnetASRModel

    from sentemo.training.too_short import TooShort

DECODERS = {"ctc": "CTC", "transducer": "RNN-T"}  # by the model's name in config.yaml
REPORT_SECONDS = 30

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
    from sentemo.tasks.asr import ASRTask
    from sentemo.training.evaluation import open_experiment
    from sentemo.training.too_short import too_short

    decoder_name(asr)
    asr.require_features(features.feature_type)
    files = [write_speech(folder, features, utterances)]
    args = argparse.Namespace(**asr.located_config())
    model, batches = open_experiment(ASRTask, args, asr.weights_file, files, ngpu, inference=True)
    # What a text would need does not matter: for one too long, an error is scored.
    without_text = ((utt, ()) for utt in utterances)
    refuse_unheard(too_short(model, features.dim, features.num_frames, without_text))
    return _decode(model, batches, beam_size, len(utterances))


def refuse_unheard(short: Mapping[str, "TooShort"]) -> None:
    """Refuse what cannot be recognised at all."""
    problems = Problems("utterances to recognise")
    for utt, found in short.items():
        if found.for_the_encoder:
            problems.add("too short for the encoder", utt, f"{found.frames} frames")
    problems.raise_if_any("Remove these utterances from the data directory.")


def _decode(
    model: "ESPnetASRModel", batches: Iterable[Any], beam_size: int, total: int
) -> dict[str, str]:
    import torch
    from espnet2.torch_utils.device_funcs import to_device

    from sentemo.training.batches import not_finite

    device = next(model.parameters()).device
    hypotheses: dict[str, str] = {}
    started = reported = time.perf_counter()
    for names, batch in batches:
        if broken := not_finite(names, batch["speech"]):
            raise SentemoError(f"features that are not finite: {', '.join(broken)}")
        speech, lengths = to_device([batch["speech"], batch["speech_lengths"]], device)
        with torch.no_grad():
            texts = model.decode_batch(speech, lengths, beam_size)
        hypotheses.update(zip(names, texts, strict=True))
        now = time.perf_counter()
        if now - reported > REPORT_SECONDS:
            reported, done = now, len(hypotheses)
            left = format_timespan(round((now - started) * (total - done) / done))
            progress.info(f"{done} of {total} utterances decoded, about {left} left")
    return hypotheses
