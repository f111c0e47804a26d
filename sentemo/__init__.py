"""Speech sentiment and emotion recognition on pre-trained end-to-end ASR features.

Importing this package is light: ESPnet and torch are imported by `sentemo.tasks`,
`sentemo.models` and their like, never from here.
"""

from sentemo.core import imports

__version__ = "0.2.0"

imports.install()  # before any module of ESPnet
