"""The views of a grid against the rasteriser's views of the same box, and their gradients."""

import torch

from gen4d.conventions import VIEW_HALF_EXTENT
from gen4d.distill.grid import FOG, GridSubject
from gen4d.prior.autoencoder import views_to_maps
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


def test_it_starts_as_fog_in_which_every_cell_feels_every_outline() -> None:
    fog = GridSubject(CELLS, resolution=CELLS, smoothness=0.0, crispness=0.0)
    views = fog.views(0)
    assert 0.5 < views.alpha.max() < 0.8
    assert (views.alpha - views.alpha[:1]).abs().max() < 1e-3  # a ball looks the same from everywhere
    views.alpha.sum().backward()
    inside = fog.opacity.detach() > FOG - 0.01
    felt = fog.opacity.grad[inside]
    assert 0.2 < inside.float().mean() < 0.35
    assert felt.min() > 0.3 * felt.max()


def test_rough_half_there_and_any_matter_cost_what_they_say() -> None:
    def cost(subject: GridSubject, **weights: float) -> float:
        for name in ("smoothness", "crispness", "mass", "color_smoothness"):
            setattr(subject, name, weights.get(name, 0.0))
        return float(subject.penalty().detach())

    fog, box = GridSubject(CELLS, resolution=CELLS, smoothness=0.0, crispness=0.0), filled()
    cells = float((box.opacity > 0).sum())
    assert cost(fog) == 0
    assert abs(cost(box, mass=2.0) - 2 * cells) < 1e-3 * cells
    assert cost(fog, crispness=1.0) > 100 > cost(box, crispness=1.0)
    sides = [round((high - low) / (2 * VIEW_HALF_EXTENT) * CELLS) for low, high in zip(LOW, HIGH, strict=True)]
    surface = 2 * (sides[0] * sides[1] + sides[1] * sides[2] + sides[2] * sides[0])
    assert abs(cost(box, smoothness=1.0) - surface) < 1e-2 * surface
    assert cost(fog, color_smoothness=1.0) == 0 < cost(box, color_smoothness=1.0)


def test_fog_becomes_what_six_outlines_say() -> None:
    """Half the squared error of all maps, as the loop has it, carves a box out of fog in thirty updates."""
    wanted = filled().views(0)
    aim = views_to_maps(wanted).detach()
    fog = GridSubject(CELLS, resolution=CELLS, smoothness=0.0, crispness=0.0)
    optimizer = torch.optim.Adam(list(fog.parameters().values()), lr=0.3)
    for _ in range(30):
        optimizer.zero_grad()
        ((views_to_maps(fog.views(0)) - aim).square().sum() / 2 + fog.penalty()).backward()
        optimizer.step()
    found, outline = fog.views(0).alpha > 0.5, wanted.alpha > 0.5
    assert (found & outline).sum() / (found | outline).sum() > 0.95
