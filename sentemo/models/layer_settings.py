"""Values of ``model_conf.encoder_layer``; kept states name their layers by the same words.

Commands read them before they load torch.
"""

from collections.abc import Sequence

# Beside a number and a list of numbers.
LAST, WEIGHTED, ALL, BEST = "last", "weighted", "all", "best"
LayerSetting = str | int | Sequence[int]
