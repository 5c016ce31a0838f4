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
        rescale: 0 to 1, how far the spread that guidance gave an estimate is brought back to the condition's own; 0 is
            off, 0.7 is the authors' choice (Lin et al. 2023, arXiv:2305.08891, section 3.4).
    """

    conditional: Denoiser
    unconditional: Denoiser
    scale: float
    interval: tuple[float, float] = (0.0, 1.0)
    rescale: float = 0.0

    def x0(self, noisy: torch.Tensor, time: torch.Tensor) -> torch.Tensor:
        """See `Denoiser`."""
        known = self.conditional.x0(noisy, time)
        low, high = self.interval
        if self.scale == 1 or not low <= float(time[0]) <= high:
            return known
        free = self.unconditional.x0(noisy, time)
        guided = free + self.scale * (known - free)
        return guided if self.rescale == 0 else rescaled(guided, known, self.rescale)


def rescaled(guided: torch.Tensor, known: torch.Tensor, amount: float) -> torch.Tensor:
    """Estimates (B, ...) with their standard deviation moved towards that of others, item by item.

    Args:
        amount: 0 leaves `guided` as it is, 1 gives each item the deviation of its counterpart in `known`.
    """
    every = tuple(range(1, guided.ndim))
    wanted, spread = known.std(every, keepdim=True), guided.std(every, keepdim=True)
    ratio = torch.where(spread > 0, wanted / spread, 1.0)  # a constant estimate has no spread to move
    return guided * (amount * ratio + 1 - amount)
