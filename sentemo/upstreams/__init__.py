"""A pre-trained model of any maker, whose encoder is taken over."""

from sentemo.upstreams.config import PARTS
from sentemo.upstreams.espnet import Upstream
from sentemo.upstreams.sources import located, model_name

__all__ = ["PARTS", "Upstream", "located", "model_name"]
