"""Ramps, noise ranges, weights and the bound on gradients."""

import torch
from hypothesis import given
from hypothesis import strategies as st

from gen4d.distill.schedules import Ramp, TimeRange, clipped, weight

UNIT = st.floats(0, 1)


@given(UNIT, UNIT, UNIT, st.sampled_from(["linear", "root", "cosine"]))
def test_a_ramp_stays_between_its_ends_and_reaches_them(start: float, end: float, progress: float, shape) -> None:
    ramp = Ramp(start, end, begin=0.2, finish=0.7, shape=shape)
    low, high = min(start, end), max(start, end)
    assert low - 1e-12 <= ramp(progress) <= high + 1e-12
    assert ramp(0.2) == start
    assert abs(ramp(0.7) - end) < 1e-12
    assert ramp(1.0) == ramp(0.7)


def test_a_linear_ramp_is_halfway_at_half_and_a_root_ahead() -> None:
    assert Ramp(2.0, 4.0)(0.5) == 3.0
    assert Ramp(2.0, 4.0, shape="root")(0.25) == 3.0


def test_times_are_uniform_in_the_annealed_range() -> None:
    times = TimeRange(Ramp(0.02, 0.02), Ramp(0.98, 0.5))
    early = times.draw(0.0, 20_000, torch.Generator().manual_seed(0))
    late = times.draw(1.0, 20_000, torch.Generator().manual_seed(0))
    assert early.min() >= 0.02 and early.max() <= 0.98 and late.max() <= 0.5
    assert abs(early.mean() - 0.5) < 0.01 and abs(late.mean() - 0.26) < 0.01


def test_weights_are_what_they_say() -> None:
    t = torch.tensor([0.1, 0.5, 0.9])
    torch.testing.assert_close(weight("sigma2", t), torch.tensor([0.01, 0.25, 0.81]))
    torch.testing.assert_close(weight("data", t), torch.tensor([1 / 9, 1.0, 9.0]))
    assert torch.equal(weight("uniform", t), torch.ones(3))


@given(st.floats(0.01, 100), st.integers(0, 1000))
def test_clipping_bounds_each_item_and_keeps_its_direction(limit: float, seed: int) -> None:
    gradient = torch.randn(3, 6, 2, 4, 4, generator=torch.Generator().manual_seed(seed)) * torch.tensor(
        [1e-3, 1.0, 50.0]
    ).view(3, 1, 1, 1, 1)
    found = clipped(gradient, limit)
    size = found.flatten(1).square().mean(1).sqrt()
    assert (size <= limit * 1.0001).all()
    for before, after in zip(gradient.flatten(1), found.flatten(1), strict=True):
        assert torch.cosine_similarity(before, after, dim=0) > 0.9999
        if before.square().mean().sqrt() < limit:
            assert torch.equal(before, after)


def test_clipping_leaves_zero_alone() -> None:
    assert torch.equal(clipped(torch.zeros(2, 3), 1.0), torch.zeros(2, 3))
