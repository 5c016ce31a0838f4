from dataclasses import replace

import numpy as np
import pytest
import torch
import trimesh

from gen4d.context import Context
from gen4d.reconstruct.config import ReconstructConfig
from gen4d.reconstruct.reconstruction import reconstruct
from gen4d.render.views import render_views
from gen4d.streams import Streams
from gen4d.structures import Mesh, MultiView, vertex_normals
from gen4d.surface.creases import with_creases
from gen4d.surface.fit import fit, smooth, unit_normals
from gen4d.surface.planes import normal_views, seen_planes, unmixed


def mesh_of(shape: trimesh.Trimesh) -> Mesh:
    return Mesh(torch.from_numpy(np.array(shape.vertices)).float(), torch.from_numpy(np.array(shape.faces)).long())


@pytest.fixture(scope="module")
def wedge() -> trimesh.Trimesh:
    """A prism whose roof stands askew to every axis: only normals tell where its ridge is."""
    return trimesh.convex.convex_hull(
        [[x, y, z] for z in (-0.4, 0.4) for x, y in ((-0.42, -0.3), (0.42, -0.3), (0.05 * z, 0.3 + 0.1 * z))]
    )


@pytest.fixture(scope="module")
def wedge_views(wedge) -> MultiView:
    return render_views(mesh_of(wedge), resolution=64, supersample=4, flat=True)


@pytest.fixture(scope="module")
def raw(wedge_views) -> Mesh:
    return reconstruct(wedge_views, None, ReconstructConfig(resolution=64), Context(Streams(0)))


def off_the_planes(mesh: Mesh, shape: trimesh.Trimesh) -> np.ndarray:
    """Angle in degrees between each face and the most alike face of the true shape, weighted out by area 90th."""
    normals, areas = unit_normals(mesh.vertices.double().numpy(), mesh.faces.numpy())
    angle = np.degrees(np.arccos(np.clip((normals @ shape.face_normals.T).max(1), -1, 1)))
    order = np.argsort(angle)
    return angle[order][np.searchsorted(np.cumsum(areas[order]), [0.5 * areas.sum(), 0.9 * areas.sum()])]


def test_fitted_faces_lie_on_the_true_planes(raw, wedge, wedge_views):
    middle, tenth = off_the_planes(fit(raw, wedge_views, 8), wedge)
    assert middle < 0.3
    assert tenth < 0.5 * off_the_planes(smooth(raw, 8), wedge)[1]


def test_fitting_keeps_the_mesh_closed_and_its_volume(raw, wedge, wedge_views):
    fitted = fit(raw, wedge_views, 8)
    assert torch.equal(fitted.faces, raw.faces)
    shape = trimesh.Trimesh(fitted.vertices.numpy(), fitted.faces.numpy(), process=False)
    assert shape.volume == pytest.approx(wedge.volume, rel=0.01)


def test_planes_of_true_faces_are_their_own(wedge, wedge_views):
    fine = wedge.subdivide_to_size(0.1)
    planes = seen_planes(fine.triangles_center, np.array(fine.face_normals), normal_views(wedge_views))
    seen = planes.weights > 0.3
    assert seen.mean() > 0.8
    assert np.quantile((planes.normals * fine.face_normals).sum(1)[seen], 0.05) > 0.999
    assert np.quantile(np.abs(planes.offsets[seen]), 0.95) < 0.002


def test_mixed_pixels_of_a_crease_take_a_side():
    normal = np.zeros((6, 6, 3))
    normal[:, :3], normal[:, 3:] = (0.6, 0, 0.8), (-0.6, 0, 0.8)
    normal[:, 3] = (0, 0, 1)
    # Heights of a concave crease in the middle of its pixels, which average the two sides.
    across = (np.arange(6) - 3) * 0.75  # slope of the planes, metres a pixel of 1 m
    height = np.tile(np.where(across == 0, 0.25 * 0.75, np.abs(across)), (6, 1))
    split, flat = unmixed(normal, height, np.ones((6, 6), bool), np.eye(3), 1.0)
    assert {tuple(n) for n in split[1:-1].reshape(-1, 3)} == {(0.6, 0, 0.8), (-0.6, 0, 0.8)}
    np.testing.assert_allclose(flat[1:-1], np.tile(np.abs(across), (4, 1)), atol=1e-12)


def test_bevel_along_an_outline_keeps_its_own_plane():
    normal = np.tile([0.0, 0, 1], (6, 6, 1))
    normal[:, 4] = (0.6, 0, 0.8)  # beyond it is background
    height = np.where(np.arange(6) == 4, -0.375, 0.0) * np.ones((6, 1))
    trusted = np.tile(np.arange(6) < 5, (6, 1))
    same, flat = unmixed(normal, height, trusted, np.eye(3), 1.0)
    np.testing.assert_array_equal(same, normal)
    np.testing.assert_array_equal(flat, height)


def test_straight_edges_of_a_box_stay_where_they_are():
    half = np.array([0.3515, 0.2535, 0.2055])  # no edge on the border of a pixel
    views = render_views(mesh_of(trimesh.creation.box(2 * half)), resolution=128, supersample=4, flat=True)
    raw = reconstruct(views, None, ReconstructConfig(resolution=128), Context(Streams(0)))
    fitted = fit(raw, views, 8).vertices.numpy()
    pixel = 1.1 / 128
    assert np.abs(np.abs(fitted).max(0) - half).max() < 0.1 * pixel  # a chamfer's mean plane would draw it out by 0.25


def test_box_gets_flat_shading_and_ball_smooth():
    box = with_creases(mesh_of(trimesh.creation.box((1, 0.5, 0.7))))
    assert box.normals is not None and box.welded is not None
    assert len(box.vertices) == 24
    assert len(torch.unique(box.welded)) == 8
    flat, _ = unit_normals(box.vertices.double().numpy(), box.faces.numpy())
    np.testing.assert_allclose(box.normals.numpy()[box.faces.numpy()], np.repeat(flat[:, None], 3, 1), atol=1e-6)
    ball = mesh_of(trimesh.creation.icosphere(3, 0.5))
    round_ = with_creases(ball)
    assert round_.normals is not None
    assert len(round_.vertices) == len(ball.vertices)
    cosine = (round_.normals * torch.nn.functional.normalize(round_.vertices, dim=1)).sum(1)
    assert float(cosine.min()) > 0.999
    assert float((vertex_normals(round_) * round_.normals).sum(1).min()) > 0.99


def test_rendered_views_are_smooth_and_noise_is_measured(wedge_views, ball_views):
    assert max(view.roughness for view in normal_views(wedge_views)) < 0.01
    assert max(view.roughness for view in normal_views(ball_views)) < 0.05
    deviation = 0.01
    noise = deviation * torch.randn(ball_views.depth.shape, generator=torch.Generator().manual_seed(0))
    noisy = replace(ball_views, depth=(ball_views.depth + noise).clamp(0, 1))
    # The difference of two pixels deviates by sqrt(2) times one's; the median of its size is 0.67 of that.
    expected = 0.6745 * 2**0.5 * deviation / (1.1 / 64)
    assert normal_views(noisy)[0].roughness == pytest.approx(expected, rel=0.1)
