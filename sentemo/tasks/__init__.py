"""ESPnet tasks. Importing this package adds our classes to ESPnet's choices."""

from sentemo.tasks.registry import register

register()
