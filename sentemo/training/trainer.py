"""ESPnet's trainer with set-level validation, atomic checkpoints and exact resume."""

import logging
from collections.abc import Iterable, Sequence
from pathlib import Path

import torch
from espnet2.iterators.abs_iter_factory import AbsIterFactory
from espnet2.schedulers.abs_scheduler import (
    AbsEpochStepScheduler,
    AbsScheduler,
    AbsValEpochStepScheduler,
)
from espnet2.train.abs_espnet_model import AbsESPnetModel
from espnet2.train.distributed_utils import DistributedOption
from espnet2.train.reporter import Reporter, SubReporter
from espnet2.train.trainer import Trainer, TrainerOptions

from sentemo.core.errors import SentemoError
from sentemo.training.batches import BatchWatch, no_finite_step
from sentemo.training.evaluation import evaluate
from sentemo.training.precision import gradient_scaler, in_precision
from sentemo.training.selection import EpochFiles, EpochPolicy, EpochProgress, rank_epochs
from sentemo.training.state import TrainingState, seed_epoch


class SentemoTrainer(Trainer):
    """Trains like ESPnet's `Trainer`; validates, saves and resumes differently.

    - Validation metrics are computed over the whole set (`model.set_metrics` of what
      `model.evaluate_batch` returns for every utterance), gathered over processes: WA, UA, CER
      and the like are not means of batch values.
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
        scaler = gradient_scaler(options)
        reporter = Reporter()
        state = TrainingState(model, reporter, optimizers, schedulers, scaler)
        if options.resume:
            state.resume(output_dir, options.ngpu)
        policy = EpochPolicy.from_options(options)
        files = EpochFiles(output_dir, policy)
        parallel = in_precision(cls._parallel(model, options, distributed_option), options)
        curves = _Curves(output_dir) if is_main and options.use_tensorboard else None
        watch = BatchWatch(model)

        first = reporter.get_epoch() + 1
        progress = EpochProgress(first, options.max_epoch)
        for epoch in range(first, options.max_epoch + 1):
            if policy.has_stopped(state.history):
                logging.info(f"early stop after epoch {epoch - 1}, by {list(policy.stopping)}")
                break
            cls._start_epoch(epoch, state, options)
            watch.start_epoch(epoch)
            with reporter.observe("train") as sub_reporter:
                no_valid_step = cls.train_one_epoch(
                    model=parallel,
                    optimizers=optimizers,
                    schedulers=schedulers,
                    iterator=train_iter_factory.build_iter(epoch),
                    reporter=sub_reporter,
                    scaler=scaler,
                    summary_writer=curves.train if curves else None,
                    options=options,
                    distributed_option=distributed_option,
                )
            if no_valid_step:
                raise _no_step(output_dir, epoch, watch.batches, options)
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
                if curves:
                    curves.add(reporter)
                cls._save_epoch(state, files)
                progress.report(epoch, cls._result(reporter, state, policy))
        if is_main:
            # Again, as a run that was killed after its last checkpoint did not come to it.
            cls._keep_best(state, files)
            files.save_averages(state.history)

    @classmethod
    @torch.no_grad()
    def validate_one_epoch(
        cls,
        model: AbsESPnetModel,
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
    def _start_epoch(epoch: int, state: TrainingState, options: TrainerOptions) -> None:
        """Begin an epoch in the same way in a run without a break and in one that was resumed."""
        seed_epoch(state.model, options.seed, epoch)
        state.reporter.set_epoch(epoch)
        for optimizer in state.optimizers:
            optimizer.zero_grad()  # accum_grad may have left over batches of the epoch before

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
    def _save_epoch(cls, state: TrainingState, files: EpochFiles) -> None:
        """Save this epoch's weights if they are among the best, then the training state.

        The order matters: a run that is killed between the two repeats the epoch.
        """
        files.save_if_best(state.history, state.model.state_dict())
        state.save(files.directory)
        cls._keep_best(state, files)

    @staticmethod
    def _keep_best(state: TrainingState, files: EpochFiles) -> None:
        files.link_best(state.history)
        files.remove_others(state.history)

    @staticmethod
    def _result(reporter: Reporter, state: TrainingState, policy: EpochPolicy) -> str:
        """Say in one line what the last epoch brought, and which one is the best."""
        phase, metric, _ = policy.criteria[0]
        best = rank_epochs(state.history, policy.criteria[0])[0]
        valid = ", ".join(
            f"{name} {reporter.get_value('valid', name):.3f}"
            for name in reporter.get_keys2("valid")
        )
        return (
            f"train loss {reporter.get_value('train', 'loss'):.3f}; valid {valid} "
            f"(best {metric} {reporter.get_value(phase, metric, best):.3f} at epoch {best})"
        )


class _Curves:
    """TensorBoard curves of training and validation."""

    def __init__(self, output_dir: Path) -> None:
        from torch.utils.tensorboard import SummaryWriter

        self.train = SummaryWriter(str(output_dir / "tensorboard" / "train"))
        self.valid = SummaryWriter(str(output_dir / "tensorboard" / "valid"))

    def add(self, reporter: Reporter) -> None:
        """Add the last epoch."""
        reporter.tensorboard_add_scalar(self.train, key1="train")
        reporter.tensorboard_add_scalar(self.valid, key1="valid")


def _no_step(output_dir: Path, epoch: int, batches: int, options: TrainerOptions) -> SentemoError:
    """Return the error of an epoch that took no step."""
    if batches < options.accum_grad:
        return SentemoError(
            f"{output_dir}: an epoch has {batches} batches, fewer than accum_grad: "
            f"{options.accum_grad}, so that no step is taken. Lower accum_grad or the batch size."
        )
    return no_finite_step(output_dir, epoch)
