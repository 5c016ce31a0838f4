"""What changes over a distillation: noise ranges, weights of noise levels, and the bound on a gradient."""

import math
from dataclasses import dataclass
from typing import Literal

import torch

Weighting = Literal["sigma2", "data", "uniform"]


@dataclass(frozen=True)
class Ramp:
    """A number that goes from `start` to `end` while the progress runs from `begin` to `finish`, and rests outside.

    Fields:
        shape: how it goes; `root` is fast first (HiFA's annealing, Zhu et al. 2023, arXiv:2305.18766).
    """

    start: float
    end: float
    begin: float = 0.0
    finish: float = 1.0
    shape: Literal["linear", "root", "cosine"] = "linear"

    def __call__(self, progress: float) -> float:
        """The value at a progress in [0, 1]."""
        span = max(self.finish - self.begin, 1e-12)  # a ramp without length is a jump
        share = min(max((progress - self.begin) / span, 0.0), 1.0)
        match self.shape:
            case "root":
                share = math.sqrt(share)
            case "cosine":
                share = (1 - math.cos(math.pi * share)) / 2
            case "linear":
                pass
        return self.start + share * (self.end - self.start)


@dataclass(frozen=True)
class TimeRange:
    """An annealed range of noise levels, from which each step draws uniformly.

    Both bounds stay inside (0, 1): at 0 there is no noise to see, at 1 no data.
    """

    low: Ramp
    high: Ramp

    def draw(self, progress: float, count: int, generator: torch.Generator) -> torch.Tensor:
        """Times (count,) float32."""
        low, high = self.low(progress), self.high(progress)
        return low + (high - low) * torch.rand(count, generator=generator)


def weight(weighting: Weighting, time: torch.Tensor) -> torch.Tensor:
    """w(t) of a difference of noise estimates, for times (B,).

    `sigma2` is t^2, DreamFusion's; `data` is t / (1 - t), which measures the difference in clean data instead, so that
    no noise level is heard more than another; `uniform` is 1.
    """
    match weighting:
        case "sigma2":
            return time.square()
        case "data":
            return time / (1 - time)
        case "uniform":
            return torch.ones_like(time)


def clipped(gradient: torch.Tensor, limit: float) -> torch.Tensor:
    """Items (B, ...) scaled down where the root mean square of their entries exceeds a limit."""
    size = gradient.flatten(1).square().mean(1).sqrt()
    factor = (limit / size.clamp(min=1e-12)).clamp(max=1.0)  # 1e-12: of a gradient that is all zero
    return gradient * factor.view(-1, *[1] * (gradient.ndim - 1))
