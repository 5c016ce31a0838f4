"""Score distillation sampling (DreamFusion)."""

from dataclasses import dataclass

import torch

from gen4d.distill.flow import noise_seen, noised, over
from gen4d.distill.schedules import Weighting, weight
from gen4d.prior.denoiser import Denoiser


@dataclass(frozen=True)
class ScoreDistillation:
    """w(t) (e_hat(x_t) - e): walks to the mode of the data's density.

    With guidance, hand in a denoiser that is guided; the paper used a scale of 100.
    Source: Poole et al. 2022 (arXiv:2209.14988), equation 3; the network's Jacobian is left out, as there.
    """

    denoiser: Denoiser
    weighting: Weighting = "sigma2"

    def gradient(self, clean: torch.Tensor, time: torch.Tensor, noise: torch.Tensor) -> torch.Tensor:
        """See `Guidance`."""
        with torch.no_grad():
            e_hat = noise_seen(self.denoiser, noised(clean, noise, time), time)
        return over(weight(self.weighting, time), clean) * (e_hat - noise)
