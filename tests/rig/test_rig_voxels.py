"""Solids: right volume, closed holes, open gaps, and no crash on any soup."""

import numpy as np
import pytest
import trimesh
from hypothesis import given, settings
from hypothesis import strategies as st

from gen4d.rig.voxels import distance_to, label_pieces, voxelise


def _ball(resolution: int = 64, faces=None):
    sphere = trimesh.creation.icosphere(subdivisions=4, radius=0.5)
    return (
        sphere.vertices,
        sphere.faces,
        voxelise(sphere.vertices, sphere.faces if faces is None else faces, resolution),
    )


def test_ball_has_the_volume_and_depth_of_a_ball() -> None:
    _, _, solid = _ball()
    radius = 0.5 + solid.size / 2  # surface voxels count whole
    assert solid.occupied.sum() * solid.size**3 == pytest.approx(4 / 3 * np.pi * radius**3, rel=0.04)
    assert solid.depth.max() == pytest.approx(radius, rel=0.04)
    assert (solid.depth[~solid.occupied] == 0).all() and (solid.depth[solid.occupied] > 0).all()


def test_hole_is_closed_and_flipped_faces_do_not_matter() -> None:
    vertices, faces, whole = _ball()
    centers = vertices[faces].mean(1)
    open_faces = faces[~((np.abs(centers[:, :2]) < 0.03).all(1) & (centers[:, 2] > 0))]
    assert len(open_faces) < len(faces)
    punctured = voxelise(vertices, open_faces)
    assert punctured.occupied.sum() > 0.98 * whole.occupied.sum()
    flipped = faces.copy()
    flipped[::2] = flipped[::2, ::-1]
    assert (voxelise(vertices, flipped).occupied == whole.occupied).all()


def test_gap_between_two_boxes_stays_open() -> None:
    boxes = [trimesh.creation.box((0.3, 1.0, 0.3)).apply_translation((x, 0, 0)) for x in (-0.2, 0.2)]  # 0.1 apart
    both = trimesh.util.concatenate(boxes)
    solid = voxelise(both.vertices, both.faces)
    assert not solid.contains(np.array([0.0, 0.0, 0.0]))
    assert solid.contains(np.array([[0.2, 0.0, 0.0], [-0.2, 0.3, 0.1]])).all()
    assert label_pieces(solid.occupied)[1] == 2


def test_grid_and_world_are_inverse() -> None:
    _, _, solid = _ball(32)
    index = np.argwhere(solid.occupied)[::17]
    assert np.allclose(solid.to_grid(solid.to_world(index)), index)
    assert solid.contains(solid.to_world(index)).all()
    assert not solid.contains(np.array([10.0, 0.0, 0.0]))


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 30), st.sampled_from(["soup", "flat", "point", "sliver"]))
def test_any_soup_gives_a_solid_that_holds_its_vertices(seed: int, num_faces: int, kind: str) -> None:
    rng = np.random.default_rng(seed)
    vertices = rng.normal(size=(3 * num_faces, 3)) * 10.0 ** rng.integers(-4, 4)
    scale = {"soup": (1, 1, 1), "flat": (1, 0, 1), "point": (0, 0, 0), "sliver": (1, 1e-9, 1e-7)}[kind]
    vertices = vertices * scale
    solid = voxelise(vertices, np.arange(3 * num_faces).reshape(-1, 3), 32)
    assert solid.contains(vertices).all()
    border = np.ones_like(solid.occupied)
    border[1:-1, 1:-1, 1:-1] = False
    assert not (solid.occupied & border).any()


def test_distance_to_a_plane_of_voxels_is_the_offset() -> None:
    mask = np.zeros((5, 6, 7), dtype=bool)
    mask[2] = True
    assert (distance_to(mask) == np.abs(np.arange(5) - 2)[:, None, None]).all()
