"""All folds in one pass upon the states of a frozen encoder, with a decoder for each fold.

The states were kept by stage feats, also in copies with SpecAugment, which epochs read in turn.
Only with another SpecAugment in every epoch does the encoder run in training: once per batch, for
all folds.

A fold learns what it would learn alone from its own utterances of the same batches: its loss is the
mean over them, its gradient is clipped by itself, its epochs are chosen by its own validation side,
and no utterance of its validation or test side ever reaches its gradient. Batches are made of the
utterances of all folds, and are so much larger that a fold's share of one is as large as
configured. Folds that are trained one by one have other batches and another dropout.

Several processes make the same batches. Each encodes a part of every batch and receives the states
of the whole; each has folds of its own, which learn as they would in one process.
"""

import argparse
import time
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import torch
from espnet2.schedulers.abs_scheduler import AbsBatchStepScheduler, AbsEpochStepScheduler
from espnet2.tasks.abs_task import optim_classes, scheduler_classes
from espnet2.torch_utils.set_all_random_seed import set_all_random_seed
from espnet2.train.distributed_utils import DistributedOption

from sentemo.core import checkpoint
from sentemo.core.best_epoch import ENCODER_FILE
from sentemo.core.logs import TRAIN_LOG, log_to
from sentemo.core.memory import keep_freed_memory
from sentemo.core.processes import available_cores
from sentemo.folds.history import joint_histories
from sentemo.folds.job import FoldJob, TrainedFold
from sentemo.folds.joint_inputs import (
    joint_arguments,
    kept_states,
    training_states,
    write_experiment,
)
from sentemo.folds.learner import FoldLearner
from sentemo.folds.separate import predictions
from sentemo.folds.shared_encoder import Encoded, SharedEncoder, share_encoder
from sentemo.folds.threads import FoldThreads
from sentemo.models.ser import SpeechEmotionModel
from sentemo.scoring.predictions import AnyPrediction
from sentemo.tasks.ser import SERTask
from sentemo.training.distributed import run_in_processes
from sentemo.training.process_group import ProcessGroup
from sentemo.training.selection import EpochProgress
from sentemo.training.state import seed_epoch

# Optimisers of torch that can step through all weights at once; one by one, by one thread, it is a
# tenth of an epoch.
FUSED = ("adam", "adamw", "adagrad")


def train_folds_together(jobs: Sequence[FoldJob]) -> list[TrainedFold]:
    """Train every fold from the last completed epoch on.

    Parameters
    ----------
    jobs
        All folds of one experiment, which differ in nothing else; its directory is above theirs.
    """
    started = time.perf_counter()
    first, exp = jobs[0], jobs[0].exp.parent
    with log_to(exp / TRAIN_LOG):
        args = joint_arguments(jobs)
    ngpu = first.settings["ngpu"]
    run_in_processes(_train, (jobs, args), exp, ngpu, first.processes, first.nodes)
    with log_to(exp / TRAIN_LOG):
        learners, answers = _predict(jobs, "valid")
        for learner, history in zip(learners, joint_histories(exp) or [], strict=True):
            learner.history = history
        seconds = (time.perf_counter() - started) / len(jobs)
        return [
            TrainedFold(learner.best_epoch, len(learner.history), seconds, found)
            for learner, found in zip(learners, answers, strict=True)
        ]


def predict_folds_together(jobs: Sequence[FoldJob]) -> list[list[AnyPrediction]]:
    """Predict every fold's test side with its chosen weights."""
    with log_to(jobs[0].exp.parent / "decode.log"):
        return _predict(jobs, "test")[1]


def _train(
    jobs_and_args: tuple[Sequence[FoldJob], argparse.Namespace], connection: Mapping[str, Any]
) -> None:
    """Train as one of the processes that ESPnet's arguments `connection` describe, or alone."""
    jobs, args = jobs_and_args
    exp, is_first = Path(args.output_dir), connection.get("dist_rank", 0) == 0
    with log_to(exp / TRAIN_LOG, show_progress=is_first):
        option = DistributedOption(bool(connection), ngpu=args.ngpu, **connection)
        option.init_options()
        option.init_torch_distributed()
        group = ProcessGroup()
        _prepare_torch(args, jobs[0].processes)
        set_all_random_seed(args.seed)
        model = SERTask.build_model(args)
        if group.is_first:
            write_experiment(exp, args, model)
        group.wait()
        _JointTraining(jobs, args, model, group).run()


def _predict(
    jobs: Sequence[FoldJob], side: str
) -> tuple[list[FoldLearner], list[list[AnyPrediction]]]:
    """Open the trained folds with their chosen weights, and predict a side of each."""
    exp, device = jobs[0].exp.parent, _device(jobs)
    model, args = SERTask.build_model_from_file(str(exp / "config.yaml"))
    _prepare_torch(args)
    frozen = checkpoint.load_weights(exp / ENCODER_FILE)
    missing, unexpected = model.load_state_dict(frozen, strict=False)
    if unexpected or {name.split(".")[0] for name in missing} - set(model.DECODER):
        raise RuntimeError(f"{exp / ENCODER_FILE} does not fit this model: {missing}, {unexpected}")
    kept, answers = kept_states(jobs), []
    model = model.to(device)
    learners = [FoldLearner(model.with_own_decoder(), job, args, kept) for job in jobs]
    for job, learner in zip(jobs, learners, strict=True):
        learner.load_chosen()
        answers.append(predictions(job, learner.evaluate(side, device)))
    return learners, answers


class _JointTraining:
    """The loop over epochs and batches.

    Attributes
    ----------
    model
        Model whose frozen encoder all folds share.
    learners
        Learners of all folds; every process has them, so that all number the parameters alike.
    own
        Learners of the folds that this process trains.
    kept
        States of all utterances, without SpecAugment.
    copies
        States that epochs learn from in turn.
    """

    def __init__(
        self,
        jobs: Sequence[FoldJob],
        args: argparse.Namespace,
        model: SpeechEmotionModel,
        group: ProcessGroup,
    ) -> None:
        self.args, self.exp, self.group = args, Path(args.output_dir), group
        self.device = _device(jobs)
        self.model = model.to(self.device)
        self.kept = kept_states(jobs)
        self.copies = training_states(jobs, self.kept)
        self.learners = [
            FoldLearner(self.model.with_own_decoder(), job, args, self.kept) for job in jobs
        ]
        self.own = group.share(self.learners)
        # One Adam equals one for each fold, because it skips parameters without a gradient.
        parameters = [p for learner in self.learners for p in learner.parameters]
        conf = dict(args.optim_conf)
        if args.optim in FUSED and "foreach" not in conf:
            conf.setdefault("fused", True)
        self.optimizer = optim_classes[args.optim](parameters, **conf)
        self.scheduler = args.scheduler and scheduler_classes[args.scheduler](
            self.optimizer, **args.scheduler_conf
        )
        self.batches = SERTask.build_iter_factory(args, DistributedOption(), mode="train")
        if group.is_first:
            share_encoder(self.exp, self.kept.directory)
        self.threads = FoldThreads(self.device)

    def run(self) -> None:
        """Train to the last epoch, or until every fold has stopped."""
        keep_freed_memory()
        first = self._resume() + 1
        progress = EpochProgress(first, self.args.max_epoch)
        for epoch in range(first, self.args.max_epoch + 1):
            stopped = [learner.has_stopped() for learner in self.learners]
            if all(stopped):
                break
            learning = [learner for learner in self.own if not learner.has_stopped()]
            self._train_epoch(epoch, learning)
            self.threads.each(self._end_epoch, learning)
            self._save()
            for learner in learning:
                learner.keep_best()
            progress.report(epoch, self._result(stopped.count(False)))
        for learner in self.own:
            learner.keep_best()  # again, as a run killed after its last checkpoint did not do it
            learner.save_average()

    def _train_epoch(self, epoch: int, learning: Sequence[FoldLearner]) -> None:
        seed_epoch(self.model, self.args.seed, epoch)
        self.model.train()
        for learner in learning:
            learner.start_epoch(epoch)
        for names, states, lengths in self._encoded(epoch):
            self.optimizer.zero_grad(set_to_none=True)
            learn = partial(
                FoldLearner.learn,
                names=names,
                states=states.to(self.device),
                lengths=lengths.to(self.device),
            )
            self.threads.each(learn, learning)
            self.optimizer.step()
            if isinstance(self.scheduler, AbsBatchStepScheduler):
                self.scheduler.step()
        if isinstance(self.scheduler, AbsEpochStepScheduler):
            self.scheduler.step()
        for learner in learning:
            learner.require_steps()

    def _encoded(self, epoch: int) -> Iterator[Encoded]:
        """Return the states of an epoch's batches, which are kept unless SpecAugment is new."""
        loader = self.batches.build_iter(epoch)
        if self.model.specaug is None or self.args.specaug_copies:
            layers, kept = self.model.kept_layers, self.copies[(epoch - 1) % len(self.copies)]
            return ((list(names), *kept.padded(names, layers)) for names in loader.batch_sampler)
        return SharedEncoder(self.model, self.group).encode(
            loader.batch_sampler,
            loader.dataset,
            collate_fn=loader.collate_fn,
            num_workers=loader.num_workers,
            pin_memory=loader.pin_memory,
            worker_init_fn=loader.worker_init_fn,
        )

    def _end_epoch(self, learner: FoldLearner) -> None:
        learner.validate(self.device)
        learner.save_if_best()

    def _save(self) -> None:
        """Exchange the histories of all folds, and write one checkpoint of all folds."""
        folds = self.group.collect([learner.state() for learner in self.own])
        for learner, fold in zip(self.learners, folds, strict=True):
            learner.history = fold["history"]
        optimizer = self.optimizer.state_dict()
        moments = self.group.all_gather(optimizer["state"])
        optimizer["state"] = {n: moment for part in moments for n, moment in part.items()}
        state = {
            "folds": folds,
            "optimizer": optimizer,
            "scheduler": self.scheduler and self.scheduler.state_dict(),
        }
        if self.group.is_first:
            checkpoint.save_checkpoint(state, self.exp)
        self.group.wait()

    def _resume(self) -> int:
        """Load the newest readable checkpoint; return the number of completed epochs."""
        state = checkpoint.load_checkpoint(self.exp, self.device)
        if state is None:
            return 0
        for learner, found in zip(self.learners, state["folds"], strict=True):
            learner.resume(found)
        self.optimizer.load_state_dict(state["optimizer"])
        for learner in self.learners:
            if learner not in self.own:  # another process trains them
                for parameter in learner.parameters:
                    self.optimizer.state.pop(parameter, None)
        if self.scheduler is not None:
            self.scheduler.load_state_dict(state["scheduler"])
        return max(len(learner.history) for learner in self.learners)

    def _result(self, learning: int) -> str:
        """Say in one line how many folds learnt, and how good their best epochs are."""
        best = [learner.history[learner.best_epoch - 1] for learner in self.learners]
        shown = "ua" if "ua" in best[0]["valid"] else "ccc"
        mean = sum(metrics["valid"][shown] for metrics in best) / len(best)
        phase, metric, _ = self.args.best_model_criterion[0]
        if phase == "train":  # of a final model, which has no validation side
            return f"train loss {self.learners[0].history[-1]['train']['loss']:.3f}"
        return (
            f"{learning} of {len(self.learners)} folds learnt; mean valid {shown.upper()} of their "
            f"best epochs by {phase} {metric} {mean:.3f}"
        )


def _prepare_torch(args: argparse.Namespace, processes: int = 1) -> None:
    """Set up torch as ESPnet's `main_worker` does, with every core that this process may use."""
    torch.set_num_threads(available_cores(processes))
    torch.backends.cudnn.enabled = args.cudnn_enabled
    torch.backends.cudnn.benchmark = args.cudnn_benchmark
    torch.backends.cudnn.deterministic = args.cudnn_deterministic


def _device(jobs: Sequence[FoldJob]) -> str:
    return "cuda" if jobs[0].settings["ngpu"] else "cpu"
