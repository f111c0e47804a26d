"""An ASR checkpoint of ours or of ESPnet, whose encoder is taken over."""

from sentemo.upstream.config import PARTS
from sentemo.upstream.sources import model_name
from sentemo.upstream.upstream import Upstream

__all__ = ["PARTS", "Upstream", "model_name"]
