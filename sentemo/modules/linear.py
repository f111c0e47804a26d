"""A linear layer that learns on a CPU in the time that oneDNN takes."""

import torch


class FrameLinear(torch.nn.Linear):
    """Linear layer over many frames; on a CPU, oneDNN computes it in training.

    By default torch calls MKL, which takes twice as long on processors that are not Intel's.
    """

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map ``(…, in_features)`` to ``(…, out_features)``."""
        if not self.training or not _is_for_onednn(x):
            return super().forward(x)
        return torch.nn.functional.linear(x.to_mkldnn(), self.weight, self.bias).to_dense()


def _is_for_onednn(x: torch.Tensor) -> bool:
    return (
        x.device.type == "cpu"
        and x.dtype == torch.float32
        and torch.backends.mkldnn.is_available()
        and not torch.is_autocast_enabled("cpu")
    )
