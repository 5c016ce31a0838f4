"""The straight noise process of `Denoiser`, and what an estimate of the clean data says about the noise.

Notation: x clean, e unit Gaussian, t in (0, 1]; x_t = (1 - t) x + t e; x0_hat the denoiser's estimate of x and
e_hat = (x_t - (1 - t) x0_hat) / t its estimate of e. Papers write alpha = 1 - t and sigma = t. The score of the noisy
data is -e_hat / t, so a difference of two e_hat is a difference of two scores, which is all that distillation needs:
e_hat - e = (1 - t) / t (x - x0_hat).
"""

import torch

from gen4d.prior.denoiser import Denoiser


def over(time: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
    """Times (B,) shaped to broadcast over x (B, ...)."""
    return time.view(-1, *[1] * (x.ndim - 1))


def noised(clean: torch.Tensor, noise: torch.Tensor, time: torch.Tensor) -> torch.Tensor:
    """x_t of clean data and noise (B, ...) at times (B,)."""
    t = over(time, clean)
    return (1 - t) * clean + t * noise


def noise_seen(denoiser: Denoiser, noisy: torch.Tensor, time: torch.Tensor) -> torch.Tensor:
    """e_hat: the noise a denoiser sees in x_t (B, ...) at times (B,)."""
    t = over(time, noisy)
    return (noisy - (1 - t) * denoiser.x0(noisy, time)) / t
