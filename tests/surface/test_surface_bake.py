from dataclasses import replace

import numpy as np
import pytest
import torch
import trimesh
from hypothesis import given, settings
from hypothesis import strategies as st

from gen4d.render.views import render_views
from gen4d.structures import Mesh, face_normals, vertex_normals
from gen4d.surface.bake import bake, surface_texels
from gen4d.surface.coverage import barycentric, cover
from gen4d.surface.fill import diffuse
from gen4d.surface.unwrap import unwrap


def true_colors(points: np.ndarray) -> np.ndarray:
    return np.clip(0.4 + 0.6 * points, 0.05, 0.75)


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_cover_agrees_with_testing_every_pixel_against_every_triangle(seed):
    generator = np.random.default_rng(seed)
    points, height = generator.uniform(-3, 19, (9, 2)), generator.uniform(0, 1, 9)
    faces = generator.integers(0, 9, (6, 3))
    found, top = cover(points, height, faces, 16, 16)
    centres = np.stack(np.meshgrid(np.arange(16) + 0.5, np.arange(16) + 0.5), -1).reshape(-1, 2)
    best = np.full(256, -np.inf)
    for face in faces:
        if len(set(face)) == 3:
            weights = barycentric(centres, np.broadcast_to(points[face], (256, 3, 2)))
            best = np.maximum(best, np.where((weights >= 0).all(1), weights @ height[face], -np.inf))
    np.testing.assert_array_equal(found.ravel() >= 0, np.isfinite(best))
    np.testing.assert_allclose(top.ravel(), best, atol=1e-6)


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_barycentric_coordinates_give_the_point_back(seed):
    generator = np.random.default_rng(seed)
    corners, points = generator.normal(size=(20, 3, 2)), generator.normal(size=(20, 2))
    weights = barycentric(points, corners)
    np.testing.assert_allclose(weights.sum(1), 1, atol=1e-6)
    area = np.abs(np.linalg.det(corners[:, 1:] - corners[:, :1]))
    np.testing.assert_allclose(np.einsum("pc,pci->pi", weights, corners)[area > 0.01], points[area > 0.01], atol=1e-6)


def test_unwrapping_keeps_the_surface_and_never_overlaps(unwrapped_ball):
    mesh = unwrapped_ball
    assert mesh.uv is not None
    assert mesh.welded is not None
    assert 0 <= float(mesh.uv.min()) <= float(mesh.uv.max()) <= 1
    shape = trimesh.Trimesh(mesh.vertices.numpy(), mesh.welded.numpy()[mesh.faces.numpy()], process=False)
    first = {int(w): v for v, w in reversed(list(enumerate(mesh.welded)))}
    places = mesh.vertices[[first[int(w)] for w in mesh.welded]]
    assert torch.equal(places, mesh.vertices)  # copies of a vertex lie at one place
    welded = trimesh.Trimesh(mesh.vertices.numpy()[[first[i] for i in range(len(first))]], shape.faces, process=False)
    assert welded.is_watertight
    assert welded.volume == pytest.approx(4 / 3 * np.pi * 0.45**3, rel=0.02)
    corners = mesh.uv.double().numpy()[mesh.faces.numpy()] * 2048
    area = np.abs(np.linalg.det(corners[:, 1:] - corners[:, :1])).sum() / 2
    covered = (
        cover(mesh.uv.double().numpy() * 2048, np.zeros(len(mesh.uv)), mesh.faces.numpy(), 2048, 2048)[0] >= 0
    ).sum()
    assert covered == pytest.approx(area, rel=0.002)  # texels covered twice would be missing


def test_texels_lie_on_the_surface_also_in_the_margin(unwrapped_ball):
    texels = surface_texels(unwrapped_ball, 256)
    radius = np.linalg.norm(texels.places, axis=1)
    assert np.abs(radius - 0.45)[texels.inside].max() < 0.006  # the facets' own sag
    assert np.abs(radius - 0.45).max() < 0.02
    assert (~texels.inside).sum() > 100


def test_texture_shows_the_true_colours_everywhere(unwrapped_ball, ball_views):
    baked = bake(unwrapped_ball, ball_views, 256)
    texels = surface_texels(unwrapped_ball, 256)
    image = baked.image.numpy().reshape(-1, 4)
    error = np.abs(image[texels.index, :3] - true_colors(texels.places))
    assert error.max() < 0.03
    assert baked.unseen == 0
    assert float(image[:, :3].max()) < 0.8  # no white anywhere, padding included
    assert bool((baked.image[..., 3] == 1).all())


def test_background_never_bleeds_in():
    """White beyond a blurry outline, as a prior draws it, must not reach the texture."""
    shape = trimesh.creation.box((0.8, 0.5, 0.6))
    vertices = torch.from_numpy(np.array(shape.vertices)).float()
    mesh = Mesh(vertices, torch.from_numpy(np.array(shape.faces)).long(), colors=0 * vertices + 0.3)
    views = render_views(mesh, resolution=64)
    alpha = torch.nn.functional.avg_pool2d(views.alpha.permute(0, 3, 1, 2), 5, 1, 2).permute(0, 2, 3, 1)
    albedo = (0.3 * alpha + (1 - alpha)).expand(-1, -1, -1, 3)
    plain = Mesh(mesh.vertices, mesh.faces, normals=vertex_normals(mesh))
    baked = bake(unwrap(plain, 128), replace(views, albedo=albedo, alpha=alpha), 128)
    assert float(baked.image[..., :3].max()) < 0.36


@pytest.mark.parametrize("offset", [-0.1, 0.1])
def test_a_view_of_another_surface_does_not_stain_this_one(offset):
    """A prism on its edge: front and top see the same slope. The top view is red and means another height."""
    turn = trimesh.transformations.rotation_matrix(np.pi / 4, (1, 0, 0))
    shape = trimesh.creation.box((0.8, 0.5, 0.5), transform=turn)
    vertices = torch.from_numpy(np.array(shape.vertices)).float()
    blue = torch.tensor([0.1, 0.2, 0.7])
    mesh = Mesh(vertices, torch.from_numpy(np.array(shape.faces)).long(), colors=blue.expand(len(vertices), 3))
    views = render_views(mesh, resolution=64)
    albedo, depth = views.albedo.clone(), views.depth.clone()
    seen = views.alpha[4, ..., 0] > 0
    albedo[4][seen], depth[4][seen] = torch.tensor([0.8, 0.1, 0.1]), depth[4][seen] + offset
    corners = mesh.vertices[mesh.faces].reshape(-1, 3)
    flat = torch.nn.functional.normalize(face_normals(mesh.vertices, mesh.faces), dim=1).repeat_interleave(3, 0)
    plain = Mesh(corners, torch.arange(len(corners)).reshape(-1, 3), normals=flat)
    mesh = unwrap(plain, 128)
    baked = bake(mesh, replace(views, albedo=albedo, depth=depth.clamp(0, 1)), 128)
    texels = surface_texels(mesh, 128)
    slope = (texels.normals[:, 1] > 0.5) & (texels.normals[:, 2] > 0.5) & texels.inside
    colors = baked.image.numpy().reshape(-1, 4)[texels.index][slope, :3]
    assert slope.sum() > 500
    assert np.quantile(np.abs(colors - blue.numpy()).max(1), 0.95) < 0.05


def test_unseen_inside_of_a_cup_is_counted_and_filled(ctx):
    outer, inner = trimesh.creation.box((0.8, 0.8, 0.8)), trimesh.creation.box((0.3, 0.3, 0.3))
    inner.invert()
    shape = trimesh.util.concatenate([outer, inner])
    vertices = torch.from_numpy(np.array(shape.vertices)).float()
    mesh = Mesh(vertices, torch.from_numpy(np.array(shape.faces)).long(), colors=0 * vertices + 0.3)
    views = render_views(mesh, resolution=64)
    plain = Mesh(mesh.vertices, mesh.faces, normals=vertex_normals(mesh))
    baked = bake(unwrap(plain, 128), views, 128)
    assert baked.unseen == pytest.approx(0.3**2 / (0.3**2 + 0.8**2), abs=0.03)
    np.testing.assert_allclose(baked.image[..., :3].numpy(), 0.3, atol=0.01)


def test_diffusion_on_a_strip_is_linear_and_bounded():
    count = 21
    x = np.arange(count, dtype=np.float64)
    faces = np.array([[i, i + 1, i + 1] for i in range(count - 1)])
    known = np.zeros(count, bool)
    known[[0, -1]] = True
    spread = diffuse(faces, np.where(known, x, 99)[:, None], known, fallback=np.array([5.0]))
    np.testing.assert_allclose(spread[:, 0], x, atol=1e-2)


def test_piece_without_any_colour_takes_the_fallback():
    faces = np.array([[0, 1, 2], [3, 4, 5]])
    known = np.array([True] * 3 + [False] * 3)
    spread = diffuse(faces, np.zeros((6, 3)), known, fallback=np.array([0.2, 0.4, 0.6]))
    np.testing.assert_allclose(spread[3:], [[0.2, 0.4, 0.6]] * 3, atol=1e-6)
