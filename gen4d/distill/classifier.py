"""Score distillation without the noise of the estimate: classifier score distillation, and noise-free distillation."""

from dataclasses import dataclass

import torch

from gen4d.distill.flow import noise_seen, noised, over
from gen4d.distill.schedules import Weighting, weight
from gen4d.prior.denoiser import Denoiser


@dataclass(frozen=True)
class ClassifierScore:
    """w(t) (e_hat(x_t | y) - e_hat(x_t)): what the condition alone adds, the gradient of log p(y | x_t).

    Source: Yu et al. 2023 (arXiv:2310.19415).
    """

    conditional: Denoiser
    unconditional: Denoiser
    weighting: Weighting = "sigma2"

    def gradient(self, clean: torch.Tensor, time: torch.Tensor, noise: torch.Tensor) -> torch.Tensor:
        """See `Guidance`."""
        noisy = noised(clean, noise, time)
        with torch.no_grad():
            known = noise_seen(self.conditional, noisy, time)
            free = noise_seen(self.unconditional, noisy, time)
        return over(weight(self.weighting, time), clean) * (known - free)


@dataclass(frozen=True)
class NoiseFreeScore:
    """w(t) (d_D + s d_C): the direction to the data without the noise residual, plus the condition's.

    d_C = e_hat(x_t | y) - e_hat(x_t). d_D = e_hat(x_t) below a threshold of noise, where the residual is small, and
    e_hat(x_t) - e_hat(x_t | "bad") above it, where what a negative prompt describes stands for being far from the data.
    Source: Katzir et al. 2023 (arXiv:2310.17590); their threshold is 200 of 1000 steps.
    """

    conditional: Denoiser
    unconditional: Denoiser
    negative: Denoiser
    scale: float = 7.5
    threshold: float = 0.2
    weighting: Weighting = "sigma2"

    def gradient(self, clean: torch.Tensor, time: torch.Tensor, noise: torch.Tensor) -> torch.Tensor:
        """See `Guidance`."""
        noisy = noised(clean, noise, time)
        with torch.no_grad():
            known = noise_seen(self.conditional, noisy, time)
            free = noise_seen(self.unconditional, noisy, time)
            bad = noise_seen(self.negative, noisy, time)
        far = over(time, clean) >= self.threshold
        to_data = torch.where(far, free - bad, free)
        return over(weight(self.weighting, time), clean) * (to_data + self.scale * (known - free))
