"""Tangents follow u, stand upright on the normals, and know mirrored charts."""

import numpy as np
import pytest
from glb_factory import box_mesh, tube_mesh

from gen4d.structures import Mesh, face_normals
from gen4d.structures.tangents import vertex_tangents


def _arrays(mesh: Mesh) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    assert mesh.normals is not None and mesh.uv is not None
    return mesh.vertices.numpy(), mesh.faces.numpy(), mesh.normals.numpy(), mesh.uv.numpy()


@pytest.mark.parametrize("mirror", [1.0, -1.0])
def test_flat_faces_have_the_tangent_of_their_chart(mirror: float) -> None:
    box = box_mesh()
    vertices, faces, _, uv = _arrays(box)
    flat = np.repeat(face_normals(box.vertices, box.faces).numpy()[::2], 4, 0)
    flat /= np.linalg.norm(flat, axis=1, keepdims=True)
    tangents = vertex_tangents(vertices, faces, flat, uv * [mirror, 1])
    for side in range(6):
        corners = vertices[4 * side : 4 * side + 4]
        right = (corners[1] - corners[0]) * mirror  # the factory lays u from the first corner to the second
        assert np.allclose(tangents[4 * side : 4 * side + 4], [*right, mirror], atol=1e-6)


def test_tangents_are_unit_and_perpendicular_on_a_curved_surface() -> None:
    vertices, faces, normals, uv = _arrays(tube_mesh())
    tangents = vertex_tangents(vertices, faces, normals, uv)
    assert np.allclose(np.linalg.norm(tangents[:, :3], axis=1), 1, atol=1e-6)
    assert np.abs(np.sum(tangents[:, :3] * normals, 1)).max() < 1e-6
    wall = slice(13, 104)  # the rings between the caps: u runs round the tube, counter-clockwise seen from above
    around = np.stack([vertices[:, 2], 0 * vertices[:, 0], -vertices[:, 0]], 1)[wall] / 0.15
    # A seam vertex sees only the face on its own side, whose chord is half a step (15 degrees) off the circle.
    assert np.sum(tangents[wall, :3] * around, 1).min() > np.cos(np.radians(15.1))


def test_degenerate_uv_gives_some_perpendicular_vector() -> None:
    vertices, faces, normals, uv = _arrays(box_mesh())
    tangents = vertex_tangents(vertices, faces, normals, np.zeros_like(uv))
    assert np.allclose(np.linalg.norm(tangents[:, :3], axis=1), 1, atol=1e-6)
    assert np.abs(np.sum(tangents[:, :3] * normals, 1)).max() < 1e-6
    assert (tangents[:, 3] == 1).all()
