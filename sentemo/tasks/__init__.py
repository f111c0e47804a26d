"""ESPnet tasks. Importing this package adds our classes to ESPnet's choices."""

from sentemo.tasks.registry import register, register_class

__all__ = ["register_class"]

register()
