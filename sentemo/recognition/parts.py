"""A recogniser's answers for the utterances of a feature directory, in parts that may be jobs."""

import argparse
import logging
import math
import multiprocessing
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, TypeAlias

from humanfriendly import format_timespan

from sentemo.core.errors import SentemoError
from sentemo.core.logs import log_to
from sentemo.core.processes import within_slurm
from sentemo.data.features import FRAMES_PER_SECOND, FeatureDir
from sentemo.launch.workers import Workers
from sentemo.training.inputs import write_speech
from sentemo.upstreams import Upstream

if TYPE_CHECKING:
    import torch
    from espnet2.asr.espnet_model import ESPnetASRModel

SECONDS_PER_PART = 3600  # of speech, at least: what is shorter is soon heard, compared with loading
REPORT_SECONDS = 30

progress = logging.getLogger("sentemo.progress")

# Answers for a batch, from its ids, speech and lengths.
Answer: TypeAlias = Callable[[Sequence[str], "torch.Tensor", "torch.Tensor"], Sequence[Any]]


@dataclass(frozen=True)
class Part:
    """Some utterances; it travels to a worker process or to a job.

    Attributes
    ----------
    question
        Makes of a model and this part what answers for each batch.
    features, texts
        Of these utterances alone; of the latter, None where the question needs no transcripts.
    log
        Receives what libraries print.
    """

    asr_model: str
    question: Callable[["ESPnetASRModel", "Part"], Answer]
    features: FeatureDir
    texts: dict[str, str] | None
    log: Path
    ngpu: int


def answer_all(
    asr: Upstream,
    question: Callable[["ESPnetASRModel", Part], Answer],
    utterances: Sequence[str],
    features: FeatureDir,
    texts: Mapping[str, str] | None,
    log: Path,
    ngpu: int,
    workers: Workers,
) -> dict[str, Any]:
    """Answer for every utterance, with as many parts as there are workers and enough speech.

    What answers there are does not depend on the parts.

    Parameters
    ----------
    log
        ``decode.log``; of several parts ``decode.1.log`` …

    Raises
    ------
    SentemoError
        Naming utterances whose features are not finite.
    """
    if not utterances:
        return {}
    found: dict[str, Any] = {}
    shares = share_out(utterances, features.num_frames, workers.at_once)
    parts = [
        Part(
            asr.name,
            question,
            _of(features, share),
            None if texts is None else {utt: texts[utt] for utt in share},
            log if len(shares) == 1 else log.with_suffix(f".{number}{log.suffix}"),
            ngpu,
        )
        for number, share in enumerate(shares, start=1)
    ]
    for _, answers in workers.run(_answer_part, parts):
        found |= answers
    return {utt: found[utt] for utt in utterances}


def share_out(
    utterances: Sequence[str], frames: Mapping[str, int], at_most: int
) -> list[list[str]]:
    """Cut utterances into parts of about as much speech each.

    Parameters
    ----------
    frames
        Of each utterance.
    at_most
        Number of parts; fewer where they would be short.

    Returns
    -------
    list
        Of each part its utterances, the longest first: what is too long for the memory fails at
        once, and batches have little padding.
    """
    longest_first = sorted(utterances, key=lambda utt: (-frames[utt], utt))
    seconds = sum(frames[utt] for utt in utterances) / FRAMES_PER_SECOND
    number = max(1, min(at_most, math.floor(seconds / SECONDS_PER_PART)))
    return [longest_first[first::number] for first in range(number)]


def _of(features: FeatureDir, share: Sequence[str]) -> FeatureDir:
    return replace(
        features,
        scp={utt: features.scp[utt] for utt in share},
        num_frames={utt: features.num_frames[utt] for utt in share},
    )


def _answer_part(part: Part) -> dict[str, Any]:
    # Of several parts, each in a process of its own, nobody could tell the lines apart.
    alone = multiprocessing.parent_process() is None
    with log_to(part.log, show_progress=alone), TemporaryDirectory() as folder:
        import torch

        from sentemo.tasks.asr import ASRTask
        from sentemo.training.evaluation import open_experiment

        torch.set_num_threads(within_slurm(torch.get_num_threads() if alone else 1))
        asr = Upstream(part.asr_model)
        files = [write_speech(Path(folder), part.features, part.features.scp)]
        args = argparse.Namespace(**asr.located_config())
        model, batches = open_experiment(
            ASRTask, args, [asr.weights_file], files, part.ngpu, inference=True
        )
        return _ask(model, batches, part.question(model, part), len(part.features.scp))


def _ask(
    model: "ESPnetASRModel", batches: Iterable[Any], answer: Answer, total: int
) -> dict[str, Any]:
    import torch
    from espnet2.torch_utils.device_funcs import to_device

    from sentemo.training.batches import not_finite

    device = next(model.parameters()).device
    answers: dict[str, Any] = {}
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
