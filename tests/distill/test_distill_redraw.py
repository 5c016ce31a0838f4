"""Drawing views again, where the prior's flow is known in closed form."""

from dataclasses import replace
from itertools import pairwise

import pytest
import torch
from gaussian_world import GaussianData

from gen4d.distill.redraw import Eye, Redrawing, Rounds
from gen4d.errors import NumericsError
from gen4d.streams import Streams
from gen4d.structures import MultiView, canonical_cameras

SIZE = 8
MEAN, SPREAD = torch.tensor([0.3, -0.2, 0.1]).view(3, 1, 1), 0.2


def views_with(albedo: torch.Tensor) -> MultiView:
    """Six full views of given colours (6, S, S, 3)."""
    ones, normal = torch.ones_like(albedo[..., :1]), torch.zeros_like(albedo)
    normal[..., 2] = 1
    return MultiView(albedo, ones, ones * 0.5, normal, canonical_cameras(SIZE))


EYE = Eye(
    encode=lambda views: (views.albedo * 2 - 1).permute(0, 3, 1, 2),
    decode=lambda latents: views_with(((latents + 1) / 2).clamp(0, 1).permute(0, 2, 3, 1)),
)
START = views_with(torch.rand(6, SIZE, SIZE, 3, generator=torch.Generator().manual_seed(1)))


def gaussian() -> GaussianData:
    return GaussianData(MEAN, torch.full((3, 1, 1), SPREAD**2))


def drawn(rounds: Rounds, seed: int = 0, **given) -> Redrawing:
    live = Redrawing(START, EYE, gaussian(), rounds, Streams(seed), **given)
    for _ in live.run():
        pass
    return live


def test_a_round_follows_the_flow_of_gaussian_data() -> None:
    """The flow keeps a point's place in spreads: (x_t - (1-t) m) / sqrt((1-t)^2 s^2 + t^2) = (x_0 - m) / s."""
    t = 0.7
    noise = torch.randn(1, 6, 3, SIZE, SIZE, generator=Streams(0).torch("refine.redraw", 0))
    noisy = (1 - t) * EYE.encode(START) + t * noise
    expected = MEAN + SPREAD * (noisy - (1 - t) * MEAN) / ((1 - t) ** 2 * SPREAD**2 + t**2) ** 0.5
    assert (drawn(Rounds((t,), 800)).latents - expected).abs().max() < 5e-3


def test_less_noise_changes_less() -> None:
    far, near = ((drawn(Rounds((t,), 100)).latents[0] - EYE.encode(START)).square().mean() for t in (0.6, 0.02))
    assert near < 0.01 * far


def test_every_step_can_be_taken_up_again_with_the_same_bits() -> None:
    rounds = Rounds((0.7, 0.4), 3)
    whole = drawn(rounds).latents
    for stop in range(1, len(rounds) + 1):
        first = Redrawing(START, EYE, gaussian(), rounds, Streams(0))
        for _ in first.run():
            if first.step == stop:
                break
        second = Redrawing(START, EYE, gaussian(), rounds, Streams(0))
        second.restore(stop, first.tensors())
        assert len(list(second.run())) == len(rounds) - stop
        assert torch.equal(second.latents, whole)


def test_another_round_starts_from_what_agrees() -> None:
    seen = []

    def agreed(views: MultiView) -> MultiView:
        seen.append(views)
        return views_with(torch.zeros(6, SIZE, SIZE, 3))

    drawn(Rounds((0.7, 0.02), 4), agreed=agreed)
    assert len(seen) == 1
    assert not torch.equal(drawn(Rounds((0.7, 0.5), 4)).latents, drawn(Rounds((0.7, 0.5), 4), agreed=agreed).latents)


def test_what_is_held_is_in_the_result() -> None:
    def held(views: MultiView) -> MultiView:
        return replace(views, albedo=torch.cat([START.albedo[:3], views.albedo[3:]]))

    end = drawn(Rounds((0.8,), 5), held=held).latents[0]
    assert torch.equal(end[:3], EYE.encode(START)[:3])
    assert not torch.equal(end[3:], EYE.encode(START)[3:])


def test_rounds_lead_from_their_start_to_zero() -> None:
    rounds = Rounds((0.6, 0.3), 3)
    times = [rounds.times(step) for step in range(len(rounds))]
    assert times[0][0] == 0.6 and times[3][0] == 0.3 and times[2][1] == times[5][1] == 0
    assert all(a[1] == pytest.approx(b[0]) for a, b in pairwise(times[:3]))


def test_an_estimate_that_is_not_finite_stops_the_run() -> None:
    broken = GaussianData(MEAN * torch.nan, torch.ones(3, 1, 1))
    with pytest.raises(NumericsError, match="step 0"):
        next(Redrawing(START, EYE, broken, Rounds((0.5,), 2), Streams(0)).run())
