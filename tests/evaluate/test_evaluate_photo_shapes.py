import numpy as np
import torch

from gen4d.evaluate.photo_shapes import PhotoShape, shape_score, shape_table, turned_to_cube, view_points
from gen4d.render.views import render_views
from gen4d.structures import Mesh


def box(width: float, height: float, depth: float) -> Mesh:
    corners = torch.tensor([[x, y, z] for x in (-0.5, 0.5) for y in (-0.5, 0.5) for z in (-0.5, 0.5)])
    quads = ((0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3))
    faces = torch.tensor([f for a, b, c, d in quads for f in ((a, b, c), (a, c, d))])
    return Mesh(corners * torch.tensor([width, height, depth], dtype=torch.float32), faces)


def test_view_points_lie_on_the_surface_on_all_sides() -> None:
    size = np.array([0.5, 1.0, 0.3])
    points = view_points(render_views(box(*size), flat=True))
    off = np.abs(np.abs(points) / (size / 2) - 1).min(1) * (size / 2).min()
    assert off.max() < 0.012
    for axis in range(3):
        for sign in (-1, 1):
            assert (np.abs(points[:, axis] - sign * size[axis] / 2) < 0.006).sum() > 100


def test_size_and_place_do_not_count_but_the_side_does() -> None:
    true = view_points(render_views(box(1.0, 0.6, 0.2), flat=True))
    same = box(3.0, 1.8, 0.6)
    moved = Mesh(same.vertices + torch.tensor([1.0, -2.0, 0.5]), same.faces)
    assert shape_score(moved, true) > 0.99
    assert shape_score(box(0.2, 0.6, 1.0), true) < 0.6


def test_what_faces_a_camera_is_turned_to_where_its_subject_faces() -> None:
    towards_camera = np.array([[0.0, 0.0, 0.4], [0.0, 0.0, -0.4], [0.1, 0.2, 0.0], [-0.1, -0.2, 0.0]])
    from_the_right = turned_to_cube(towards_camera, np.pi / 2)  # the camera stands on the subject's +X side
    assert np.allclose(from_the_right[0], [0.5, 0, 0], atol=1e-9)
    assert np.allclose(from_the_right[2], [0, 0.25, -0.125], atol=1e-9)
    assert np.allclose(turned_to_cube(towards_camera * 3 + 7, 0.0), towards_camera / 0.8)


def test_table_counts_ways_and_kinds() -> None:
    made = PhotoShape("a", "a box", "thing", "views", 0.8, 0.4, 0.3, 0.5, 10.0, 5.0, 0.9, 4.0, 20.0, 0.9, 9.0)
    grown = PhotoShape("b", "a dog", "creature", "puppet", 0.6, 0.2, 0.5, 0.1, 40.0, 35.0, 0.5, 12.0, -8.0, 0.7, 11.0)
    table = shape_table([made, grown])
    assert "| thing | 1 | 0.800 | 0.800 | 0.400 | 0.300 | 0.500 | 0.800 | 100% |" in table
    assert "| all | 2 | 0.500 | 0.700 | 0.300 | 0.400 | 0.300 | 0.700 | 50% |" in table
    assert "azimuth read: off by 25.0 degrees in the median, 50% within 30" in table
    assert (
        "elevation read: off by 8.0 degrees in the median, 50% within 10 (were all photos taken level: 14.0, 50%)"
        in (table)
    )
