"""Samplers against a denoiser known in closed form, and guidance against its formula."""

import pytest
import torch

from gen4d.errors import NumericsError
from gen4d.prior.guidance import Guided
from gen4d.prior.noise import denoising_loss, sample_times
from gen4d.prior.sampler import sample_dpmpp_2m, sample_euler, schedule

MEAN, DEVIATION = 0.7, 0.4


class GaussianDenoiser:
    """The exact posterior mean of x0 ~ N(MEAN, DEVIATION^2) given x_t = (1 - t) x0 + t e."""

    def x0(self, noisy: torch.Tensor, time: torch.Tensor) -> torch.Tensor:
        t = time.view(-1, *[1] * (noisy.ndim - 1))
        gain = (1 - t) * DEVIATION**2 / ((1 - t) ** 2 * DEVIATION**2 + t**2)
        return MEAN + gain * (noisy - (1 - t) * MEAN)


class Constant:
    def __init__(self, value: float) -> None:
        self.value = value

    def x0(self, noisy: torch.Tensor, time: torch.Tensor) -> torch.Tensor:
        return torch.full_like(noisy, self.value)


def run(solver, steps: int, noise: torch.Tensor) -> torch.Tensor:
    *_, last = solver(GaussianDenoiser(), noise, schedule(steps, 1.0))
    return last


@pytest.mark.parametrize("solver", [sample_euler, sample_dpmpp_2m])
def test_solver_reaches_the_exact_flow_of_a_gaussian(solver) -> None:
    noise = torch.linspace(-2, 2, 9, dtype=torch.float64).view(1, 9)
    exact = MEAN + DEVIATION * noise  # the flow of a Gaussian is linear: quantiles map to quantiles
    torch.testing.assert_close(run(solver, 400, noise), exact, atol=0.01, rtol=0)


def test_second_order_solver_beats_euler_at_few_steps() -> None:
    noise = torch.linspace(-2, 2, 9, dtype=torch.float64).view(1, 9)
    exact = MEAN + DEVIATION * noise
    errors = [(run(solver, 10, noise) - exact).abs().max() for solver in (sample_dpmpp_2m, sample_euler)]
    assert errors[0] < 0.5 * errors[1]


def test_schedule_runs_from_noise_to_clean_and_shifts_towards_noise() -> None:
    plain, shifted = schedule(10, 1.0), schedule(10, 3.0)
    assert plain == pytest.approx([1 - i / 10 for i in range(11)])
    assert shifted[0] == 1 and shifted[-1] == 0
    assert all(s > p for s, p in zip(shifted[1:-1], plain[1:-1], strict=True))


def test_guidance_is_the_convention_and_stops_outside_its_interval() -> None:
    noisy = torch.zeros(1, 2)
    guided = Guided(Constant(3.0), Constant(1.0), scale=7.5, interval=(0.2, 0.8))
    assert torch.equal(guided.x0(noisy, torch.tensor([0.5])), torch.full((1, 2), 16.0))  # 1 + 7.5 (3 - 1)
    assert torch.equal(guided.x0(noisy, torch.tensor([0.9])), torch.full((1, 2), 3.0))


def test_sampler_stops_on_nan_with_its_step() -> None:
    with pytest.raises(NumericsError, match="step 0"):
        list(sample_euler(Constant(float("nan")), torch.zeros(1, 2), schedule(4, 1.0)))


def test_loss_is_the_squared_error_over_the_time() -> None:
    x0, guess = torch.randn(2, 3, 5, generator=torch.Generator().manual_seed(0))
    time = torch.tensor([0.25, 0.5, 1.0])
    expected = ((guess - x0).square().mean(1) * torch.tensor([4.0, 2.0, 1.0])).mean()
    torch.testing.assert_close(denoising_loss(guess, x0, time), expected)


def test_training_times_lean_towards_noise() -> None:
    times = sample_times(8000, torch.Generator().manual_seed(0))
    assert times.min() > 0 and times.max() <= 1
    near = (times > 0.88).float().mean()  # all of the 30 % drawn there, and 12 % of the logit-normal rest
    assert near == pytest.approx(0.3 + 0.7 * 0.117, abs=0.02)
