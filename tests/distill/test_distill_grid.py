"""The views of a grid against the rasteriser's views of the same box, and their gradients."""

import torch

from gen4d.conventions import VIEW_HALF_EXTENT
from gen4d.distill.grid import GridSubject
from gen4d.render.views import render_views
from gen4d.structures import Mesh

CELLS = 44
LOW, HIGH = (-0.2, -0.45, -0.1), (0.4, 0.25, 0.3)  # a box off the centre, other in every direction; cells end there


def box() -> Mesh:
    """The box, with a colour for every corner that says where it is."""
    corners = torch.tensor([[(LOW, HIGH)[i >> a & 1][a] for a in range(3)] for i in range(8)])
    quads = [(0, 4, 6, 2), (1, 3, 7, 5), (0, 1, 5, 4), (2, 6, 7, 3), (0, 2, 3, 1), (4, 5, 7, 6)]
    faces = torch.tensor([t for a, b, c, d in quads for t in ((a, b, c), (a, c, d))])
    return Mesh(corners, faces, colors=corners + 0.5)


def filled() -> GridSubject:
    """A grid with the same box in it."""
    subject = GridSubject(CELLS, resolution=CELLS, smoothness=1.0, crispness=1.0)
    axis = (torch.arange(CELLS) + 0.5) / CELLS * 2 * VIEW_HALF_EXTENT - VIEW_HALF_EXTENT
    z, y, x = torch.meshgrid(axis, axis, axis, indexing="ij")
    inside = torch.ones_like(x, dtype=torch.bool)
    for place, low, high in zip((x, y, z), LOW, HIGH, strict=True):
        inside &= (place > low) & (place < high)
    with torch.no_grad():
        subject.opacity[0] = torch.where(inside, 20.0, -20.0)
        subject.color[:] = torch.logit(torch.stack([x, y, z]) + 0.5, eps=1e-3)
    return subject


def test_all_six_views_are_those_of_the_rasteriser() -> None:
    found, expected = filled().views(0), render_views(box(), resolution=CELLS, supersample=1, flat=True)
    assert (found.alpha - expected.alpha).abs().max() < 1e-3
    inside = expected.alpha[..., 0] > 0.5
    half_a_cell = VIEW_HALF_EXTENT / CELLS
    assert (found.depth - expected.depth)[inside].abs().max() < 1.1 * half_a_cell
    assert (found.albedo - expected.albedo)[inside].abs().max() < 1.5 * half_a_cell
    facing = (found.normal * expected.normal).sum(-1)[inside]
    assert facing.median() > 0.99  # edges are rounded by the average over cells
    assert (found.albedo[~inside] == 1).all() and (found.depth[~inside] > 0.999).all()


def test_gradients_reach_matter_and_color_and_nothing_hidden() -> None:
    subject = filled()
    views = subject.views(0)
    (views.albedo.sum() + views.depth.sum()).backward()
    assert torch.isfinite(subject.opacity.grad).all() and torch.isfinite(subject.color.grad).all()
    middle = CELLS // 2
    assert subject.color.grad[:, middle, middle, middle].abs().max() < 1e-6  # deep inside
    assert subject.color.grad.abs().max() > 1e-3


def test_it_starts_as_a_ball_and_crisp_matter_costs_less() -> None:
    ball = GridSubject(CELLS, resolution=2 * CELLS, smoothness=0.0, crispness=1.0)
    views = ball.views(0)
    share = float(views.alpha.detach().mean())
    assert abs(share - torch.pi * 0.3**2 / 1.1**2) < 0.05
    assert (views.alpha - views.alpha[:1]).abs().max() < 1e-3
    assert (
        filled().penalty() >= 0
        and ball.penalty() > GridSubject(CELLS, resolution=CELLS, smoothness=0.0, crispness=0.0).penalty()
    )
