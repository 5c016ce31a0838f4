from dataclasses import replace

import numpy as np
import pytest
import torch
import trimesh

from gen4d.evaluate.reconstruct_baseline import carved
from gen4d.evaluate.reconstruct_metrics import Surface, outer_surface, picture_errors, shape_errors, soundness
from gen4d.render.views import render_views
from gen4d.structures import Mesh


def mesh_of(shape: trimesh.Trimesh) -> Mesh:
    return Mesh(torch.from_numpy(np.array(shape.vertices)).float(), torch.from_numpy(np.array(shape.faces)).long())


def surface_of(shape: trimesh.Trimesh) -> Surface:
    return outer_surface(np.array(shape.vertices), np.array(shape.faces))


@pytest.fixture(scope="module")
def ball() -> Surface:
    return surface_of(trimesh.creation.icosphere(4, 0.4))


def test_points_lie_on_the_surface_evenly_and_voxels_fill_the_ball(ball: Surface) -> None:
    radius = np.linalg.norm(ball.points, axis=1)
    assert np.abs(radius - 0.4).max() < 0.002
    assert np.abs(ball.points.mean(0)).max() < 0.01
    assert ball.solid.mean() == pytest.approx(4 / 3 * np.pi * 0.4**3, rel=0.06)
    assert ball.back_facing == 0


def test_a_wall_inside_is_not_compared(ball: Surface) -> None:
    both = trimesh.util.concatenate([trimesh.creation.icosphere(4, 0.4), trimesh.creation.icosphere(3, 0.2)])
    errors = shape_errors(surface_of(both), ball)
    assert errors.f1 > 0.999 and errors.volume_iou == 1 and errors.normals > 0.999


def test_errors_of_a_larger_ball_are_those_of_the_formula(ball: Surface) -> None:
    errors = shape_errors(surface_of(trimesh.creation.icosphere(4, 0.415)), ball)
    assert errors.chamfer == pytest.approx(0.015, abs=0.001)
    assert (errors.f1, errors.f2) == (0, 1)
    assert errors.volume_iou == pytest.approx((0.4 / 0.415) ** 3, abs=0.02)


def test_open_and_pinched_meshes_are_found(ball: Surface) -> None:
    box = trimesh.creation.box((0.5, 0.5, 0.5))
    whole = mesh_of(box)
    assert soundness(whole, ball, 64).manifold
    assert not soundness(replace(whole, faces=whole.faces[1:]), ball, 64).watertight
    other = box.copy()
    other.apply_translation((0.5, 0.5, 0.5))
    pinched = trimesh.util.concatenate([box, other])
    pinched.merge_vertices()
    found = soundness(mesh_of(pinched), ball, 64)
    assert found.watertight and not found.manifold


def test_overlapping_charts_are_counted(ball: Surface) -> None:
    mesh = mesh_of(trimesh.creation.box((0.5, 0.5, 0.5)))
    stacked = torch.tensor([[0.1, 0.1], [0.9, 0.1], [0.9, 0.9], [0.1, 0.9]] * 2)
    assert soundness(replace(mesh, uv=stacked), ball, 64).uv_overlap > 0.9


def test_equal_pictures_have_no_error_and_a_known_one_its_decibels() -> None:
    picture = torch.rand(2, 16, 16, 3, generator=torch.Generator().manual_seed(0)) * 0.8
    assert picture_errors(picture, picture) == (pytest.approx(100), pytest.approx(1))
    assert picture_errors(picture + 0.1, picture)[0] == pytest.approx(20, abs=1e-3)


def test_yardstick_rebuilds_a_ball() -> None:
    mesh = carved(render_views(mesh_of(trimesh.creation.icosphere(4, 0.4)), resolution=64, supersample=2))
    radius = mesh.vertices.norm(dim=1)
    assert float((radius - 0.4).abs().mean()) < 0.006
    assert mesh.colors is not None and torch.allclose(mesh.colors, torch.full_like(mesh.colors, 0.8), atol=0.01)
