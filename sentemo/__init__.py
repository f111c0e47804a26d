"""Speech sentiment and emotion recognition on pre-trained end-to-end ASR features.

Importing this package is light: ESPnet and torch are imported by `sentemo.tasks`,
`sentemo.models` and their like, never from here.
"""

import os

from sentemo.core import imports

__version__ = "0.2.0"

imports.install()  # before any module of ESPnet
# Before torch loads OpenMP: its threads sleep while they wait for each other. By default they spin,
# which on cores that others use too makes the training of a small model five times slower.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
