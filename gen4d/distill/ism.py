"""Interval score matching (LucidDreamer): the noise comes from inverting the flow, so every step pulls the same way."""

from dataclasses import dataclass
from itertools import pairwise

import torch

from gen4d.distill.flow import noise_seen, over
from gen4d.distill.schedules import Weighting, weight
from gen4d.prior.denoiser import Denoiser


@dataclass(frozen=True)
class IntervalScore:
    """w(t) (e_hat(x_t | y) - e_hat(x_s)), with x_s and x_t on the deterministic path from x, and s = t - interval.

    The path runs from x to noise by DDIM steps of the unconditional denoiser: x_b = (1 - b) x0_hat + b e_hat. Its first
    step has e_hat = 0, the limit of a denoiser's noise estimate at t = 0 for data with a density. No noise is drawn;
    the argument `noise` is not used.
    Source: Liang et al. 2023 (arXiv:2311.11284).

    Fields:
        interval: t - s, the paper's delta_T; at a small t it shrinks to half of t.
        inversion_steps: network calls to reach s.
    """

    conditional: Denoiser
    unconditional: Denoiser
    interval: float = 0.05
    inversion_steps: int = 3
    weighting: Weighting = "sigma2"

    def gradient(self, clean: torch.Tensor, time: torch.Tensor, noise: torch.Tensor) -> torch.Tensor:
        """See `Guidance`."""
        s = torch.maximum(time - self.interval, time / 2)
        with torch.no_grad():
            x_s = self.invert(clean, s)
            e_s = noise_seen(self.unconditional, x_s, s)
            e_t = noise_seen(self.conditional, _ddim(x_s, e_s, s, time), time)
        return over(weight(self.weighting, time), clean) * (e_t - e_s)

    def invert(self, clean: torch.Tensor, time: torch.Tensor) -> torch.Tensor:
        """x_s on the deterministic path from clean data (B, ...) to times (B,)."""
        moments = [time * (k + 1) / self.inversion_steps for k in range(self.inversion_steps)]
        x = (1 - over(moments[0], clean)) * clean
        for now, then in pairwise(moments):
            x = _ddim(x, noise_seen(self.unconditional, x, now), now, then)
        return x


def _ddim(x: torch.Tensor, e_hat: torch.Tensor, now: torch.Tensor, then: torch.Tensor) -> torch.Tensor:
    """Move x along the flow between two times (B,) with its noise estimate held."""
    a, b = over(now, x), over(then, x)
    x0_hat = (x - a * e_hat) / (1 - a)
    return (1 - b) * x0_hat + b * e_hat
