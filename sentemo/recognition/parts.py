"""Work of a recogniser on many utterances, cut into parts that may be jobs of their own."""

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

# A part has at least so many seconds of speech: a shorter one takes little time beside loading.
SECONDS_PER_PART = 3600
REPORT_SECONDS = 30

progress = logging.getLogger("sentemo.progress")

# Returns a result for each utterance of a batch, given its ids, speech and lengths.
BatchWork: TypeAlias = Callable[[Sequence[str], "torch.Tensor", "torch.Tensor"], Sequence[Any]]


@dataclass(frozen=True)
class Part:
    """Some utterances and the work on them; a part travels to a worker process or to a job.

    Attributes
    ----------
    asr_model
        Name of the checkpoint; see `Upstream`.
    prepare
        Given the model and this part, returns the work on a batch.
    features
        Features of the part's utterances and of no other.
    texts
        Their transcripts; None where the work needs none.
    log
        File that receives what libraries print.
    ngpu
        1 computes on the GPU, 0 on the CPU.
    """

    asr_model: str
    prepare: Callable[["ESPnetASRModel", "Part"], BatchWork]
    features: FeatureDir
    texts: Mapping[str, str] | None
    log: Path
    ngpu: int


def run_in_parts(whole: Part, workers: Workers) -> dict[str, Any]:
    """Return the result of every utterance, from as many parts as workers and speech allow.

    The results do not depend on the parts. Several parts have a log each: ``decode.1.log`` …

    Raises
    ------
    SentemoError
        Naming utterances whose features are not finite.
    """
    utterances = list(whole.features.scp)
    if not utterances:
        return {}
    shares = share_out(utterances, whole.features.num_frames, workers.at_once)
    log = whole.log
    parts = [
        replace(
            whole,
            features=whole.features.only(share),
            texts=None if whole.texts is None else {utt: whole.texts[utt] for utt in share},
            log=log if len(shares) == 1 else log.with_suffix(f".{number}{log.suffix}"),
        )
        for number, share in enumerate(shares, start=1)
    ]
    results: dict[str, Any] = {}
    for _, of_part in workers.run(_run_part, parts):
        results |= of_part
    return {utt: results[utt] for utt in utterances}


def share_out(
    utterances: Sequence[str], frames: Mapping[str, int], at_most: int
) -> list[list[str]]:
    """Cut utterances into parts of about as much speech each.

    Parameters
    ----------
    frames
        Number of frames of each utterance.
    at_most
        Largest number of parts; there are fewer where they would be short.

    Returns
    -------
    list
        The utterances of each part, the longest first: what is too long for the memory fails at
        once, and batches have little padding.
    """
    longest_first = sorted(utterances, key=lambda utt: (-frames[utt], utt))
    seconds = sum(frames[utt] for utt in utterances) / FRAMES_PER_SECOND
    number = max(1, min(at_most, math.floor(seconds / SECONDS_PER_PART)))
    return [longest_first[first::number] for first in range(number)]


def _run_part(part: Part) -> dict[str, Any]:
    # Where several parts run at once, nobody could tell their progress lines apart.
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
            ASRTask, args, asr.weights_files, files, part.ngpu, inference=True
        )
        return _run_batches(model, batches, part.prepare(model, part), len(part.features.scp))


def _run_batches(
    model: "ESPnetASRModel", batches: Iterable[Any], work: BatchWork, total: int
) -> dict[str, Any]:
    import torch
    from espnet2.torch_utils.device_funcs import to_device

    from sentemo.training.batches import not_finite

    device = next(model.parameters()).device
    results: dict[str, Any] = {}
    started = reported = time.perf_counter()
    for names, batch in batches:
        if broken := not_finite(names, batch["speech"]):
            raise SentemoError(f"features that are not finite: {', '.join(broken)}")
        speech, lengths = to_device([batch["speech"], batch["speech_lengths"]], device)
        with torch.no_grad():
            of_batch = work(names, speech, lengths)
        results.update(zip(names, of_batch, strict=True))
        now = time.perf_counter()
        if now - reported > REPORT_SECONDS:
            reported, done = now, len(results)
            left = format_timespan(round((now - started) * (total - done) / done))
            progress.info(f"{done} of {total} utterances decoded, about {left} left")
    return results
