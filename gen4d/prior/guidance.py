"""Classifier-free guidance (Ho & Salimans 2022, arXiv:2207.12598) as a denoiser made of two."""

from dataclasses import dataclass

import torch

from gen4d.prior.denoiser import Denoiser


@dataclass(frozen=True)
class Guided:
    """`uncond + scale * (cond - uncond)` inside a range of times, the condition alone outside it.

    Fields:
        scale: 1 is off.
        interval: (low, high) times between which guidance acts (Kynkäänniemi et al. 2024, arXiv:2404.07724).
    """

    conditional: Denoiser
    unconditional: Denoiser
    scale: float
    interval: tuple[float, float] = (0.0, 1.0)

    def x0(self, noisy: torch.Tensor, time: torch.Tensor) -> torch.Tensor:
        """See `Denoiser`."""
        known = self.conditional.x0(noisy, time)
        low, high = self.interval
        if self.scale == 1 or not low <= float(time[0]) <= high:
            return known
        free = self.unconditional.x0(noisy, time)
        return free + self.scale * (known - free)
