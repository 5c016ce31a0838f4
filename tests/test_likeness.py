"""Likeness: an asset against its own picture, the search for the camera, the overlap's closed forms."""

import math

import pytest
import torch
import trimesh
from hypothesis import given, settings
from hypothesis import strategies as st

from gen4d.likeness import SIZE, find_camera, measure_likeness, overlap
from gen4d.structures import Mesh
from gen4d.viewpoint import Viewpoint

ASIDE = Viewpoint(0.5, 0.2)


def wedge() -> Mesh:
    """A coloured solid that looks different from every side."""
    parts = [trimesh.creation.box((1.0, 0.3, 0.4)), trimesh.creation.box((0.2, 0.8, 0.2))]
    parts[1].apply_translation((0.35, 0.4, 0.1))
    solid = trimesh.util.concatenate(parts)
    vertices = torch.tensor(solid.vertices, dtype=torch.float32)
    colors = ((vertices - vertices.amin(0)) / (vertices.amax(0) - vertices.amin(0))).clamp(0, 1)
    return Mesh(vertices, torch.tensor(solid.faces, dtype=torch.int64), colors=colors)


def picture(viewpoint: Viewpoint) -> torch.Tensor:
    """The wedge's own picture, framed: what a perfect photo would be."""
    blank = torch.zeros(64, 64, 4)
    blank[4:60, 4:60, 3] = 1
    return measure_likeness(wedge(), None, blank, viewpoint).picture


def test_an_asset_is_like_its_own_picture() -> None:
    same = measure_likeness(wedge(), None, picture(ASIDE), ASIDE)
    assert same.iou > 0.99 and same.psnr > 35 and same.color_distance < 1


def test_another_side_is_less_like() -> None:
    other = measure_likeness(wedge(), None, picture(ASIDE), ASIDE._replace(azimuth=-1.0))
    assert other.iou < 0.9


@given(scale=st.floats(0.2, 5.0), x=st.floats(-3, 3), y=st.floats(-3, 3))
@settings(max_examples=5, deadline=None)
def test_size_and_place_of_the_mesh_do_not_matter(scale: float, x: float, y: float) -> None:
    mesh = wedge()
    moved = Mesh(mesh.vertices * scale + torch.tensor([x, y, 1.0]), mesh.faces, colors=mesh.colors)
    assert measure_likeness(moved, None, picture(ASIDE), ASIDE).iou > 0.985


def test_the_camera_is_found_near_a_guess() -> None:
    found = find_camera(wedge(), None, picture(ASIDE), 0.5 + math.radians(15), 0.2)
    assert abs(found.azimuth - 0.5) < math.radians(8) and abs(found.elevation - 0.2) < math.radians(13)


@pytest.mark.parametrize("distance", [1.3, 2.0, 4.0])
def test_the_distance_is_found(distance: float) -> None:
    taken = ASIDE._replace(distance=distance)
    found = find_camera(wedge(), None, picture(taken), 0.5 - math.radians(9), 0.1)
    assert math.log(found.distance / distance) == pytest.approx(0, abs=0.2)
    assert measure_likeness(wedge(), None, picture(taken), found).iou > 0.95
    assert measure_likeness(wedge(), None, picture(taken), ASIDE).iou < 0.93  # by parallel rays


@pytest.mark.parametrize("away", [105, -150, 180])
def test_the_camera_is_found_all_around(away: float) -> None:
    found = find_camera(wedge(), None, picture(ASIDE), 0.5 + math.radians(away), 0.2, math.pi)
    assert abs(math.remainder(found.azimuth - 0.5, 2 * math.pi)) < math.radians(8)


def test_colours_tell_the_front_from_the_back_of_one_outline() -> None:
    corners = torch.tensor([[x, y, z] for x in (-0.3, 0.3) for y in (-0.5, 0.5) for z in (-0.3, 0.3)])
    quads = ((0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3))
    faces = torch.tensor([f for a, b, c, d in quads for f in ((a, b, c), (a, c, d))])
    front = (corners[:, 2:] > 0).float()
    box = Mesh(
        corners, faces, colors=front * torch.tensor([0.8, 0.1, 0.1]) + (1 - front) * torch.tensor([0.1, 0.3, 0.8])
    )
    photo = measure_likeness(box, None, torch.ones(SIZE, SIZE, 4), Viewpoint(math.pi)).picture
    found = find_camera(box, None, photo, 0.0, 0.0, math.pi)
    assert abs(math.remainder(found.azimuth - math.pi, 2 * math.pi)) < math.radians(8)


def test_overlap_in_closed_form() -> None:
    first, second = torch.zeros(10, 10), torch.zeros(10, 10)
    first[:6], second[3:] = 1, 1
    assert overlap(first, second) == pytest.approx(0.3) and overlap(first * 0, second * 0) == 1
