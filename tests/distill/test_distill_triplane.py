"""Three planes seen by volume rendering: the ball they start as, as the rasteriser sees it, and gradients to all."""

import pytest
import torch

from gen4d.conventions import VIEW_HALF_EXTENT
from gen4d.distill.triplane import START_RADIUS, TriplaneSubject


def subject(**given) -> TriplaneSubject:
    options = {"resolution": 48, "rendered": 48, "samples": 96, "smoothness": 1.0}
    return TriplaneSubject(16, **(options | given), generator=torch.Generator().manual_seed(0))


def test_it_starts_as_a_ball_with_its_depth_and_normals() -> None:
    views = subject().views(0)
    axis = (torch.arange(48) + 0.5) / 48 * 2 * VIEW_HALF_EXTENT - VIEW_HALF_EXTENT
    y, x = torch.meshgrid(-axis, axis, indexing="ij")
    radius = (x**2 + y**2).sqrt()
    deep, outside = radius < 0.8 * START_RADIUS, radius > 1.2 * START_RADIUS
    assert (views.alpha[:, deep] > 0.95).all() and (views.alpha[:, outside] < 0.05).all()
    height = (START_RADIUS**2 - radius**2).clamp(min=0).sqrt()
    depth = views.depth[:, deep][..., 0] - (0.5 - height)[deep]  # the cube is 1 m deep
    assert depth.abs().max() < 0.04  # light sinks in a little: 1 / 60 m, more where it grazes
    front = views.normal[0][deep]
    expected = torch.stack([x, y, height], -1)[deep] / START_RADIUS
    assert ((front * expected).sum(-1) > 0.95).all()
    assert (views.alpha - views.alpha[:1]).abs().max() < 1e-3  # it looks alike from all sides
    assert (views.albedo[:, outside] == 1).all() and (views.depth[:, outside] > 0.99).all()


@pytest.mark.parametrize(("side", "view"), [((1, 0, 0), 1), ((0, 1, 0), 4), ((0, 0, 1), 0)])
def test_what_is_put_on_a_side_shows_in_that_sides_view(side: tuple[int, int, int], view: int) -> None:
    made, place = subject(), torch.tensor(side).float()
    inside = made.__call__

    class Painted(TriplaneSubject):
        def __call__(self, places: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
            density, color = inside(places)
            red = (places @ place > 0.1)[:, None]
            return density, torch.where(red, torch.tensor([1.0, 0, 0]), color)

    made.__class__ = Painted
    middle = made.views(0).albedo[:, 24, 24]
    assert middle[view, 0] > 0.95 and middle[view, 1] < 0.05
    assert (middle[[v for v in range(6) if v != view], 1] > 0.4).all()


def test_every_parameter_gets_a_gradient_and_views_grow_from_fewer_rays() -> None:
    made = subject(resolution=48, rendered=24, samples=24)
    with torch.no_grad():
        made.outer += 0.1
    views = made.views(0)
    assert views.albedo.shape == (6, 48, 48, 3)
    (views.albedo.sum() + views.depth.sum() + views.normal.square().sum() + made.penalty()).backward()
    for name, value in made.parameters().items():
        assert value.grad is not None and torch.isfinite(value.grad).all() and value.grad.abs().max() > 0, name
