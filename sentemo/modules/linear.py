"""Linear layers that a CPU computes in the time that oneDNN takes.

By default torch calls MKL, which takes twice as long on processors that are not Intel's. Sums are
in another order, so that results agree but for rounding.
"""

import torch


class OneDNNLinear(torch.nn.Linear):
    """Linear layer over many frames; on a CPU, oneDNN computes it."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map ``(…, in_features)`` to ``(…, out_features)``."""
        if not _is_for_onednn(x):
            return super().forward(x)
        return torch.nn.functional.linear(x.to_mkldnn(), self.weight, self.bias).to_dense()


class FrameLinear(OneDNNLinear):
    """Linear layer over many frames; on a CPU, oneDNN computes it in training."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map ``(…, in_features)`` to ``(…, out_features)``."""
        return super().forward(x) if self.training else torch.nn.Linear.forward(self, x)


def by_onednn(module: torch.nn.Module) -> None:
    """Let oneDNN compute the linear layers of a module, whose weights stay where they are."""
    for part in module.modules():
        if type(part) is torch.nn.Linear:
            part.__class__ = OneDNNLinear


def _is_for_onednn(x: torch.Tensor) -> bool:
    return (
        x.device.type == "cpu"
        and x.dtype == torch.float32
        and torch.backends.mkldnn.is_available()
        and not torch.is_autocast_enabled("cpu")
    )
