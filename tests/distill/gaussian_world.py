"""A world where every score is known: Gaussian data, and the denoiser that is optimal for them."""

from dataclasses import dataclass

import torch


@dataclass(frozen=True)
class GaussianData:
    """The optimal denoiser of independent normal data: mean and variance broadcast over (B, ...)."""

    mean: torch.Tensor
    variance: torch.Tensor

    def x0(self, noisy: torch.Tensor, time: torch.Tensor) -> torch.Tensor:
        """E[x | x_t]."""
        t = time.view(-1, *[1] * (noisy.ndim - 1))
        gain = (1 - t) * self.variance / self.spread(t)
        return self.mean + gain * (noisy - (1 - t) * self.mean)

    def spread(self, t: torch.Tensor) -> torch.Tensor:
        """Variance of x_t."""
        return (1 - t) ** 2 * self.variance + t**2

    def score(self, noisy: torch.Tensor, time: torch.Tensor) -> torch.Tensor:
        """The gradient of log p_t at x_t, by automatic differentiation of the density itself."""
        t = time.view(-1, *[1] * (noisy.ndim - 1))
        x = noisy.detach().requires_grad_()
        log_density = -((x - (1 - t) * self.mean) ** 2 / (2 * self.spread(t))).sum()
        return torch.autograd.grad(log_density, x)[0]
