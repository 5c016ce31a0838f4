"""The one contract every sampler and every distillation relies on."""

from typing import Protocol

import torch


class Denoiser(Protocol):
    """A network with its condition built in: given noisy latents and their time, what is the clean data?"""

    def x0(self, noisy: torch.Tensor, time: torch.Tensor) -> torch.Tensor:
        """Estimate clean latents.

        Args:
            noisy: (B, 6, C, S, S) = (1 - t) x0 + t e.
            time: (B,) in (0, 1].

        Returns:
            x0_hat: (B, 6, C, S, S).
        """
        ...


def x0_to_velocity(x0_hat: torch.Tensor, noisy: torch.Tensor, time: float) -> torch.Tensor:
    """v = e - x0 = (x_t - x0) / t."""
    return (noisy - x0_hat) / time
