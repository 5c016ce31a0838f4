"""Viewpoints: rotations, angles, and a flattened mesh against a true perspective camera."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from gen4d.render.rasterizer import project
from gen4d.structures import Camera, Mesh, orbit_camera
from gen4d.viewpoint import Viewpoint, distance_of, flattened, unflattened

sides = st.builds(Viewpoint, st.floats(-3, 3), st.floats(-1.3, 1.3), st.floats(1.0, 6.0))


def points() -> Mesh:
    vertices = torch.rand(40, 3, generator=torch.Generator().manual_seed(0)) * torch.tensor([2.0, 1.0, 0.6]) + 3
    return Mesh(vertices, torch.arange(39).reshape(13, 3))


@given(sides)
@settings(max_examples=20, deadline=None)
def test_the_rotation_is_one_and_keeps_the_horizon(place: Viewpoint) -> None:
    rotation = place.rotation
    torch.testing.assert_close(rotation.T @ rotation, torch.eye(3), atol=1e-5, rtol=0)
    assert float(torch.linalg.det(rotation)) == pytest.approx(1, abs=1e-5) and float(rotation[1, 0]) == 0


@given(sides)
@settings(max_examples=20, deadline=None)
def test_parallel_rays_see_of_the_flattened_mesh_what_the_camera_sees(place: Viewpoint) -> None:
    mesh = points()
    low, high = mesh.bounds
    longest, middle = float((high - low).max()), (low + high) / 2
    far = place.distance * longest
    target = (float(middle[0]), float(middle[1]), float(middle[2]))
    true = orbit_camera(place.azimuth, place.elevation, distance=far, fov=1.0, resolution=100, target=target)
    half = far * math.tan(0.5)  # what the picture's edge is from the middle, in the plane through the middle
    flat = Camera(true.camera_to_world, 100, 100, half_extent=half)
    expected = project(mesh.vertices, true)
    found = project(flattened(mesh, place).vertices, flat)
    torch.testing.assert_close(found.pixels, expected.pixels, atol=2e-3, rtol=0)
    order = expected.depth[0].argsort()
    assert bool((found.depth[0][order].diff() > -1e-4).all())  # what hides what stays


@given(sides)
@settings(max_examples=20, deadline=None)
def test_what_is_flattened_comes_back(place: Viewpoint) -> None:
    mesh = points()
    back = unflattened(flattened(mesh, place).vertices, mesh, place)
    torch.testing.assert_close(back, mesh.vertices, atol=1e-4, rtol=0)


def test_parallel_rays_change_nothing() -> None:
    mesh, place = points(), Viewpoint(0.4, 0.1)
    assert flattened(mesh, place) is mesh and unflattened(mesh.vertices, mesh, place) is mesh.vertices
    assert place.fov_deg == 0 and math.isinf(distance_of(0.0))


@pytest.mark.parametrize("distance", [0.5, 1.0, 4.0])
def test_angles_and_distances_are_two_words_for_one_thing(distance: float) -> None:
    assert distance_of(Viewpoint(0.0, 0.0, distance).fov_deg) == pytest.approx(distance)
    assert Viewpoint(0.0, 0.0, 0.5).fov_deg == pytest.approx(90)
