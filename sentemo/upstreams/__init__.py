"""A pre-trained model of any maker, whose encoder is taken over."""

from sentemo.upstreams.config import PARTS
from sentemo.upstreams.espnet import Upstream
from sentemo.upstreams.source import Source
from sentemo.upstreams.sources import SEED, located, model_name, of_seed, register_upstream

__all__ = [
    "PARTS",
    "SEED",
    "Source",
    "Upstream",
    "located",
    "model_name",
    "of_seed",
    "register_upstream",
]
