"""Orders of convergence, guidance rescale and independence of the batch, in worlds known in closed form."""

import math
from itertools import pairwise

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from gen4d.errors import NumericsError
from gen4d.prior.guidance import Guided, rescaled
from gen4d.prior.sampler import sample_dpmpp_2m, sample_euler, sample_heun, schedule

MEAN, DEVIATION = 0.7, 0.4


class GaussianWorld:
    """The exact posterior mean of x0 ~ N(MEAN, DEVIATION^2) given x_t; counts how often it is asked."""

    def __init__(self) -> None:
        self.calls = 0

    def x0(self, noisy: torch.Tensor, time: torch.Tensor) -> torch.Tensor:
        self.calls += 1
        t = time.view(-1, *[1] * (noisy.ndim - 1))
        gain = (1 - t) * DEVIATION**2 / ((1 - t) ** 2 * DEVIATION**2 + t**2)
        return MEAN + gain * (noisy - (1 - t) * MEAN)


class Fixed:
    def __init__(self, value: torch.Tensor) -> None:
        self.value = value

    def x0(self, noisy: torch.Tensor, time: torch.Tensor) -> torch.Tensor:
        return self.value


def error(solver, steps: int) -> float:
    """Largest distance from the exact flow, which maps quantiles of the noise to quantiles of the data."""
    noise = torch.linspace(-2, 2, 9, dtype=torch.float64).view(1, 9)
    *_, last = solver(GaussianWorld(), noise, schedule(steps, 1.0))
    return (last - (MEAN + DEVIATION * noise)).abs().max().item()


# DPM-Solver++ is of second order in log(alpha / sigma), where this schedule has endless steps at both ends: 1.7 here.
@pytest.mark.parametrize(
    ("solver", "low", "high"), [(sample_euler, 0.95, 1.05), (sample_heun, 1.9, 2.1), (sample_dpmpp_2m, 1.6, 2.1)]
)
def test_error_falls_with_the_solvers_order(solver, low: float, high: float) -> None:
    errors = [error(solver, steps) for steps in (80, 160, 320)]
    assert all(low < math.log2(coarse / fine) < high for coarse, fine in pairwise(errors)), errors


def test_heun_asks_twice_a_step_but_once_at_the_end() -> None:
    world = GaussianWorld()
    states = list(sample_heun(world, torch.zeros(1, 3), schedule(10, 2.0)))
    assert len(states) == 10 and world.calls == 19


def test_one_heun_step_from_noise_is_the_estimate() -> None:
    noise = torch.randn(2, 5, generator=torch.Generator().manual_seed(0))
    (only,) = sample_heun(GaussianWorld(), noise, [1.0, 0.0])
    torch.testing.assert_close(only, torch.full_like(only, MEAN))


@pytest.mark.parametrize("solver", [sample_euler, sample_heun, sample_dpmpp_2m])
def test_an_item_does_not_depend_on_its_batch(solver) -> None:
    noise = torch.randn(4, 6, generator=torch.Generator().manual_seed(0))
    *_, whole = solver(GaussianWorld(), noise, schedule(5, 2.0))
    *_, alone = solver(GaussianWorld(), noise[2:3], schedule(5, 2.0))
    assert torch.equal(whole[2:3], alone)


def test_times_keep_single_precision_for_half_latents() -> None:
    seen: list[torch.dtype] = []

    class Asked:
        def x0(self, noisy: torch.Tensor, time: torch.Tensor) -> torch.Tensor:
            seen.append(time.dtype)
            return noisy

    list(sample_heun(Asked(), torch.zeros(1, 2, dtype=torch.bfloat16), schedule(3, 1.0)))
    assert set(seen) == {torch.float32}


def test_heun_stops_on_nan_with_its_step() -> None:
    with pytest.raises(NumericsError, match="step 0"):
        list(sample_heun(Fixed(torch.full((1, 2), torch.nan)), torch.zeros(1, 2), schedule(4, 1.0)))


@given(st.floats(0, 1), st.floats(1.5, 12), st.integers(0, 1000))
def test_rescale_moves_the_spread_by_its_amount(amount: float, scale: float, seed: int) -> None:
    g = torch.Generator().manual_seed(seed)
    known, free = torch.randn(2, 3, 4, 5, 5, generator=g, dtype=torch.float64)
    plain, moved = (
        Guided(Fixed(known), Fixed(free), scale, rescale=by).x0(known, torch.ones(3)) for by in (0.0, amount)
    )
    for item in range(3):
        before, wanted = plain[item].std(), known[item].std()
        torch.testing.assert_close(moved[item].std(), amount * wanted + (1 - amount) * before)
        torch.testing.assert_close(moved[item] / moved[item].std(), plain[item] / before)  # direction is kept
    if amount == 0:
        assert torch.equal(moved, plain)


def test_rescale_leaves_a_constant_estimate() -> None:
    flat = torch.full((2, 3, 4), 5.0)
    known = torch.randn(2, 3, 4, generator=torch.Generator().manual_seed(0))
    assert torch.equal(rescaled(flat, known, 0.7), flat)
