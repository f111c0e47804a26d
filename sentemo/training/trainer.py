"""ESPnet's trainer with set-level validation, atomic checkpoints and exact resume."""

import datetime
import logging
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from espnet2.iterators.abs_iter_factory import AbsIterFactory
from espnet2.schedulers.abs_scheduler import (
    AbsEpochStepScheduler,
    AbsScheduler,
    AbsValEpochStepScheduler,
)
from espnet2.torch_utils.set_all_random_seed import set_all_random_seed
from espnet2.train.abs_espnet_model import AbsESPnetModel
from espnet2.train.distributed_utils import DistributedOption
from espnet2.train.reporter import Reporter, SubReporter
from espnet2.train.trainer import Trainer, TrainerOptions
from humanfriendly import format_timespan

from sentemo.core import checkpoint
from sentemo.core.errors import SentemoError
from sentemo.training.batches import BatchWatch
from sentemo.training.evaluation import evaluate

progress = logging.getLogger("sentemo.progress")


class SentemoTrainer(Trainer):
    """Trains like ESPnet's `Trainer`; validates, saves and resumes differently.

    - Validation metrics are computed over the whole set (`model.set_metrics` over what
      `model.evaluate_batch` returns for every utterance), gathered over processes: WA, UA, CER
      and their like are no means of batch values.
    - Checkpoints are written atomically; a damaged one falls back to the one before.
    - Resuming never trains past an early stop and never needs a deleted epoch's file.
    """

    @classmethod
    def run(
        cls,
        model: AbsESPnetModel,
        optimizers: Sequence[torch.optim.Optimizer],
        schedulers: Sequence[AbsScheduler | None],
        train_iter_factory: AbsIterFactory,
        valid_iter_factory: AbsIterFactory,
        plot_attention_iter_factory: AbsIterFactory | None,
        trainer_options: TrainerOptions,
        distributed_option: DistributedOption,
    ) -> None:
        """Train to the last epoch or the early stop, from the last completed epoch on."""
        options, output_dir = trainer_options, Path(trainer_options.output_dir)
        is_main = not distributed_option.distributed or distributed_option.dist_rank == 0
        # Of this module, as ESPnet checks the type.
        scaler = torch.cuda.amp.GradScaler() if options.use_amp else None
        reporter = Reporter()
        state = _TrainingState(model, reporter, optimizers, schedulers, scaler)
        if options.resume:
            state.resume(output_dir, options.ngpu)
        parallel = cls._parallel(model, options, distributed_option)
        writers = _Writers(output_dir) if is_main and options.use_tensorboard else None
        watch = BatchWatch(model)

        first, started = reporter.get_epoch() + 1, time.perf_counter()
        for epoch in range(first, options.max_epoch + 1):
            if cls._should_stop(reporter, options):
                break
            # Also what an interrupted run would draw from here on.
            set_all_random_seed(options.seed + epoch)
            reporter.set_epoch(epoch)
            watch.start_epoch(epoch)
            for optimizer in optimizers:  # of batches that accum_grad left over
                optimizer.zero_grad()
            if model.specaug is not None and hasattr(model.specaug, "start_epoch"):
                model.specaug.start_epoch(options.seed, epoch)
            with reporter.observe("train") as sub_reporter:
                no_valid_step = cls.train_one_epoch(
                    model=parallel,
                    optimizers=optimizers,
                    schedulers=schedulers,
                    iterator=train_iter_factory.build_iter(epoch),
                    reporter=sub_reporter,
                    scaler=scaler,
                    summary_writer=writers.train if writers else None,
                    options=options,
                    distributed_option=distributed_option,
                )
            if no_valid_step:
                raise SentemoError(_why_no_step(output_dir, epoch, watch.batches, options))
            with reporter.observe("valid") as sub_reporter:
                cls.validate_one_epoch(
                    model=model,
                    iterator=valid_iter_factory.build_iter(epoch),
                    reporter=sub_reporter,
                    options=options,
                    distributed_option=distributed_option,
                )
            cls._step_epoch_schedulers(schedulers, reporter, options)
            if is_main:
                logging.info(reporter.log_message())
                logging.info(f"padding: {watch.padding:.1%} of the frames of training batches")
                if writers:
                    writers.add(reporter)
                cls._save_epoch(output_dir, state, options)
                per_epoch = (time.perf_counter() - started) / (epoch - first + 1)
                cls._report(reporter, options, per_epoch)
        if is_main:
            # Again: a run killed after its last checkpoint did not come to it.
            cls._keep_best(output_dir, reporter, options)
            cls._save_averages(output_dir, reporter, options)

    @classmethod
    @torch.no_grad()
    def validate_one_epoch(
        cls,
        model: torch.nn.Module,
        iterator: Iterable[tuple[list[str], dict[str, torch.Tensor]]],
        reporter: SubReporter,
        options: TrainerOptions,
        distributed_option: DistributedOption,
    ) -> None:
        """Report the metrics of the whole validation set."""
        metrics = model.set_metrics(evaluate(model, iterator, options.ngpu))
        reporter.register({name: float(value) for name, value in metrics.items()})
        reporter.next()

    @staticmethod
    def _parallel(
        model: torch.nn.Module, options: TrainerOptions, distributed: DistributedOption
    ) -> torch.nn.Module:
        if not distributed.distributed:
            return model
        device = torch.cuda.current_device() if distributed.ngpu > 0 else None
        return torch.nn.parallel.DistributedDataParallel(
            model,
            device_ids=None if device is None else [device],
            output_device=device,
            find_unused_parameters=options.unused_parameters,
            gradient_as_bucket_view=options.gradient_as_bucket_view,
        )

    @staticmethod
    def _should_stop(reporter: Reporter, options: TrainerOptions) -> bool:
        return (
            reporter.get_epoch() > 0
            and options.patience is not None
            and reporter.check_early_stopping(options.patience, *options.early_stopping_criterion)
        )

    @staticmethod
    def _step_epoch_schedulers(
        schedulers: Sequence[AbsScheduler | None], reporter: Reporter, options: TrainerOptions
    ) -> None:
        for scheduler in schedulers:
            if isinstance(scheduler, AbsValEpochStepScheduler):
                scheduler.step(reporter.get_value(*options.val_scheduler_criterion))
            elif isinstance(scheduler, AbsEpochStepScheduler):
                scheduler.step()

    @classmethod
    def _save_epoch(
        cls, output_dir: Path, state: "_TrainingState", options: TrainerOptions
    ) -> None:
        """Save this epoch's weights if they are among the best, then the training state.

        In this order: a run that is killed between the two repeats the epoch.
        """
        epoch = state.reporter.get_epoch()
        best = cls._best_epochs(state.reporter, options)
        if any(epoch in epochs for epochs in best.values()):
            checkpoint.save(state.model.state_dict(), checkpoint.epoch_file(output_dir, epoch))
        checkpoint.save_checkpoint(state.to_dict(), output_dir)
        cls._keep_best(output_dir, state.reporter, options)

    @classmethod
    def _keep_best(cls, output_dir: Path, reporter: Reporter, options: TrainerOptions) -> None:
        """Point at the best epoch of each criterion, and remove what is not among the best."""
        best = cls._best_epochs(reporter, options)
        for (phase, metric), epochs in best.items():
            _link(output_dir / f"{phase}.{metric}.best.pth", f"{epochs[0]}epoch.pth")
        for old in set(range(1, reporter.get_epoch() + 1)) - set().union(*best.values()):
            checkpoint.epoch_file(output_dir, old).unlink(missing_ok=True)

    @staticmethod
    def _best_epochs(
        reporter: Reporter, options: TrainerOptions
    ) -> dict[tuple[str, str], list[int]]:
        """Return the n best epochs of each criterion, best first; the earlier of two equals."""
        keep = options.keep_nbest_models
        keep = keep if isinstance(keep, int) else max(keep)
        return {
            (phase, metric): reporter.sort_epochs(phase, metric, mode)[:keep]
            for phase, metric, mode in options.best_model_criterion
        }

    @classmethod
    def _save_averages(cls, output_dir: Path, reporter: Reporter, options: TrainerOptions) -> None:
        for (phase, metric), epochs in cls._best_epochs(reporter, options).items():
            files = checkpoint.kept_epochs(output_dir, epochs)
            if len(files) > 1:
                logging.info(f"Averaging {', '.join(file.name for file in files)}")
                checkpoint.save(checkpoint.average(files), output_dir / f"{phase}.{metric}.ave.pth")

    @classmethod
    def _report(cls, reporter: Reporter, options: TrainerOptions, per_epoch: float) -> None:
        epoch = reporter.get_epoch()
        phase, metric, mode = options.best_model_criterion[0]
        best = reporter.get_best_epoch(phase, metric, mode)
        valid = ", ".join(
            f"{name} {reporter.get_value('valid', name):.3f}"
            for name in reporter.get_keys2("valid")
        )
        progress.info(
            f"epoch {epoch}/{options.max_epoch}: "
            f"train loss {reporter.get_value('train', 'loss'):.3f}; valid {valid} "
            f"(best {metric} {reporter.get_value(phase, metric, best):.3f} at epoch {best}); "
            f"at most {format_timespan(round(per_epoch * (options.max_epoch - epoch)))} left"
        )


@dataclass(frozen=True)
class _TrainingState:
    """All that a training needs to go on after an epoch."""

    model: torch.nn.Module
    reporter: Reporter
    optimizers: Sequence[torch.optim.Optimizer]
    schedulers: Sequence[AbsScheduler | None]
    scaler: torch.cuda.amp.GradScaler | None

    def to_dict(self) -> dict[str, Any]:
        return {
            "model": self.model.state_dict(),
            "reporter": _plain(self.reporter.state_dict()),
            "optimizers": [optimizer.state_dict() for optimizer in self.optimizers],
            "schedulers": [s and s.state_dict() for s in self.schedulers],
            "scaler": self.scaler and self.scaler.state_dict(),
        }

    def resume(self, output_dir: Path, ngpu: int) -> None:
        """Take up the newest readable checkpoint, if there is one."""
        device = f"cuda:{torch.cuda.current_device()}" if ngpu > 0 else "cpu"
        states = checkpoint.load_checkpoint(output_dir, device)
        if states is None:
            return
        self.model.load_state_dict(states["model"])
        self.reporter.load_state_dict(states["reporter"])
        for optimizer, state in zip(self.optimizers, states["optimizers"], strict=True):
            optimizer.load_state_dict(state)
        for scheduler, state in zip(self.schedulers, states["schedulers"], strict=True):
            if scheduler is not None:
                scheduler.load_state_dict(state)
        if self.scaler is not None and states["scaler"]:  # a CPU leaves it empty
            self.scaler.load_state_dict(states["scaler"])
        logging.info(f"{output_dir}: training goes on after epoch {self.reporter.get_epoch()}")


class _Writers:
    """TensorBoard curves of training and validation."""

    def __init__(self, output_dir: Path) -> None:
        from torch.utils.tensorboard import SummaryWriter

        self.train = SummaryWriter(str(output_dir / "tensorboard" / "train"))
        self.valid = SummaryWriter(str(output_dir / "tensorboard" / "valid"))

    def add(self, reporter: Reporter) -> None:
        reporter.tensorboard_add_scalar(self.train, key1="train")
        reporter.tensorboard_add_scalar(self.valid, key1="valid")


def _why_no_step(output_dir: Path, epoch: int, batches: int, options: TrainerOptions) -> str:
    if batches < options.accum_grad:
        return (
            f"{output_dir}: an epoch has {batches} batches, fewer than accum_grad: "
            f"{options.accum_grad}, so that no step is taken. Lower accum_grad or the batch size."
        )
    return (
        f"{output_dir}: no step of epoch {epoch} had a finite gradient. Look into the "
        "utterances that the log names, or lower the learning rate."
    )


def _plain(value: Any) -> Any:
    """Turn what ESPnet's reporter holds into Python's own numbers, which load as data."""
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, datetime.timedelta):
        return value.total_seconds()
    return value.item() if isinstance(value, np.generic) else value


def _link(path: Path, target: str) -> None:
    """Point a symbolic link at `target`, never leaving a moment without one."""
    aside = path.with_name(f".{path.name}.new")
    aside.unlink(missing_ok=True)
    aside.symlink_to(target)
    aside.replace(path)
