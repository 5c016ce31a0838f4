"""Views that disagree, and the surface in their middle."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from gen4d.reconstruct.agreement import agree, median_disagreement
from gen4d.reconstruct.blend import MIN_FACING, blend, oriented_points
from gen4d.reconstruct.config import ReconstructConfig
from gen4d.reconstruct.fusion import fuse
from gen4d.reconstruct.heights import height_views
from gen4d.reconstruct.reconstruction import reconstruct
from gen4d.structures import MultiView

RADIUS = 0.4
PIXEL = 1.1 / 64
SHIFTS = (2.0, -2.0, 1.5, -1.0, -2.0, 1.0)  # pixels by which each view's depth is wrong


@pytest.fixture
def contradicting(views_of, solids) -> MultiView:
    """True views of a sphere, each pushed along its own axis."""
    views = views_of(solids["sphere"])
    shift = torch.tensor(SHIFTS)[:, None, None, None] * PIXEL
    return replace(views, depth=torch.where(views.alpha > 0, (views.depth + shift).clamp(0, 1), views.depth))


def test_disagreement_is_none_in_true_views_and_that_of_shifted_ones(views_of, solids, contradicting):
    assert median_disagreement(height_views(views_of(solids["crooked"]))) < 0.3
    # Two neighbours that differ by d along their own axes differ by about d / sqrt(2) across what both see.
    assert 0.7 < median_disagreement(height_views(contradicting)) < 3


def test_surface_lies_in_the_middle_of_what_the_views_say(contradicting, ctx):
    mesh = reconstruct(contradicting, None, ReconstructConfig(resolution=64), ctx)
    radius = np.linalg.norm(mesh.vertices.numpy(), axis=1)
    assert abs(np.median(radius) - RADIUS) < PIXEL
    # The extremes lie four pixels apart; carving alone leaves steps between them, of 0.9 pixels' deviation.
    assert radius.std() < 0.75 * PIXEL


def test_blended_surface_is_smoother_than_the_carved_one(contradicting, ctx, monkeypatch):
    def bend(limit: float) -> float:
        monkeypatch.setattr("gen4d.reconstruct.fusion.MUCH_WITHOUT_NOISE", limit)
        mesh = reconstruct(contradicting, None, ReconstructConfig(resolution=64), ctx)
        corner = mesh.vertices[mesh.faces]
        normal = torch.linalg.cross(corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0])
        outward = torch.nn.functional.normalize(corner.mean(1), dim=1)
        cosine = (torch.nn.functional.normalize(normal, dim=1) * outward).sum(1)
        return float(torch.rad2deg(torch.arccos(cosine.clamp(-1, 1))).mean())

    assert bend(0.5) < 0.6 * bend(np.inf)


def test_zero_level_passes_through_agreeing_points(views_of, solids):
    heights = height_views(views_of(solids["sphere"]))
    spacing = PIXEL
    axis = (np.arange(64) + 0.5) * spacing - 0.55
    distance = np.sqrt(sum(a**2 for a in np.meshgrid(axis, axis, axis, indexing="ij"))) - RADIUS
    wrong = np.clip(distance + spacing, -3 * spacing, 3 * spacing).astype(np.float32)  # a carved solid a cell too small
    values = blend(heights, wrong, spacing)
    near = np.abs(distance) < spacing
    assert np.abs(values - distance)[near].mean() < 0.5 * np.abs(wrong - distance)[near].mean()


def test_points_are_where_the_views_show_them(views_of, solids):
    points = oriented_points(height_views(views_of(solids["sphere"])), PIXEL)
    places = (points.places + 0.5) * PIXEL - 0.55
    inner = points.trust > 0.2  # pixels on the rim mix what is turned away
    np.testing.assert_allclose(np.linalg.norm(places, axis=1)[inner], RADIUS, atol=0.5 * PIXEL)
    np.testing.assert_allclose((points.normals * places).sum(1)[inner], RADIUS, atol=0.02)
    # One view shows the cap it faces by more than MIN_FACING = c, whose area is 2 pi r^2 (1 - c).
    cap = 2 * np.pi * RADIUS**2 * (1 - MIN_FACING)
    np.testing.assert_allclose(points.areas.sum() * PIXEL**2, 6 * cap, rtol=0.05)


def test_without_clear_points_the_carved_solid_stays(views_of, solids):
    heights = [replace(view, alpha=np.zeros_like(view.alpha)) for view in height_views(views_of(solids["sphere"]))]
    carved = np.full((8, 8, 8), 1.0, np.float32)
    assert blend(heights, carved, 0.1) is carved


def test_agreeing_views_are_not_blended(views_of, solids, monkeypatch):
    def fail(*_: object) -> None:
        raise AssertionError("blended")

    monkeypatch.setattr("gen4d.reconstruct.fusion.blend", fail)
    fuse(agree(height_views(views_of(solids["table"])), ReconstructConfig()), 64)
