"""Bounds on the size of a network, so that a wrong or foreign configuration fills no memory."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from sentemo.core.errors import Problems, SentemoError
from sentemo.core.schema import shown

if TYPE_CHECKING:
    import torch

MOST_LAYERS = 1000  # the deepest published encoders have about 100
LARGEST_SIZE = 200_000  # units, bins, tokens, or samples per second
MOST_PARAMETERS = 3_000_000_000  # the largest self-supervised encoders of speech have 2.2e9
NOT_STORED = 10_000_000  # parameters that a file may lack, such as positions
DEPTHS = ("layers", "blocks")  # words in the names of settings that count layers


def check_sizes(config: Mapping[str, Any], parts: tuple[str, ...], problems: Problems) -> None:
    """Add the settings of a network's parts to `problems` that no machine could build.

    Parameters
    ----------
    config
        Configuration in ESPnet's form.
    parts
        Names of the parts, whose settings are ``<part>_conf``.
    """
    for part in parts:
        for name, value in _numbers(config.get(f"{part}_conf"), f"{part}_conf"):
            is_depth = any(word in name.rpartition(".")[2] for word in DEPTHS)
            largest = MOST_LAYERS if is_depth else LARGEST_SIZE
            if not abs(value) <= largest:  # NaN is not, either
                problems.add("too large", name, f"{shown(value)}, and at most {largest} can be")


def _numbers(value: Any, name: str) -> Iterator[tuple[str, float]]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _numbers(inner, f"{name}.{key}")
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _numbers(inner, name)
    elif isinstance(value, int | float):
        yield name, value


@contextmanager
def bounded_parameters(where: str, most: int = MOST_PARAMETERS) -> Iterator[None]:
    """Within this context, a network gets no more parameters than `most`.

    They are counted as they come, before values fill their memory.

    Raises
    ------
    SentemoError
        See above.
    """
    from torch.nn.modules.module import register_module_parameter_registration_hook

    count = 0

    def add(_: "torch.nn.Module", name: str, parameter: "torch.nn.Parameter | None") -> None:
        nonlocal count
        count += 0 if parameter is None else parameter.numel()
        if count > most:
            raise SentemoError(
                f"{where}: its configuration describes a network of more than {most:,} parameters, "
                "more than its weights or any machine have. Correct the sizes in it."
            )

    hook = register_module_parameter_registration_hook(add)
    try:
        yield
    finally:
        hook.remove()
