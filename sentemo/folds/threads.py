"""Folds side by side, each in one thread, with its own dropout, so that order is irrelevant."""

import hashlib
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import torch

Item = TypeVar("Item")
DRAWS = 2**16  # that a probability is resolved into


class FoldThreads:
    """Works on as many folds at once as torch has threads.

    A decoder is too small for several threads to share its work, but ten decoders can be shared
    out. Each is worked on by one thread, however many there are, so that sums always have the same
    order.
    """

    def __init__(self, device: str) -> None:
        self._threads = torch.get_num_threads()
        # A GPU does all the work in one stream; threads would only use more memory.
        self._pool = ThreadPoolExecutor(self._threads if device == "cpu" else 1)

    def each(self, work: Callable[[Item], None], items: Iterable[Item]) -> None:
        """Do the work for every item, and raise the first error of any."""
        torch.set_num_threads(1)  # the threads of the pool inherit it when they start
        try:
            list(self._pool.map(work, items))
        finally:
            torch.set_num_threads(self._threads)


class OwnDropout(torch.nn.Dropout):
    """Dropout that draws from a generator of its own, not from the one that threads share."""

    def __init__(self, p: float, generator: torch.Generator) -> None:
        super().__init__(p)
        self.generator = generator

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Set values to zero with probability p, in training, and scale up the others."""
        if not self.training or self.p == 0:
            return x
        kept = 1 - round(self.p * DRAWS) / DRAWS
        return x * (self._draws(x) < kept * DRAWS - DRAWS // 2) / kept

    def _draws(self, x: torch.Tensor) -> torch.Tensor:
        """Draw 16 random bits for each value of x; four of them at once, as draws cost most."""
        fours = torch.empty(-(-x.numel() // 4), dtype=torch.int64, device=x.device)
        fours.random_(-(2**63), None, generator=self.generator)
        return fours.view(torch.int16)[: x.numel()].view(x.shape)


def own_dropout(module: torch.nn.Module, generator: torch.Generator) -> None:
    """Make every dropout of a module draw from `generator`."""
    for part in list(module.modules()):
        for name, child in part.named_children():
            if isinstance(child, torch.nn.Dropout):
                setattr(part, name, OwnDropout(child.p, generator))


def restart(generator: torch.Generator, *key: int) -> None:
    """Seed a generator by a key of numbers; different keys give unrelated draws."""
    digest = hashlib.blake2b(repr(key).encode(), digest_size=8).digest()
    generator.manual_seed(int.from_bytes(digest, "little", signed=True))
