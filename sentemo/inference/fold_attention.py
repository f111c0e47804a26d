"""Attention of the models of an experiment's folds over their test utterances."""

import argparse
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from sentemo.core.config import read_config
from sentemo.data.splits import side_of_fold
from sentemo.folds.job import FoldJob
from sentemo.folds.run import start_layer
from sentemo.inference.checkpoint_files import files_of_experiment

if TYPE_CHECKING:
    import torch

Attention = dict[str, np.ndarray]
Attended = tuple[list[str], "torch.Tensor | None", "torch.Tensor"]


def attend_test(job: FoldJob) -> tuple[float, Attention]:
    """Compute the attention of the fold's chosen weights over its test side.

    Returns
    -------
    frame_shift, attention
        Seconds from one frame to the next, and ``(frames, heads)`` of each utterance, each column
        of which sums to 1. There is none where the decoder does not attend to frames.
    """
    from sentemo.core.logs import log_to

    with log_to(job.exp / "attention.log"):
        import torch

        torch.set_num_threads(job.threads)
        with torch.no_grad():
            frozen = job.states and start_layer(job.config) is None
            frame_shift, batches = _attend_kept(job) if frozen else _attend_encoded(job)
            found: Attention = {}
            for names, attention, lengths in batches:
                if attention is None:
                    break
                of_batch = attention.transpose(1, 2).cpu().numpy()
                for name, weights, length in zip(names, of_batch, lengths.tolist(), strict=True):
                    found[name] = weights[:length]
            return frame_shift, found


def _attend_kept(job: FoldJob) -> tuple[float, Iterator[Attended]]:
    """Attend to the kept states of a frozen encoder."""
    from sentemo.core.checkpoint import load_weights
    from sentemo.states.kept import KeptStates
    from sentemo.tasks.ser import SERTask

    assert job.states is not None
    files = files_of_experiment(job.exp.parent, fold=job.fold.number)
    model = SERTask.build_model(argparse.Namespace(**read_config(files.config_file)))
    decoder = load_weights(files.members[0][-1])
    model.load_state_dict({**model.state_dict(), **decoder})
    model.eval()
    kept = KeptStates(job.states)
    names = sorted(utt.id for utt in side_of_fold(job.utterances, job.fold, "test"))

    def attended() -> Iterator[Attended]:
        for batch, states, lengths in kept.batches(names, model.kept_layers):
            yield batch, model.predict_states(states, lengths)[1], lengths

    return kept.frame_shift, attended()


def _attend_encoded(job: FoldJob) -> tuple[float, Iterator[Attended]]:
    """Run the encoder of the fold, or its layers above kept states, and attend to its states."""
    from espnet2.torch_utils.device_funcs import to_device

    from sentemo.folds.separate import write_job_side
    from sentemo.states.kept import KeptStates
    from sentemo.tasks.ser import SERTask
    from sentemo.training.evaluation import open_experiment
    from sentemo.training.too_short import state_shift

    tables = write_job_side(job, "test")
    files = files_of_experiment(job.exp.parent, fold=job.fold.number)
    args = argparse.Namespace(**read_config(files.config_file))
    ngpu = job.settings["ngpu"]
    model, batches = open_experiment(SERTask, args, files.members[0][-1:], tables, ngpu)

    def attended() -> Iterator[Attended]:
        for names, batch in batches:
            inputs = to_device(batch, "cuda" if ngpu else "cpu")
            states, lengths = model.encode(inputs["speech"], inputs["speech_lengths"])
            text = inputs.get("text"), inputs.get("text_lengths")
            yield names, model.predict_states(states, lengths, *text)[1], lengths

    kept = job.states and KeptStates(job.states).frame_shift
    return kept or state_shift(model, job.features.dim), attended()
