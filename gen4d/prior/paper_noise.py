"""The paper's noise processes, and its noise-predicting network as our `Denoiser`.

Notation: the paper's process is x_s = a(s) x0 + b(s) e with a^2 + b^2 = 1, s in (0, 1]; ours is z_t = (1 - t) x0 + t e.
They are the same up to a factor: where b / a = t / (1 - t), x_s = z_t / sqrt((1 - t)^2 + t^2). `log_snr` is
log(a^2 / b^2), the one number both agree on.
"""

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import torch

from gen4d.prior.paper_uvit import PaperUViT


class NoiseSchedule(Protocol):
    """A variance-preserving process, known by its log signal-to-noise ratio."""

    @property
    def max_time(self) -> float:
        """Our time t of the process's last moment; beyond it the process is not defined."""
        ...

    def network_time(self, log_snr: torch.Tensor) -> torch.Tensor:
        """What the network is told (B,) where the process has these ratios (B,), within what it was trained on."""
        ...


@dataclass(frozen=True)
class VpLinear:
    """Continuous time, beta(s) linear in s; the network is told 999 s.

    Source: Song et al. 2021 (arXiv:2011.13456), appendix C; used by the published S, M and L networks without text.
    """

    beta_min: float = 0.1
    beta_max: float = 20.0
    scale: float = 999.0

    @property
    def max_time(self) -> float:
        """See `NoiseSchedule`."""
        return _flow_time(-math.log(math.expm1((self.beta_min + self.beta_max) / 2)))

    def network_time(self, log_snr: torch.Tensor) -> torch.Tensor:
        """Solve for s: the integral of beta up to s is -log a^2, a quadratic in s."""
        integral = torch.nn.functional.softplus(-log_snr)
        slope = self.beta_max - self.beta_min
        # The textbook root, with the difference in its numerator multiplied out: exact near s = 0 as well.
        s = 2 * integral / (self.beta_min + (self.beta_min**2 + 2 * slope * integral).sqrt())
        return self.scale * s.clamp(max=1)


@dataclass(frozen=True)
class DiscreteScaledLinear:
    """1000 steps n = 1..1000 whose sqrt(beta) is linear in n; the network is told n, fractions between steps.

    Source: Rombach et al. 2022 (Stable Diffusion); between steps log a is linear in n, as in DPM-Solver
    (arXiv:2206.00927, appendix D.4). Used by the published H networks and those with text.
    """

    beta_first: float = 0.00085
    beta_last: float = 0.012
    steps: int = 1000

    @cached_property
    def log_alphas(self) -> torch.Tensor:
        """log a^2 after each step (steps,), float64, falling."""
        roots = torch.linspace(self.beta_first**0.5, self.beta_last**0.5, self.steps, dtype=torch.float64)
        return torch.log1p(-(roots**2)).cumsum(0)

    @property
    def max_time(self) -> float:
        """See `NoiseSchedule`."""
        return _flow_time(-math.log(math.expm1(-self.log_alphas[-1].item())))

    def network_time(self, log_snr: torch.Tensor) -> torch.Tensor:
        """Interpolate n in log a^2; noise weaker than the first step's counts as the first step's."""
        table = -self.log_alphas.to(log_snr.device)  # rising
        wanted = torch.nn.functional.softplus(-log_snr.double()).clamp(table[0], table[-1])
        right = torch.searchsorted(table, wanted).clamp(1, self.steps - 1)
        low, high = table[right - 1], table[right]
        return (right + (wanted - low) / (high - low)).to(log_snr.dtype)  # index 0 is step 1


VP_LINEAR = VpLinear()
STABLE_DIFFUSION = DiscreteScaledLinear()


@dataclass(frozen=True)
class PaperDenoiser:
    """A published network with its condition built in; see `denoiser.Denoiser`. Each view is an image of its own.

    Its guidance scale s is ours minus one: the paper writes `cond + s (cond - uncond)`.

    Fields:
        labels: (B,) classes, or None.
        context: (B, tokens, features) text features, or None.
    """

    network: PaperUViT
    noise: NoiseSchedule
    labels: torch.Tensor | None = None
    context: torch.Tensor | None = None

    def x0(self, noisy: torch.Tensor, time: torch.Tensor) -> torch.Tensor:
        """Estimate clean images (B, ..., C, S, S) from noisy ones at times (B,).

        Times beyond the process's last moment are taken for that moment: at t = 1 it has a little signal left, pure
        noise stands for it, and the error of the network's noise counts 1 / a times, 150 times for `VP_LINEAR`.
        Samplers do better to start at `noise.max_time`.
        """
        images = noisy.flatten(0, -4)  # (B V, C, S, S)
        views = len(images) // len(noisy)
        t = time.clamp(max=self.noise.max_time)
        norm = ((1 - t) ** 2 + t**2).sqrt()
        a, b = (1 - t) / norm, t / norm
        # The input is brought to unit variance by its own time, also where that lies beyond the last moment.
        process = images / _expand(((1 - time) ** 2 + time**2).sqrt(), views)
        moment = self.noise.network_time(2 * torch.log((1 - t) / t)).repeat_interleave(views)
        labels, context = (
            None if given is None else given.repeat_interleave(views, 0) for given in (self.labels, self.context)
        )
        noise = self.network(process, moment, labels, context)
        return ((process - _expand(b, views) * noise) / _expand(a, views)).view(noisy.shape)


def _flow_time(log_snr: float) -> float:
    """t where (1 - t) / t = a / b."""
    return 1 / (1 + math.exp(log_snr / 2))


def _expand(values: torch.Tensor, views: int) -> torch.Tensor:
    """(B,) -> (B V, 1, 1, 1)."""
    return values.repeat_interleave(views).view(-1, 1, 1, 1)
