"""All folds in one pass: a frozen encoder that runs once per batch, and a decoder for each fold.

What a fold learns is what it would learn alone from its own utterances of the same batches: its
loss is the mean over them, its gradient is clipped by itself, its epochs are chosen by its own
validation side, and an utterance of its validation or test side never reaches its gradient. The
batches are cut over all folds' utterances, so much larger that a fold's share of one is as large as
configured; trained one by one, folds see other batches and draw another dropout.
"""

import argparse
import contextlib
import hashlib
import json
import logging
import os
import time
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import torch
from espnet2.schedulers.abs_scheduler import AbsBatchStepScheduler, AbsEpochStepScheduler
from espnet2.tasks.abs_task import optim_classes, scheduler_classes
from espnet2.torch_utils.device_funcs import to_device
from espnet2.torch_utils.set_all_random_seed import set_all_random_seed
from espnet2.train.distributed_utils import DistributedOption
from espnet2.utils.yaml_no_alias_safe_dump import yaml_no_alias_safe_dump
from humanfriendly import format_timespan

from sentemo.config_file import read_config
from sentemo.data.features import SUMMARY
from sentemo.data.targets import targets_of
from sentemo.models.ser import SpeechEmotionModel
from sentemo.predictions import Answer
from sentemo.stages import atomic_file, fingerprint
from sentemo.tasks.ser import SERTask
from sentemo.training import checkpoint
from sentemo.training.clean_states import CleanStates
from sentemo.training.evaluation import BATCH_SIZE
from sentemo.training.fold_learner import FoldLearner
from sentemo.training.fold_threads import FoldThreads
from sentemo.training.folds import ENCODER, FoldJob, TrainedFold
from sentemo.training.inputs import DataFile, side_dir
from sentemo.training.logs import TRAIN_LOG, log_to
from sentemo.training.ser import fold_arguments, predictions, write_targets
from sentemo.upstream import PARTS

CLEAN = "clean_states"

progress = logging.getLogger("sentemo.progress")


def train_folds_together(jobs: Sequence[FoldJob]) -> list[TrainedFold]:
    """Train every fold from the last completed epoch on.

    Parameters
    ----------
    jobs
        Folds of one experiment, which differ in nothing else; it is the folder above theirs.
    """
    started = time.perf_counter()
    exp = jobs[0].exp.parent
    with log_to(exp / TRAIN_LOG, show_progress=True):
        args = _arguments(jobs, exp)
        _prepare_torch(args)
        set_all_random_seed(args.seed)
        model = SERTask.build_model(args)
        _write_experiment(exp, args, model)
        training = _JointTraining(jobs, args, model)
        training.run()
        seconds = time.perf_counter() - started
        return [
            TrainedFold(
                learner.best_epochs(1)[0],
                len(learner.history),
                seconds / len(jobs),
                _predict(job, learner, training.clean, "valid", training.device),
            )
            for job, learner in zip(jobs, training.learners, strict=True)
        ]


def predict_folds_together(jobs: Sequence[FoldJob]) -> list[list[Answer]]:
    """Predict every fold's test side with its best epochs."""
    exp = jobs[0].exp.parent
    with log_to(exp / "decode.log"):
        model, args = SERTask.build_model_from_file(str(exp / "config.yaml"))
        _prepare_torch(args)
        device = _device(jobs)
        frozen = checkpoint.load_weights(exp / ENCODER)
        missing, unexpected = model.load_state_dict(frozen, strict=False)
        if unexpected or {name.split(".")[0] for name in missing} - set(model.DECODER):
            raise RuntimeError(f"{exp / ENCODER} is not of this model: {missing}, {unexpected}")
        clean = _clean_states(jobs, args, model.to(device))
        learners = [FoldLearner(model.with_own_decoder(), job, args) for job in jobs]
        return [
            _predict(job, learner, clean, "test", device)
            for job, learner in zip(jobs, learners, strict=True)
        ]


class _JointTraining:
    """The loop over epochs and batches.

    Attributes
    ----------
    model
        Whose frozen encoder all folds share.
    learners
        One per job.
    clean
        States of the utterances of all validation and test sides; without SpecAugment, of all.
    """

    def __init__(
        self, jobs: Sequence[FoldJob], args: argparse.Namespace, model: SpeechEmotionModel
    ) -> None:
        self.args, self.exp = args, Path(args.output_dir)
        self.device = _device(jobs)
        self.model = model.to(self.device)
        self.learners = [FoldLearner(self.model.with_own_decoder(), job, args) for job in jobs]
        # One Adam is as many as there are folds: it passes over parameters without a gradient.
        parameters = [p for learner in self.learners for p in learner.parameters]
        self.optimizer = optim_classes[args.optim](parameters, **args.optim_conf)
        self.scheduler = args.scheduler and scheduler_classes[args.scheduler](
            self.optimizer, **args.scheduler_conf
        )
        self.batches = SERTask.build_iter_factory(args, DistributedOption(), mode="train")
        self.clean = _clean_states(jobs, args, self.model)
        _share(self.exp / ENCODER, self.clean.directory / ENCODER)
        self.threads = FoldThreads(self.device)

    def run(self) -> None:
        """Train to the last epoch, or until every fold has stopped."""
        first, started = self._resume() + 1, time.perf_counter()
        for epoch in range(first, self.args.max_epoch + 1):
            learning = [learner for learner in self.learners if not learner.has_stopped()]
            if not learning:
                break
            self._train_epoch(epoch, learning)
            self.threads.each(self._end_epoch, learning)
            self._save()
            for learner in learning:
                learner.keep_best()
            per_epoch = (time.perf_counter() - started) / (epoch - first + 1)
            self._report(epoch, len(learning), per_epoch)
        for learner in self.learners:
            learner.keep_best()  # again: a run killed after its last checkpoint did not come to it
            learner.save_average()

    def _train_epoch(self, epoch: int, learning: Sequence[FoldLearner]) -> None:
        set_all_random_seed(self.args.seed + epoch)
        if self.model.specaug is not None and hasattr(self.model.specaug, "start_epoch"):
            self.model.specaug.start_epoch(self.args.seed, epoch)
        self.model.train()
        for learner in learning:
            learner.start_epoch(epoch)
        for names, batch in self.batches.build_iter(epoch):
            states, lengths = self._encode(names, to_device(batch, self.device))
            self.optimizer.zero_grad(set_to_none=True)
            learn = partial(
                FoldLearner.learn,
                names=names,
                states=states,
                lengths=lengths,
            )
            self.threads.each(learn, learning)
            self.optimizer.step()
            if isinstance(self.scheduler, AbsBatchStepScheduler):
                self.scheduler.step()
        if isinstance(self.scheduler, AbsEpochStepScheduler):
            self.scheduler.step()
        for learner in learning:
            learner.require_steps(epoch)

    def _encode(
        self, names: list[str], batch: dict[str, torch.Tensor]
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Encode a batch; without SpecAugment its states are the same at every epoch."""
        if self.model.specaug is None:
            states, lengths = self.clean.padded(names)
            return states.to(self.device), lengths.to(self.device)
        return self.model.encode(batch["speech"], batch["speech_lengths"], names)

    def _end_epoch(self, learner: FoldLearner) -> None:
        learner.validate(self.clean, self.device)
        learner.save_if_best()

    def _save(self) -> None:
        state = {
            "folds": [learner.state() for learner in self.learners],
            "optimizer": self.optimizer.state_dict(),
            "scheduler": self.scheduler and self.scheduler.state_dict(),
        }
        checkpoint.save_checkpoint(state, self.exp)

    def _resume(self) -> int:
        """Take up the newest readable checkpoint; return the epochs that are done."""
        state = checkpoint.load_checkpoint(self.exp, self.device)
        if state is None:
            return 0
        for learner, found in zip(self.learners, state["folds"], strict=True):
            learner.resume(found)
        self.optimizer.load_state_dict(state["optimizer"])
        if self.scheduler is not None:
            self.scheduler.load_state_dict(state["scheduler"])
        return max(len(learner.history) for learner in self.learners)

    def _report(self, epoch: int, learning: int, per_epoch: float) -> None:
        best = [learner.history[learner.best_epochs(1)[0] - 1] for learner in self.learners]
        shown = "ua" if "ua" in best[0]["valid"] else "ccc"
        mean = sum(metrics["valid"][shown] for metrics in best) / len(best)
        left = format_timespan(round(per_epoch * (self.args.max_epoch - epoch)))
        progress.info(
            f"epoch {epoch}/{self.args.max_epoch}: {learning} of {len(self.learners)} folds "
            f"learnt; mean valid {shown.upper()} of their best epochs {mean:.3f}; at most {left} "
            "left"
        )


def _arguments(jobs: Sequence[FoldJob], exp: Path) -> argparse.Namespace:
    """Of the task, for all folds: whoever trains in one of them, and whoever is held out."""
    together = replace(jobs[0], exp=exp)
    learners = [FoldLearner.sides(job) for job in jobs]
    names = {
        "train": set().union(*(sides["train"] for sides in learners)),
        "valid": set().union(*(sides["valid"] | sides["test"] for sides in learners)),
    }
    if read_config(together.config).get("specaug") is None:
        names["valid"] |= names["train"]  # encoded once, too
    targets = targets_of(together.utterances, together.labels, together.scale)
    files: dict[str, list[DataFile]] = {}
    for side, wanted in names.items():
        directory = side_dir(exp, side)
        files[side] = write_targets(directory, together.features, targets, sorted(wanted))
    args = fold_arguments(together, files, sorted(names["train"]))
    # So that a fold's own utterances of a batch are as many as configured.
    share = sum(len(sides["train"]) for sides in learners) / len(jobs) / len(names["train"])
    args.batch_size = round(args.batch_size / share)
    args.batch_bins = round(args.batch_bins / share)
    return args


def _prepare_torch(args: argparse.Namespace) -> None:
    """Set what ESPnet's `main_worker` sets, and use every core that this process may."""
    torch.set_num_threads(len(os.sched_getaffinity(0)))
    torch.backends.cudnn.enabled = args.cudnn_enabled
    torch.backends.cudnn.benchmark = args.cudnn_benchmark
    torch.backends.cudnn.deterministic = args.cudnn_deterministic


def _device(jobs: Sequence[FoldJob]) -> str:
    return "cuda" if jobs[0].settings["ngpu"] else "cpu"


def _write_experiment(exp: Path, args: argparse.Namespace, model: SpeechEmotionModel) -> None:
    with atomic_file(exp / "config.yaml") as stream:
        yaml_no_alias_safe_dump(vars(args), stream, indent=4, sort_keys=False)
    decoder = model.decoder_state()
    frozen = {name: value for name, value in model.state_dict().items() if name not in decoder}
    checkpoint.save(frozen, exp / ENCODER)


def _clean_states(
    jobs: Sequence[FoldJob], args: argparse.Namespace, model: SpeechEmotionModel
) -> CleanStates:
    """States of all that is held out, shared by all experiments with this encoder and data."""
    exp = jobs[0].exp.parent
    settings = {f"{part}_conf": vars(args)[f"{part}_conf"] for part in PARTS}
    settings["encoder_layer"] = args.model_conf.get("encoder_layer")
    files = [exp / ENCODER, *sorted(side_dir(exp, "valid").iterdir())]
    # Copies that an experiment keeps of statistics and the like are known by their content.
    made_of = [json.dumps(settings, sort_keys=True).replace(str(exp), "")]
    made_of += map(fingerprint, files)
    made_of.append((jobs[0].features.path / SUMMARY).read_text(encoding="utf-8"))
    key = hashlib.sha256("\n".join(made_of).encode()).hexdigest()
    batches = SERTask.build_streaming_iterator(
        args.valid_data_path_and_name_and_type,
        preprocess_fn=SERTask.build_preprocess_fn(args, train=False),
        collate_fn=SERTask.build_collate_fn(args, train=False),
        batch_size=BATCH_SIZE,
        dtype=args.train_dtype,
        num_workers=0,
    )
    return CleanStates.compute(exp.parent / CLEAN / key[:16], key, model, batches)


def _share(file: Path, shared: Path) -> None:
    """Keep one copy of what experiments have alike, where the file system knows hard links."""
    aside = file.with_name(f".{file.name}.link")
    with contextlib.suppress(OSError):
        if not shared.exists():
            os.link(file, shared)
        aside.unlink(missing_ok=True)
        os.link(shared, aside)
        aside.replace(file)
        aside.unlink(missing_ok=True)  # where both were one file already, nothing was renamed


def _predict(
    job: FoldJob, learner: FoldLearner, clean: CleanStates, side: str, device: str
) -> list[Answer]:
    learner.load_chosen()
    return predictions(job, learner.answers(clean, side, device))
