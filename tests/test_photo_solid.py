"""A solid cut to a photo's outline and grown where it lacks what the photo shows."""

import math

import numpy as np
import pytest
import torch

from gen4d.fit_to_photo import STRETCH_SIZE, Warp
from gen4d.likeness import framed_camera
from gen4d.photo_solid import fill_outline
from gen4d.reconstruct.extract import extract
from gen4d.reconstruct.fusion import DistanceGrid
from gen4d.render.rasterizer import rasterize
from gen4d.structures import Camera, Mesh
from gen4d.viewpoint import Viewpoint, flattened

HALF = 0.55  # of the photo's frame, metres
COLUMN = (0.15, 0.4, 0.1)  # half sizes of the solid that the views agree on


def box_grid(sizes: tuple[float, float, float], count: int = 64) -> DistanceGrid:
    spacing = 2 * HALF / count
    steps = (np.arange(count) + 0.5) * spacing - HALF
    nodes = np.stack(np.meshgrid(steps, steps, steps, indexing="ij"), -1)
    values = (np.abs(nodes) - sizes).max(-1).clip(-3 * spacing, 3 * spacing)
    return DistanceGrid(values.astype(np.float32), spacing)


def outline_photo(*rectangles: tuple[float, float, float, float]) -> torch.Tensor:
    """A grey photo (128, 128, 4) of rectangles: left, right, bottom, top, in metres of the frame."""
    steps = ((np.arange(STRETCH_SIZE) + 0.5) / STRETCH_SIZE * 2 - 1) * HALF
    x, y = steps[None], -steps[:, None]
    alpha = np.zeros((STRETCH_SIZE, STRETCH_SIZE), np.float32)
    for left, right, bottom, top in rectangles:
        alpha[(x >= left) & (x <= right) & (y >= bottom) & (y <= top)] = 1
    return torch.from_numpy(np.concatenate([np.full((*alpha.shape, 3), 0.5, np.float32), alpha[..., None]], -1))


def frame_camera(viewpoint: Viewpoint) -> Camera:
    pose = torch.eye(4)
    pose[:3, :3] = viewpoint.rotation
    pose[:3, 3] = 2 * viewpoint.rotation[:, 2]
    return Camera(pose[None], STRETCH_SIZE, STRETCH_SIZE, half_extent=HALF)


def filled(photo: torch.Tensor, viewpoint: Viewpoint) -> tuple[Mesh, float, float]:
    grid = box_grid(COLUMN)
    solid = fill_outline(grid, extract(grid), photo, Warp(extract(grid), viewpoint, frame_camera(viewpoint)))
    return extract(solid.grid), solid.cut, solid.grown


def overlap_from(mesh: Mesh, photo: torch.Tensor, viewpoint: Viewpoint) -> float:
    seen = rasterize(mesh.vertices, mesh.faces, frame_camera(viewpoint)).face_index[0] >= 0
    wanted = photo[..., 3] > 0.5
    return float((seen & wanted).sum() / (seen | wanted).sum())


FRONT = Viewpoint(0.0)


def test_fill_outline_of_its_own_outline_keeps_the_solid():
    grid = box_grid(COLUMN)
    photo = outline_photo((-0.15, 0.15, -0.4, 0.4))
    solid = fill_outline(grid, extract(grid), photo, Warp(extract(grid), FRONT, frame_camera(FRONT)))
    assert (solid.cut, solid.grown) == (0.0, 0.0)
    np.testing.assert_array_equal(solid.grid.values < 0, grid.values < 0)


def test_fill_outline_grows_an_arm_at_the_depth_of_its_shoulder():
    photo = outline_photo((-0.15, 0.15, -0.4, 0.4), (0.1, 0.45, 0.1, 0.2))
    mesh, cut, grown = filled(photo, FRONT)
    assert cut == 0.0
    assert grown == pytest.approx(0.3 * 0.1 / (0.3 * 0.8 + 0.3 * 0.1), abs=0.02)
    assert overlap_from(mesh, photo, FRONT) > 0.95
    arm = mesh.vertices[mesh.vertices[:, 0] > 0.25]
    assert abs(float(arm[:, 2].mean())) < 0.01  # the column's middle
    thickness = float(arm[:, 2].max() - arm[:, 2].min())
    assert thickness == pytest.approx(0.1, abs=0.03)  # as thick as it is wide


def test_fill_outline_cuts_what_the_photo_looks_past():
    photo = outline_photo((-0.15, 0.15, -0.4, 0.0))
    mesh, cut, grown = filled(photo, FRONT)
    assert grown == 0.0
    assert cut == pytest.approx(1.0, abs=0.06)  # as much again as is left
    assert float(mesh.vertices[:, 1].max()) < 0.05
    assert float(mesh.vertices[:, 1].min()) == pytest.approx(-0.4, abs=0.01)


def test_fill_outline_from_above_grows_legs_straight_down():
    above = Viewpoint(0.0, math.radians(30))
    cosine = math.cos(above.elevation)
    # The column's outline from above, and a leg below its front edge's middle.
    photo = outline_photo((-0.15, 0.15, -0.4 * cosine - 0.05, 0.4 * cosine + 0.05), (-0.04, 0.04, -0.52, -0.35))
    mesh, _, grown = filled(photo, above)
    leg = mesh.vertices[mesh.vertices[:, 1] < -0.44]
    assert grown > 0.01
    assert len(leg) > 20
    toes, knee = leg[leg[:, 1] < leg[:, 1].quantile(0.2)], leg[leg[:, 1] > leg[:, 1].quantile(0.8)]
    assert abs(float(toes[:, 2].mean() - knee[:, 2].mean())) < 0.02


@pytest.mark.parametrize("distance", [math.inf, 1.5])
def test_warp_without_shifts_leaves_a_mesh_where_it_is(distance: float):
    mesh = extract(box_grid(COLUMN))
    viewpoint = Viewpoint(0.4, 0.2, distance)
    photo = outline_photo((-0.3, 0.3, -0.4, 0.4))
    camera = framed_camera(flattened(mesh, viewpoint), photo[..., 3], viewpoint, STRETCH_SIZE)
    moved = Warp(mesh, viewpoint, camera).applied(mesh)
    torch.testing.assert_close(moved.vertices, mesh.vertices, atol=1e-5, rtol=0)


def test_warp_toward_a_photo_brings_the_outlines_together_and_keeps_depths():
    mesh, photo = extract(box_grid(COLUMN)), outline_photo((-0.25, 0.25, -0.4, 0.4))
    moved = Warp(mesh, FRONT, frame_camera(FRONT)).toward(mesh, photo, (8.0, 5.0, 3.0, 2.0, 1.0, 1.0)).applied(mesh)
    before, after = (overlap_from(m, photo, FRONT) for m in (mesh, moved))
    assert before < 0.65
    assert after > 0.95
    torch.testing.assert_close(moved.vertices[:, 2], mesh.vertices[:, 2], atol=1e-5, rtol=0)
