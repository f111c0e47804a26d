"""A base of our tasks: several processes share the validation set."""

import argparse
from dataclasses import replace

from espnet2.iterators.sequence_iter_factory import RawSampler, SequenceIterFactory
from espnet2.tasks.abs_task import AbsTask, IteratorOptions

from sentemo.training.process_group import ProcessGroup


class SharedValidation(AbsTask):
    """A task whose validation batches are cut for one process, and then shared out."""

    @classmethod
    def build_sequence_iter_factory(
        cls, args: argparse.Namespace, iter_options: IteratorOptions, mode: str
    ) -> SequenceIterFactory:
        """Cut validation batches as for one process, then share them out; each counts once.

        ESPnet would spread a last batch of fewer utterances than processes over those before it,
        and fails where there are few of these.
        """
        if iter_options.train or not iter_options.distributed:
            return super().build_sequence_iter_factory(args, iter_options, mode)
        whole = replace(iter_options, distributed=False)
        factory = super().build_sequence_iter_factory(args, whole, mode)
        share = ProcessGroup().share
        factory.sampler = RawSampler([share(batch) or batch[:1] for batch in factory.sampler])
        return factory
