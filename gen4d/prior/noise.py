"""The noise process: a straight line from data to noise (rectified flow), and how training times are drawn.

Notation: x0 clean, e unit Gaussian, t in [0, 1]; x_t = (1 - t) x0 + t e; the velocity is v = e - x0.
Source: Liu et al. 2022 (arXiv:2209.03003); logit-normal times: Esser et al. 2024 (arXiv:2403.03206).
"""

import torch

MIN_TIME = 0.05  # below it the weight 1/t would let nearly clean latents dominate the loss
START_SHARE, START_RANGE = 0.3, 0.12  # the logit-normal draws hardly any time above 0.95, yet sampling starts at 1
TIME_MEAN, TIME_STD = 0.8, 1.0  # logit-normal, shifted to noise since six views repeat one another


def add_noise(x0: torch.Tensor, noise: torch.Tensor, time: torch.Tensor) -> torch.Tensor:
    """x_t for times (B,) that broadcast over the other dimensions."""
    t = _like(time, x0)
    return (1 - t) * x0 + t * noise


def denoising_loss(
    x0_hat: torch.Tensor, x0: torch.Tensor, time: torch.Tensor, count: torch.Tensor | None = None
) -> torch.Tensor:
    """Mean squared error of the clean estimate over t, for times (B,); items at time 0 are given and do not count.

    Args:
        count: what to divide by, where these items are only some of a batch: how many of all of them count.

    Between the plain error, which forgets fine detail, and the velocity's |x0_hat - x0|^2 / t^2, which a short training
    spends on small times, where neither words nor the other views matter; docs/decisions/0002 has the measurements.
    """
    weight = (time > 0) / time.clamp(min=MIN_TIME)
    errors = (x0_hat - x0).square().flatten(1).mean(1)
    return (weight * errors).sum() / (counted(time) if count is None else count).clamp(min=1)


def counted(time: torch.Tensor) -> torch.Tensor:
    """How many items of these times `denoising_loss` counts."""
    return (time > 0).sum()


def sample_times(count: int, generator: torch.Generator) -> torch.Tensor:
    """Training times (count,): logit-normal, and a share of them close to pure noise, where words alone decide."""
    device = generator.device
    times = torch.sigmoid(TIME_MEAN + TIME_STD * torch.randn(count, generator=generator, device=device))
    start = 1 - START_RANGE * torch.rand(count, generator=generator, device=device)
    return torch.where(torch.rand(count, generator=generator, device=device) < START_SHARE, start, times)


def _like(time: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
    return time.view(-1, *[1] * (x.ndim - 1))
