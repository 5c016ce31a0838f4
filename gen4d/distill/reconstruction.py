"""Score distillation as a reconstruction loss (MVDream)."""

from dataclasses import dataclass

import torch

from gen4d.distill.flow import noised
from gen4d.prior.denoiser import Denoiser


@dataclass(frozen=True)
class ReconstructionLoss:
    """The gradient of |x - x0_hat(x_t)|^2 / 2 with the estimate held: x - x0_hat.

    It is score distillation with the weight t / (1 - t); written this way, the estimate is in plain sight and a guided
    one can have its spread brought back (the prior's `Guided.rescale`), which keeps colours from saturating.
    Source: Shi et al. 2023 (arXiv:2308.16512).
    """

    denoiser: Denoiser

    def gradient(self, clean: torch.Tensor, time: torch.Tensor, noise: torch.Tensor) -> torch.Tensor:
        """See `Guidance`."""
        with torch.no_grad():
            return clean - self.denoiser.x0(noised(clean, noise, time), time)
