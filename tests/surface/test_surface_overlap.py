import numpy as np
import torch
import trimesh
from hypothesis import given, settings
from hypothesis import strategies as st

from gen4d.structures import Mesh
from gen4d.surface.bake import barycentric
from gen4d.surface.overlap import overlapping_faces
from gen4d.surface.simplify import simplify
from gen4d.surface.unwrap import unwrap

FINE = np.stack(np.meshgrid(np.arange(0.05, 24, 0.1), np.arange(0.05, 24, 0.1)), -1).reshape(-1, 2)


def covered_twice(corners: np.ndarray) -> int:
    """Points of a fine grid that lie well inside more than one triangle."""
    count = np.zeros(len(FINE), int)
    for triangle in corners:
        count += (barycentric(FINE, np.broadcast_to(triangle, (len(FINE), 3, 2))) > 0.01).all(1)
    return int((count > 1).sum())


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_without_the_named_faces_none_overlap_and_each_of_them_did(seed):
    corners = np.random.default_rng(seed).uniform(0, 24, (8, 3, 2))
    named = overlapping_faces(corners)
    rest = np.delete(corners, named, 0)
    assert covered_twice(rest) == 0
    if covered_twice(corners) > 20:
        assert len(named)


def test_a_grid_of_triangles_does_not_overlap_until_a_corner_is_pulled_across():
    y, x = np.divmod(np.arange(36), 6)
    points = np.stack([x, y], 1) * 3.0
    quads = np.array([[i, i + 1, i + 7, i + 6] for i in range(30) if i % 6 < 5])
    faces = np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]])
    assert len(overlapping_faces(points[faces])) == 0
    points[14] += 4.0  # inside: it passes its neighbour, and some of its six faces turn over
    named = overlapping_faces(points[faces])
    assert 0 < len(named) <= 6
    assert (faces[named] == 14).any(1).all()


def test_triangles_without_area_are_no_overlap():
    flat = np.array([[[1.0, 1.0], [9.0, 9.0], [5.0, 5.0]], [[1.0, 8.0], [9.0, 1.0], [9.0, 8.0]]])
    assert len(overlapping_faces(flat)) == 0


def test_unwrapping_a_rough_surface_leaves_no_face_over_another():
    shape = trimesh.creation.icosphere(5, 0.45)
    generator = np.random.default_rng(3)
    rough = shape.vertices * (1 + 0.05 * generator.normal(size=(len(shape.vertices), 1)))
    dense = Mesh(torch.from_numpy(rough).float(), torch.from_numpy(np.array(shape.faces)).long())
    mesh = unwrap(simplify(dense, 3000), 512)
    assert mesh.uv is not None and mesh.welded is not None
    assert 0 <= float(mesh.uv.min()) <= float(mesh.uv.max()) <= 1
    assert len(overlapping_faces(mesh.uv.double().numpy()[mesh.faces.numpy()] * 512)) == 0
    solid = trimesh.Trimesh(mesh.vertices.numpy(), mesh.faces.numpy(), process=False)
    solid.merge_vertices(merge_tex=True, merge_norm=True)
    assert solid.is_watertight
