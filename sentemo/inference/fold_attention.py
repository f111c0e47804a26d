"""Attention of the models of an experiment's folds over their test utterances."""

import argparse

import numpy as np

from sentemo.core.config import read_config
from sentemo.folds.job import FoldJob
from sentemo.inference.checkpoint_files import files_of_experiment

Attention = dict[str, np.ndarray]


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
            return _attend(job)


def _attend(job: FoldJob) -> tuple[float, Attention]:
    from espnet2.torch_utils.device_funcs import to_device

    from sentemo.folds.separate import write_job_side
    from sentemo.tasks.ser import SERTask
    from sentemo.training.evaluation import open_experiment
    from sentemo.training.too_short import state_shift

    tables = write_job_side(job, "test")
    files = files_of_experiment(job.exp.parent, fold=job.fold.number)
    args = argparse.Namespace(**read_config(files.config_file))
    ngpu = job.settings["ngpu"]
    model, batches = open_experiment(SERTask, args, files.members[0], tables, ngpu)
    found: Attention = {}
    for names, batch in batches:
        inputs = to_device(batch, "cuda" if ngpu else "cpu")
        states, lengths = model.encode(inputs["speech"], inputs["speech_lengths"])
        text = inputs.get("text"), inputs.get("text_lengths")
        _, attention = model.predict_states(states, lengths, *text)
        if attention is None:
            break
        of_batch = attention.transpose(1, 2).cpu().numpy()
        for name, weights, length in zip(names, of_batch, lengths.tolist(), strict=True):
            found[name] = weights[:length]
    return state_shift(model, job.features.dim), found
