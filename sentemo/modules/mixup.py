"""Mixup (Zhang et al. 2018) of embeddings: every utterance is mixed with another of its batch."""

import torch


def mixing(
    batch: int,
    alpha: float,
    generator: torch.Generator | None,
    device: torch.device,
) -> tuple[torch.Tensor, torch.Tensor]:
    """Draw the share of the utterances themselves, from 0.5 to 1, and their partners.

    The share is drawn from a beta distribution with both parameters `alpha`; as partners are drawn
    at random, a share below a half would only swap the two.

    Returns
    -------
    share, partners
        A number, and row numbers ``(batch,)``.
    """
    # A ratio of gamma draws is beta distributed; torch draws these from a generator.
    gammas = torch._standard_gamma(torch.full((2,), float(alpha), device=device), generator)
    share = gammas[0] / gammas.sum().clamp(min=1e-30)
    partners = torch.randperm(batch, generator=generator, device=device)
    return torch.maximum(share, 1 - share), partners


def mixed(values: torch.Tensor, share: torch.Tensor, partners: torch.Tensor) -> torch.Tensor:
    """Mix ``(batch, …)`` values with those of their partners."""
    return share * values + (1 - share) * values[partners]
