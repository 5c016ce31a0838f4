"""Drawing by our sampler on a foreign noise process: Gaussian data come out with their own spread."""

from dataclasses import dataclass

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
def test_data_come_out_as_they_are(mean: float, spread: float) -> None:
    noise = torch.randn(1, 1, 4, 128, 128, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    found = follow(Gaussian(mean, spread), noise, times_of(ALPHAS, 60), ALPHAS)
    # The process's last step still holds 7 % of signal, which unit noise stands for: the papers' own small error.
    assert abs(float(found.mean()) - mean) < 0.02 + 0.07 * abs(mean)
    assert abs(float(found.std()) / spread - 1) < 0.03


@pytest.mark.parametrize("steps", [1, 7, 50, 1000])
def test_times_fall_from_the_noisiest_step_to_nothing(steps: int) -> None:
    times = times_of(ALPHAS, steps)
    assert len(times) == steps + 1 and times[-1] == 0.0
    assert all(late > early for late, early in zip(times[:-1], times[1:], strict=True))
    first = match(torch.tensor([times[0]], dtype=torch.float64), ALPHAS)
    assert abs(float(first.step[0]) - 999) < 1e-3


def test_a_process_that_ends_in_nothing_but_noise_still_starts_below_one() -> None:
    ends = torch.cat([ALPHAS[:-1], torch.zeros(1, dtype=torch.float64)])
    assert 0.99 < times_of(ends, 10)[0] < 1
