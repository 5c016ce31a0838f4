import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from skimage import measure

from gen4d.errors import InputError
from gen4d.reconstruct.agreement import surface_points
from gen4d.reconstruct.heights import height_views, silhouette_distance
from gen4d.structures import MultiView, canonical_cameras, orbit_camera

CROOKED = [  # as in conftest
    ((-0.45, -0.3, -0.2), (0.1, 0.0, 0.4)),
    ((0.0, -0.1, -0.4), (0.3, 0.45, 0.0)),
    ((-0.2, 0.0, 0.1), (0.0, 0.2, 0.3)),
]


def boxes_distance(points: np.ndarray) -> np.ndarray:
    """Signed distance to the union of the crooked boxes, exact outside."""
    distances = []
    for low, high in np.array(CROOKED):
        q = np.abs(points - (low + high) / 2) - (high - low) / 2
        distances.append(np.linalg.norm(np.maximum(q, 0), axis=1) + np.minimum(q.max(1), 0))
    return np.min(distances, 0)


def test_points_of_every_view_lie_on_the_true_surface(views_of, solids):
    for view in height_views(views_of(solids["crooked"])):
        sure = view.subject & (view.alpha == 1)
        points = surface_points(view, sure).places
        distance = np.abs(boxes_distance(points))
        assert len(points) > 300
        assert np.quantile(distance, 0.99) < 1e-4  # a few pixels at inner edges average two surfaces


@settings(max_examples=25, deadline=None)
@given(angle=st.floats(0, 6.28), offset=st.floats(-0.3, 0.3))
def test_silhouette_contour_of_a_half_plane_is_exact_to_a_tenth_of_a_pixel(angle, offset):
    size, fine, pixel = 32, 8, 1 / 32
    centre = (np.arange(size * fine) + 0.5) / (size * fine) - 0.5
    x, y = np.meshgrid(centre, centre, indexing="ij")
    inside = np.cos(angle) * x + np.sin(angle) * y < offset
    alpha = inside.reshape(size, fine, size, fine).mean((1, 3)).astype(np.float32)
    distance = silhouette_distance(alpha, pixel)
    for contour in measure.find_contours(distance, 0.0):
        x, y = ((contour + 0.5) / size - 0.5).T
        middle = (np.abs(x) < 0.4) & (np.abs(y) < 0.4)
        assert (np.abs(np.cos(angle) * x + np.sin(angle) * y - offset) < 0.1 * pixel)[middle].all()
    x, y = np.meshgrid(*[(np.arange(size) + 0.5) / size - 0.5] * 2, indexing="ij")
    true = np.cos(angle) * x + np.sin(angle) * y - offset
    near = (np.abs(true) < pixel) & (np.abs(x) < 0.4) & (np.abs(y) < 0.4)
    assert (np.abs(distance - true) < 0.2 * pixel)[near].all()


def blank(number: int, size: int = 32) -> MultiView:
    camera = canonical_cameras(size)
    camera = type(camera)(camera.camera_to_world[:number], size, size, half_extent=camera.half_extent)
    ones = torch.ones(number, size, size, 1)
    return MultiView(ones.expand(-1, -1, -1, 3), 0 * ones, ones, 0 * ones.expand(-1, -1, -1, 3), camera)


def test_empty_views_are_refused():
    with pytest.raises(InputError, match="no subject in the views"):
        height_views(blank(6))


def test_too_few_views_are_refused():
    with pytest.raises(InputError, match="got 5 views"):
        height_views(blank(5))


def test_perspective_views_are_refused():
    empty, camera = blank(1), orbit_camera(0.0, 0.0, distance=2.0, fov=0.7, resolution=32, target=(0, 0, 0))
    with pytest.raises(InputError, match="canonical orthographic"):
        height_views(MultiView(empty.albedo, empty.alpha, empty.depth, empty.normal, camera))
