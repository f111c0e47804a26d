"""Half precision of training (``use_amp``): ESPnet's on a GPU, bfloat16 on a CPU."""

import logging

import torch
from espnet2.train.trainer import TrainerOptions

progress = logging.getLogger("sentemo.progress")


def gradient_scaler(options: TrainerOptions) -> torch.cuda.amp.GradScaler | None:
    """Return what tells ESPnet's trainer to use half precision, and scales losses on a GPU.

    bfloat16 has the range of 32-bit numbers, so that on a CPU nothing is scaled.
    """
    if not options.use_amp:
        return None
    # From torch.cuda.amp, although it is deprecated: ESPnet checks the type.
    return torch.cuda.amp.GradScaler(enabled=options.ngpu > 0)


def in_precision(model: torch.nn.Module, options: TrainerOptions) -> torch.nn.Module:
    """Return the model as it is trained: ESPnet's trainer knows half precision on GPUs only.

    A processor that has no instructions for bfloat16 would imitate them, and take longer; it
    computes with 32 bits.
    """
    if not options.use_amp or options.ngpu > 0:
        return model
    if not _has_bfloat16():
        progress.warning("use_amp: this processor has no bfloat16; it computes with 32 bits")
        return model
    return InBfloat16(model)


class InBfloat16(torch.nn.Module):
    """Model on a CPU that multiplies matrices in bfloat16; weights and losses keep 32 bits.

    Parameters
    ----------
    model
        Model that is trained.
    """

    def __init__(self, model: torch.nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, **batch: torch.Tensor) -> object:
        """Return what the model returns."""
        with torch.autocast("cpu", torch.bfloat16):
            return self.model(**batch)


def _has_bfloat16() -> bool:
    return torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported()
