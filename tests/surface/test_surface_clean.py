import numpy as np
import pytest
import torch
import trimesh

from gen4d.structures import Mesh
from gen4d.surface.clean import remove_loose_pieces
from gen4d.surface.fit import smooth
from gen4d.surface.simplify import part_touching_sheets, simplify


def mesh_of(*shapes: trimesh.Trimesh) -> Mesh:
    shape = trimesh.util.concatenate(shapes)
    return Mesh(torch.from_numpy(np.array(shape.vertices)).float(), torch.from_numpy(np.array(shape.faces)).long())


def solid(mesh: Mesh) -> trimesh.Trimesh:
    return trimesh.Trimesh(mesh.vertices.numpy(), mesh.faces.numpy(), process=False)


def box(low: tuple[float, ...], high: tuple[float, ...]) -> trimesh.Trimesh:
    return trimesh.creation.box(bounds=np.array([low, high]))


def test_floaters_and_hollows_go_and_a_loose_antenna_stays():
    body = box((-0.5, -0.5, -0.5), (0.5, 0.5, 0.5))
    hollow = box((-0.2, -0.2, -0.2), (0.2, 0.2, 0.2))
    hollow.invert()
    speck = box((0.6, 0.6, 0.6), (0.62, 0.62, 0.62))
    antenna = box((0.7, 0, 0), (0.705, 0.5, 0.005))
    kept = remove_loose_pieces(mesh_of(body, hollow, speck, antenna), 0.003)
    assert solid(kept).volume == pytest.approx(1 + antenna.volume, rel=1e-5)
    assert len(kept.vertices) == 16


def test_largest_piece_stays_whatever_the_share():
    assert len(remove_loose_pieces(mesh_of(box((0, 0, 0), (1, 1, 1))), 1.0).faces) == 12


def test_smoothing_flattens_faces_and_keeps_edges_and_size():
    shape = trimesh.creation.box((0.8, 0.6, 0.4))
    for _ in range(4):
        shape = shape.subdivide()
    noise = np.random.default_rng(0).normal(0, 0.003, shape.vertices.shape)
    rough = Mesh(torch.from_numpy(shape.vertices + noise).float(), torch.from_numpy(np.array(shape.faces)).long())
    calm = smooth(rough, 20)

    def bend(mesh: Mesh) -> float:
        """Mean angle of the face normals to the nearest axis, degrees."""
        steepest = np.abs(solid(mesh).face_normals).max(1)
        return float(np.degrees(np.arccos(np.clip(steepest, 0, 1))).mean())

    assert bend(calm) < 0.25 * bend(rough)
    assert solid(calm).volume == pytest.approx(0.8 * 0.6 * 0.4, rel=0.01)
    corners = np.abs(calm.vertices.numpy()) @ np.ones(3)
    assert corners.max() > 0.9 - 0.02  # a melted corner would lie further in
    assert torch.equal(calm.faces, rough.faces)


def test_no_rounds_change_nothing(ball):
    assert smooth(ball, 0) is ball


@pytest.mark.parametrize("budget", [100, 500, 2000])
def test_simplified_ball_keeps_budget_shape_and_closure(ball, budget):
    simple = simplify(ball, budget)
    assert 0.9 * budget <= len(simple.faces) <= budget
    assert solid(simple).is_watertight
    assert solid(simple).is_winding_consistent
    assert solid(simple).volume == pytest.approx(4 / 3 * np.pi * 0.45**3, rel=0.1 if budget < 500 else 0.02)


def test_small_mesh_is_not_simplified(ball):
    assert simplify(ball, len(ball.faces)) is ball


def most_faces_at_an_edge(mesh: Mesh) -> int:
    edges = np.sort(mesh.faces.numpy()[:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2), 1)
    return int(np.unique(edges, axis=0, return_counts=True)[1].max())


def test_cubes_that_share_an_edge_are_parted():
    pair = trimesh.util.concatenate([box((0, 0, 0), (1, 1, 1)), box((1, 1, 0), (2, 2, 1))])
    pair.merge_vertices()
    joined = Mesh(torch.from_numpy(np.array(pair.vertices)).float(), torch.from_numpy(np.array(pair.faces)).long())
    assert most_faces_at_an_edge(joined) == 4
    parted = part_touching_sheets(joined)
    assert most_faces_at_an_edge(parted) == 2
    assert len(parted.vertices) == 16
    assert [piece.volume for piece in solid(parted).split()] == pytest.approx([1, 1], rel=1e-3)
    assert len(np.unique(parted.vertices.numpy(), axis=0)) == 16  # programs that weld by place keep them apart


def test_ring_of_cubes_that_closes_at_an_edge_becomes_manifold():
    # Two of the corner cubes touch along an edge whose ends hang together through the others.
    filled = np.zeros((4, 4, 4), bool)
    filled[1, 1, 1] = filled[2, 2, 1] = True
    filled[1, 1, 2] = filled[1, 2, 2] = filled[2, 2, 2] = True
    filled[1, 1, 0] = filled[1, 2, 0] = filled[2, 2, 0] = True
    mesh = _blocks(filled)
    assert most_faces_at_an_edge(mesh) > 2
    parted = part_touching_sheets(mesh)
    assert most_faces_at_an_edge(parted) == 2
    assert solid(parted).volume == pytest.approx(filled.sum(), rel=1e-5)


def _blocks(filled: np.ndarray) -> Mesh:
    """The boundary of a set of unit cubes, with shared vertices."""
    quads = []
    for axis in range(3):
        first, second = np.roll(np.eye(3, dtype=int), -axis, 0)[1:]  # axis x first = second, right-handed
        for step in (-1, 1):
            neighbour = np.roll(filled, -step, axis)
            for cell in np.argwhere(filled & ~neighbour):
                base = cell + (step > 0) * np.eye(3, dtype=int)[axis]
                corners = [base, base + first, base + first + second, base + second]
                quads.append(corners if step > 0 else corners[::-1])
    vertices, index = np.unique(np.array(quads).reshape(-1, 3), axis=0, return_inverse=True)
    quad = index.reshape(-1, 4)
    faces = np.concatenate([quad[:, [0, 1, 2]], quad[:, [0, 2, 3]]])
    return Mesh(torch.from_numpy(vertices).float(), torch.from_numpy(faces).long())
