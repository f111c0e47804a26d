"""Choices of classes that are imported when they are chosen."""

from collections.abc import Iterator, Mapping
from importlib import import_module

from espnet2.train.class_choices import ClassChoices


class LazyClasses(Mapping[str, type]):
    """Classes by name, each imported when it is looked up.

    Parameters
    ----------
    locations
        Where each class stands, as ``module:Class``.
    base
        Class that each class must be a subclass of.

    Raises
    ------
    TypeError
        At the look-up of a class that is no subclass.
    """

    def __init__(self, locations: Mapping[str, str], base: type) -> None:
        self._locations = dict(locations)
        self._base = base

    def __getitem__(self, name: str) -> type:
        module, _, attribute = self._locations[name].partition(":")
        found = getattr(import_module(module), attribute)
        if not issubclass(found, self._base):
            raise TypeError(f"{found.__name__} is not a subclass of {self._base.__name__}")
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(self._locations)

    def __len__(self) -> int:
        return len(self._locations)


class LazyChoices(ClassChoices):
    """ESPnet's choice of a class, of `LazyClasses`.

    Parameters
    ----------
    name
        The option; ``<name>_conf`` configures the class.
    locations, base
        See `LazyClasses`.
    default, optional
        As in ESPnet: without a default, there may be no class.
    """

    def __init__(
        self,
        name: str,
        locations: Mapping[str, str],
        base: type,
        default: str | None = None,
        optional: bool = False,
    ) -> None:
        super().__init__(name, {}, base, default, optional)
        self.classes = LazyClasses(locations, base)
