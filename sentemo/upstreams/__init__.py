"""A pre-trained model of any maker, whose encoder is taken over."""

from sentemo.upstreams.config import PARTS
from sentemo.upstreams.espnet import Upstream
from sentemo.upstreams.source import Source
from sentemo.upstreams.sources import located, model_name, register_upstream

__all__ = ["PARTS", "Source", "Upstream", "located", "model_name", "register_upstream"]
