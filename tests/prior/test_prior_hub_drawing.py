"""Drawing by our sampler on a foreign noise process: where the exact flow of Gaussian data takes each point."""

from dataclasses import dataclass
from itertools import pairwise

import pytest
import torch

from gen4d.prior.hub.conversions import match, times_of
from gen4d.prior.hub.drawing import follow

BETAS = torch.linspace(0.00085**0.5, 0.012**0.5, 1000, dtype=torch.float64) ** 2  # Stable Diffusion's
ALPHAS = (1 - BETAS).cumprod(0)


@dataclass(frozen=True)
class Gaussian:
    """The exact denoiser of data N(mean, spread^2) on the straight process."""

    mean: float
    spread: float

    def x0(self, noisy: torch.Tensor, time: torch.Tensor) -> torch.Tensor:
        t = time.view(-1, 1, 1, 1, 1)
        gain = (1 - t) * self.spread**2 / ((1 - t) ** 2 * self.spread**2 + t**2)
        return self.mean + gain * (noisy - (1 - t) * self.mean)


@pytest.mark.parametrize(("mean", "spread"), [(0.0, 1.0), (0.5, 0.4), (-1.0, 2.0)])
def test_noise_goes_where_the_exact_flow_takes_it(mean: float, spread: float) -> None:
    noise = torch.randn(1, 1, 4, 16, 16, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    found = follow(Gaussian(mean, spread), noise, times_of(ALPHAS, 500), ALPHAS)
    # The flow of Gaussian data keeps every point's place in units of the spread; z, on the foreign process, has mean
    # a mean and spread sqrt(a^2 spread^2 + s^2) at its last step.
    signal, chance = ALPHAS[-1].sqrt(), (1 - ALPHAS[-1]).sqrt()
    place = (noise - signal * mean) / (signal**2 * spread**2 + chance**2).sqrt()
    torch.testing.assert_close(found, mean + spread * place, atol=0.02 * spread, rtol=0)


@pytest.mark.parametrize("steps", [1, 7, 50, 1000])
def test_times_fall_from_the_noisiest_step_to_nothing(steps: int) -> None:
    times = times_of(ALPHAS, steps)
    assert len(times) == steps + 1 and times[-1] == 0.0
    assert all(late > early for late, early in pairwise(times))
    first = match(torch.tensor([times[0]], dtype=torch.float64), ALPHAS)
    assert abs(float(first.step[0]) - 999) < 1e-3


def test_a_process_that_ends_in_nothing_but_noise_still_starts_below_one() -> None:
    ends = torch.cat([ALPHAS[:-1], torch.zeros(1, dtype=torch.float64)])
    assert 0.99 < times_of(ends, 10)[0] < 1
