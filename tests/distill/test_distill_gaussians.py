"""Gaussians as a subject: the fog they start as, what their views say of a wall of them, gradients, and learning."""

import pytest
import torch

from gen4d.conventions import VIEW_AXES, VIEW_HALF_EXTENT
from gen4d.distill.gaussians import START_ALPHA, GaussianSubject
from gen4d.distill.splats import axes_of

RESOLUTION = 32


def subject(count: int = 1500, **given) -> GaussianSubject:
    options = {"resolution": RESOLUTION, "crispness": 0.0, "compactness": 0.0} | given
    return GaussianSubject(count, **options, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("count", [400, 3000])
def test_it_starts_as_an_even_fog_that_is_half_clear_from_every_side(count: int) -> None:
    views = subject(count).views(0)
    middle = views.alpha[:, 8:-8, 8:-8]
    # A little clearer than a fog without end, by the walls and by the axis that is shorter.
    assert (middle.mean((1, 2, 3)) - START_ALPHA).abs().max() < 0.08 and middle.min() > 0.15
    assert views.albedo.sub(0.5).abs()[:, 8:-8, 8:-8].max() < 1e-3


def test_every_splat_feels_the_outline_of_every_view() -> None:
    made = subject()
    for view in range(6):
        (gradient,) = torch.autograd.grad(made.views(0).alpha[view].sum(), made.opacity)
        inside = (made.places * made.size).abs().amax(1) < 0.45
        assert (gradient[inside] > 0.1 * gradient[inside].mean()).all()


def test_splats_turn_their_short_side_outwards() -> None:
    made = subject(300)
    axes = axes_of(torch.nn.functional.normalize(made.turns, dim=1))
    assert made.sizes.argmin(1).eq(2).all()
    torch.testing.assert_close(axes[:, :, 2], torch.nn.functional.normalize(made.places, dim=1), atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("view", range(6))
def test_a_wall_has_its_depth_normal_and_color(view: int) -> None:
    """Flat opaque splats 0.2 m before the middle, facing one camera; its view, and the one from behind."""
    right, up, toward = (torch.tensor(axis) for axis in VIEW_AXES[view])
    made = subject(400)
    axis = torch.linspace(-0.3, 0.3, 20)
    v, u = torch.meshgrid(axis, axis, indexing="ij")
    places = u.reshape(-1, 1) * right + v.reshape(-1, 1) * up + 0.2 * toward
    with torch.no_grad():
        made.places[:] = places / made.size
        made.sizes[:] = torch.tensor([0.03, 0.03, 0.001]).div(made.size).log()
        half_way = toward + torch.tensor([0.0, 0.0, 1.0])  # the turn from z to where it looks; see `_from_z_to`
        made.turns[:] = (
            torch.tensor([1.0, 0, 0, 0])
            if not half_way.any()
            else torch.tensor([-toward[1], toward[0], 0.0, 1 + toward[2]])
        )
        made.opacity[:] = 6.0
        made.color[:] = torch.logit(torch.tensor([0.9, 0.5, 0.1]))
    seen = made.views(0)
    middle = slice(RESOLUTION // 2 - 5, RESOLUTION // 2 + 5)
    behind = next(i for i, axes in enumerate(VIEW_AXES) if torch.equal(torch.tensor(axes[2]), -toward))
    for side, depth, sign in ((view, 0.3, 1), (behind, 0.7, -1)):
        part = (side, middle, middle)
        assert seen.alpha[part].min() > 0.98
        assert (seen.depth[part] - depth).abs().max() < 0.02
        assert (seen.normal[part] - sign * toward).abs().max() < 1e-3
        assert (seen.albedo[part] - torch.tensor([0.9, 0.5, 0.1])).abs().max() < 1e-3
    outside = seen.alpha[view, ..., 0] < 0.001
    assert outside.any() and (seen.depth[view][outside] > 0.99).all() and (seen.albedo[view][outside] == 1).all()


def test_every_parameter_gets_a_gradient_and_penalties_are_none_for_crisp_small_splats() -> None:
    made = subject(200, crispness=1.0, compactness=1.0)
    views = made.views(0)
    loss = views.albedo.square().sum() + views.depth.sum() + (views.normal * torch.tensor([1.0, 2, 3])).sum()
    with torch.no_grad():
        made.sizes[0] += 2.0
    (loss + made.penalty()).backward()
    for name, value in made.parameters().items():
        assert value.grad is not None and torch.isfinite(value.grad).all() and value.grad.abs().max() > 0, name
    with torch.no_grad():
        made.sizes.zero_()
        made.opacity[:] = 30.0
        assert float(made.penalty()) < 1e-6


def test_the_fog_becomes_what_its_views_are_pulled_to() -> None:
    """A red ball off the centre, by its six views alone."""
    axis = (torch.arange(RESOLUTION) + 0.5) / RESOLUTION * 2 * VIEW_HALF_EXTENT - VIEW_HALF_EXTENT
    y, x = torch.meshgrid(-axis, axis, indexing="ij")
    place = torch.tensor([0.1, 0.15, -0.05])
    targets = torch.stack(
        [
            ((x - place @ torch.tensor(right)) ** 2 + (y - place @ torch.tensor(up)) ** 2 < 0.25**2).float()
            for right, up, _ in VIEW_AXES
        ]
    )[..., None]
    red = targets * torch.tensor([0.9, 0.1, 0.1]) + 1 - targets
    made = subject(400)
    optimizer = torch.optim.Adam(list(made.parameters().values()), lr=0.1, betas=(0.9, 0.99))
    for _ in range(30):
        views = made.views(0)
        shown = views.albedo * views.alpha + 1 - views.alpha
        loss = (views.alpha - targets).square().mean() + (shown - red).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    views = made.views(0)
    found, wanted = views.alpha[..., 0] > 0.5, targets[..., 0] > 0.5
    assert (found & wanted).sum() / (found | wanted).sum() > 0.8
    assert (views.albedo[found & wanted].mean(0) - torch.tensor([0.9, 0.1, 0.1])).abs().max() < 0.1
