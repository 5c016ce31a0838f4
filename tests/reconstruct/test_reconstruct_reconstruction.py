from dataclasses import replace

import numpy as np
import pytest
import torch
import trimesh
from pydantic import ValidationError

from gen4d.errors import InputError
from gen4d.reconstruct.agreement import agree
from gen4d.reconstruct.config import ReconstructConfig
from gen4d.reconstruct.fusion import fuse
from gen4d.reconstruct.heights import height_views
from gen4d.reconstruct.reconstruction import reconstruct
from gen4d.render.views import render_views
from gen4d.structures import Mesh, MultiView

CONFIG = ReconstructConfig(resolution=64)
CELL = 1.1 / 64


def solid(mesh: Mesh) -> trimesh.Trimesh:
    return trimesh.Trimesh(mesh.vertices.numpy(), mesh.faces.numpy(), process=False)


def rebuilt(views: MultiView, ctx) -> trimesh.Trimesh:
    return solid(reconstruct(views, None, CONFIG, ctx))


def inside(shape: trimesh.Trimesh, *points: tuple[float, float, float]) -> list[bool]:
    """Winding number test; works for closed meshes of any number of pieces."""
    corner = shape.triangles[None] - np.array(points)[:, None, None]
    a, b, c = corner[:, :, 0], corner[:, :, 1], corner[:, :, 2]
    la, lb, lc = (np.linalg.norm(v, axis=-1) for v in (a, b, c))
    det = np.einsum("pfi,pfi->pf", a, np.cross(b, c))
    dots = [np.einsum("pfi,pfi->pf", u, v) for u, v in ((a, b), (b, c), (c, a))]
    angle = 2 * np.arctan2(det, la * lb * lc + dots[0] * lc + dots[1] * la + dots[2] * lb)
    return list(angle.sum(1) / (4 * np.pi) > 0.5)


def erased(views: MultiView, view: int, rows: slice, columns: slice) -> MultiView:
    """A view that misses a part."""
    maps = {k: getattr(views, k).clone() for k in ("albedo", "alpha", "depth", "normal")}
    for name, value in (("albedo", 1), ("alpha", 0), ("depth", 1), ("normal", 0)):
        maps[name][view, rows, columns] = value
    return replace(views, **maps)


def test_sphere_field_is_its_distance(views_of, solids):
    consensus = agree(height_views(views_of(solids["sphere"])), CONFIG)
    grid = fuse(consensus, 64)
    node = (np.arange(64) + 0.5) * CELL - 0.55
    x, y, z = np.meshgrid(node, node, node, indexing="ij")
    true = np.sqrt(x**2 + y**2 + z**2) - 0.4
    near = np.abs(true) < CELL
    assert np.abs(grid.values - true)[near].mean() < 0.05 * CELL
    assert (np.sign(grid.values) == np.sign(true))[np.abs(true) > 0.3 * CELL].all()


def test_turning_the_object_turns_the_field(views_of, solids):
    shape = solids["crooked"]
    turned = shape.copy()
    turned.apply_transform(trimesh.transformations.rotation_matrix(np.pi / 2, (0, 1, 0)))
    first, second = (fuse(agree(height_views(views_of(s)), CONFIG), 64).values for s in (shape, turned))
    # A quarter turn about y takes (x, y, z) to (z, y, -x).
    expected = first[::-1].transpose(2, 1, 0)
    assert np.array_equal(expected < 0, second < 0)
    assert np.quantile(np.abs(expected - second), 0.995) < 1e-3 * CELL  # ties at pixel centres fall either way


@pytest.mark.parametrize("name", ["sphere", "table", "open box", "crooked"])
def test_result_is_closed_outward_and_of_the_true_volume(name, views_of, solids, ctx):
    shape = rebuilt(views_of(solids[name]), ctx)
    assert shape.is_watertight
    assert shape.is_winding_consistent
    parts = {"open box": 0.8**3 - 0.56 * 0.56 * 0.68, "table": 0.9 * 0.1 * 0.7 + 4 * 0.08 * 0.08 * 0.5}
    expected = {
        "sphere": 4 / 3 * np.pi * 0.4**3,
        "crooked": 0.55 * 0.3 * 0.6 + 0.3 * 0.55 * 0.4 - 0.1 * 0.1 * 0.2 + 0.2**3,
    }
    assert shape.volume == pytest.approx((parts | expected)[name], rel=0.04)
    assert ctx.facts["reconstruct.overruled_pixels"] < 0.01


def test_inside_of_an_open_box_stays_empty(views_of, solids, ctx):
    shape = rebuilt(views_of(solids["open box"]), ctx)
    assert inside(shape, (0, 0, 0), (0.2, -0.2, 0.2), (0, -0.34, 0), (0.34, 0, 0)) == [False, False, True, True]


@pytest.mark.parametrize("name", ["plate", "sheet"])
def test_thin_part_survives_whole(name, views_of, solids, ctx):
    shape = rebuilt(views_of(solids[name]), ctx)
    assert shape.is_watertight
    points, _ = trimesh.sample.sample_surface(solids[name], 2000, seed=0)
    gap = np.linalg.norm(points[:, None] - shape.vertices[None], axis=-1).min(1)
    assert gap.max() < 2.5 * CELL
    assert shape.area == pytest.approx(2 * solids[name].area / (1 if name == "sheet" else 2), rel=0.15)


def test_leg_that_one_view_misses_survives(views_of, solids, ctx):
    views = views_of(solids["table"])
    maimed = erased(views, 0, slice(32, 64), slice(32, 64))  # the front view loses its right legs
    assert inside(rebuilt(maimed, ctx), (0.36, -0.2, 0.26), (0.36, -0.35, -0.26), (0, -0.2, 0)) == [True, True, False]
    assert ctx.facts["reconstruct.overruled_pixels"] >= 0


def test_legs_whose_depth_one_view_misses_survive(views_of, solids, ctx):
    views = views_of(solids["table"])
    depth = views.depth.clone()
    depth[5][(views.alpha[5] > 0) & (depth[5] < 0.5)] = 0.6  # from below, legs look like the table's underside
    legs = [(x, -0.2, z) for x in (-0.36, 0.36) for z in (-0.26, 0.26)]
    assert inside(rebuilt(replace(views, depth=depth), ctx), *legs, (0, -0.2, 0)) == [True] * 4 + [False]
    assert ctx.facts["reconstruct.overruled_pixels"] > 0


def test_part_that_only_one_view_shows_is_dropped(views_of, solids, ctx):
    views = views_of(solids["sphere"])
    alpha, depth = views.alpha.clone(), views.depth.clone()
    alpha[0, 2:8, 2:8], depth[0, 2:8, 2:8] = 1, 0.5
    assert rebuilt(replace(views, alpha=alpha, depth=depth), ctx).body_count == 1


def test_noisy_depth_moves_the_surface_less_than_the_noise(views_of, solids, ctx):
    views = views_of(solids["sphere"])
    noise = 0.02 * torch.randn(views.depth.shape, generator=torch.Generator().manual_seed(0))
    depth = torch.where(views.alpha > 0, (views.depth + noise).clamp(0, 1), views.depth)
    shape = rebuilt(replace(views, depth=depth), ctx)
    assert np.abs(np.linalg.norm(shape.vertices, axis=1) - 0.4).mean() < 0.012


def test_view_whose_depth_lies_too_deep_is_raised_to_the_silhouettes(views_of, solids, ctx):
    views = views_of(solids["sphere"])
    noise = 0.01 * torch.randn(views.depth.shape, generator=torch.Generator().manual_seed(0))
    depth = views.depth + noise
    depth[4] += 0.15  # the top view would carve a crater
    depth = torch.where(views.alpha > 0, depth.clamp(0, 1), 1.0)
    shape = rebuilt(replace(views, depth=depth), ctx)
    assert ctx.facts["reconstruct.depth_bias"] > 0.005
    assert inside(shape, (0, 0.33, 0), (0, 0.45, 0)) == [True, False]


def test_true_views_are_not_calibrated(views_of, solids, ctx):
    for name in ("sphere", "open box", "table"):
        rebuilt(views_of(solids[name]), ctx)
        assert ctx.facts["reconstruct.depth_bias"] == 0


def test_same_views_give_the_same_mesh(views_of, solids, ctx):
    first, second = (reconstruct(views_of(solids["table"]), None, CONFIG, ctx) for _ in range(2))
    assert torch.equal(first.vertices, second.vertices)
    assert torch.equal(first.faces, second.faces)


def test_subject_that_leaves_the_picture_is_closed_all_the_same(views_of, solids, ctx):
    views = views_of(solids["sphere"])
    full = replace(views, alpha=torch.ones_like(views.alpha), depth=torch.zeros_like(views.depth))
    assert rebuilt(full, ctx).is_watertight


def test_config_refuses_unknown_and_absurd_options():
    for wrong in ({"resolution": 4}, {"resolutoin": 128}):
        with pytest.raises(ValidationError):
            ReconstructConfig.model_validate(wrong)


def test_one_empty_view_is_told_and_two_opposite_ones_are_refused(views_of, solids, ctx):
    views = views_of(solids["table"])
    whole = slice(None)
    assert rebuilt(erased(views, 4, whole, whole), ctx).is_watertight
    assert ctx.warnings[0] == "reconstruct: no subject in the top view; the other views decide alone."
    with pytest.raises(InputError, match="the front and the back view are both empty"):
        rebuilt(erased(erased(views, 0, whole, whole), 2, whole, whole), ctx)


def test_views_of_two_different_things_are_told_to_contradict(views_of, solids, ctx):
    ball, box = views_of(solids["sphere"]), views_of(trimesh.creation.box((0.9, 0.5, 0.3)))
    mixed = {k: getattr(ball, k).clone() for k in ("albedo", "alpha", "depth", "normal")}
    for name, maps in mixed.items():
        maps[[0, 2]] = getattr(box, name)[[0, 2]]
    assert rebuilt(replace(ball, **mixed), ctx).is_watertight
    assert "contradict each other" in ctx.warnings[0]


def test_panel_whose_two_noisy_sides_cross_keeps_its_middle(views_of, solids, ctx):
    views = views_of(solids["plate"])
    noise = 0.006 * torch.randn(views.depth.shape, generator=torch.Generator().manual_seed(0))
    depth = views.depth + noise
    depth[4:, 20:44, 20:44] += 0.04  # top and bottom both say that the other has carved it away
    shape = rebuilt(replace(views, depth=torch.where(views.alpha > 0, depth.clamp(0, 1), 1.0)), ctx)
    from_above = render_views(
        Mesh(torch.from_numpy(shape.vertices).float(), torch.from_numpy(shape.faces)), resolution=64
    )
    assert bool((from_above.alpha[4, 16:48, 10:54] == 1).all())
