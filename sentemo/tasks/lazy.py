"""Choices of classes that are imported when they are chosen."""

from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Any

from espnet2.train.class_choices import ClassChoices

from sentemo.core import plugins
from sentemo.core.errors import SentemoError


class LazyClasses(Mapping[str, type]):
    """Classes by name, each imported when it is looked up; those of a user's plugin among them.

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
        self.added: dict[str, type] = {}

    def add(self, name: str, found: type) -> None:
        """Add a class under a name of its own.

        Raises
        ------
        SentemoError
            When the name is taken or not in small letters, or the class is no subclass.
        """
        if name in self._locations or self.added.get(name, found) is not found:
            raise SentemoError(f"{name}: there is a class of this name. Choose another name.")
        if name != name.lower():
            raise SentemoError(f"{name}: ESPnet reads names in small letters: {name.lower()}.")
        if not issubclass(found, self._base):
            raise SentemoError(
                f"{name}: {found.__name__} is not a subclass of {self._base.__name__}."
            )
        self.added[name] = found

    def __getitem__(self, name: str) -> type:
        plugins.load()
        if name in self.added:
            return self.added[name]
        module, _, attribute = self._locations[name].partition(":")
        found = getattr(import_module(module), attribute)
        if not issubclass(found, self._base):
            raise TypeError(f"{found.__name__} is not a subclass of {self._base.__name__}")
        return found

    def __iter__(self) -> Iterator[str]:
        plugins.load()
        return iter([*self._locations, *self.added])

    def __len__(self) -> int:
        return len(list(iter(self)))


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

    def get_class(self, name: str | None) -> Any:
        """Return the class of a name; None where none is chosen, and none need be.

        Raises
        ------
        SentemoError
            When there is no class of this name.
        """
        try:
            return super().get_class(name)
        except ValueError as error:
            raise SentemoError(
                f"{self.name}: {name} is none of {', '.join(self.classes)}. {plugins.OWN_CLASS}"
            ) from error
