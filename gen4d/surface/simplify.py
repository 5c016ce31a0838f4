"""Fewer triangles, still closed and manifold."""

import fast_simplification
import numpy as np
import torch
from scipy import sparse
from scipy.sparse import csgraph

from gen4d.structures import Mesh

SPARE = 0.005  # share of the faces; real meshes needed at most a tenth of it
APART = 2e-4  # m; a fiftieth of a pixel, and more than sixteen-bit positions of the exported file can resolve
AGGRESSION = 5.0  # fast_simplification's scale; higher is faster and coarser


def simplify(mesh: Mesh, faces: int) -> Mesh:
    """Collapse edges by quadric error until at most `faces` triangles are left; a smaller mesh passes unchanged.

    Source: Garland and Heckbert, Surface Simplification Using Quadric Error Metrics, SIGGRAPH 1997.
    """
    if len(mesh.faces) <= faces:
        return mesh
    # Parting sheets may add a few triangles, so a little of the budget is kept back for it.
    target = faces - max(2, round(SPARE * faces))
    points, triangles = fast_simplification.simplify(
        mesh.vertices.double().numpy(), mesh.faces.int().numpy(), target_count=target, agg=AGGRESSION
    )
    simple = Mesh(torch.from_numpy(points.astype(np.float32)), torch.from_numpy(triangles.astype(np.int64)))
    return part_touching_sheets(simple)


def part_touching_sheets(mesh: Mesh) -> Mesh:
    """Make a closed mesh manifold by giving surfaces that only touch vertices of their own.

    Collapsing edges lets a thin part's two sides meet in an edge of four faces. Those four are paired around the edge
    so that each pair encloses solid, and every vertex is copied once for each fan of faces that hang together.
    """
    vertices, faces = mesh.vertices.numpy(), mesh.faces.numpy()
    vertices, faces = _split_fans(vertices, faces)
    vertices, faces = _split_double_edges(vertices, faces)
    # Around a double edge the faces may now be paired otherwise, which leaves a vertex with two fans again.
    vertices, faces = _split_fans(vertices, faces)
    vertices = _drawn_apart(vertices, faces)
    return Mesh(torch.from_numpy(vertices), torch.from_numpy(faces))


def _split_fans(vertices: np.ndarray, faces: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Copy every vertex once for each fan of faces that hang together around it."""
    first, second = _paired_half_edges(vertices, faces)
    # Half-edge h runs from corner h to the next corner of its face; a pair runs in opposite directions.
    following = np.arange(faces.size).reshape(-1, 3)[:, [1, 2, 0]].ravel()
    same = np.concatenate([np.stack([first, following[second]]), np.stack([following[first], second])], 1)
    graph = sparse.coo_matrix((np.ones(same.shape[1], bool), same), (faces.size, faces.size))
    count, fan = csgraph.connected_components(graph, directed=False)
    source = np.empty(count, np.int64)
    source[fan] = faces.ravel()
    return vertices[source], fan.reshape(-1, 3).astype(np.int64)


def _drawn_apart(vertices: np.ndarray, faces: np.ndarray) -> np.ndarray:
    """Draw vertices that share a place back into their own solids, so that programs that weld by place keep them apart.

    The copies of one place move by different lengths, since those of a sheet's two sides may point the same way.
    """
    _, place, count = np.unique(vertices, axis=0, return_inverse=True, return_counts=True)
    place = place.reshape(-1)
    shared = np.flatnonzero(count[place] > 1)
    if not len(shared):
        return vertices
    a, b, c = (vertices[faces[:, k]].astype(np.float64) for k in range(3))
    normals = np.zeros(vertices.shape)
    for corner in range(3):
        np.add.at(normals, faces[:, corner], np.cross(b - a, c - a))
    length = np.linalg.norm(normals[shared], axis=1, keepdims=True)
    unit = np.where(length > 1e-20, normals[shared] / np.maximum(length, 1e-20), [0.0, 1.0, 0.0])
    order = np.argsort(place[shared], kind="stable")
    ranks = np.empty(len(shared))
    ranks[order] = np.arange(len(shared)) - np.searchsorted(place[shared][order], place[shared][order])
    moved = vertices.copy()
    moved[shared] -= (APART * (1 + ranks[:, None]) * unit).astype(np.float32)
    return moved


def _split_double_edges(vertices: np.ndarray, faces: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Where two edges join the same two vertices, give all but one of them a vertex in its middle."""
    for _ in range(len(faces)):
        start, end = faces.ravel(), faces[:, [1, 2, 0]].ravel()
        key = np.minimum(start, end) * (int(faces.max()) + 1) + np.maximum(start, end)
        order = np.argsort(key, kind="stable")
        group = np.flatnonzero(np.r_[True, np.diff(key[order]) != 0])
        crowded = np.flatnonzero(np.diff(np.r_[group, len(key)]) > 2)
        if not len(crowded):
            break
        begin = group[crowded[0]]  # one edge at a time, for a face may own two such edges
        members = order[begin : begin + np.diff(np.r_[group, len(key)])[crowded[0]]]
        forward, backward = _paired_around_edge(vertices, faces, members)
        if len(forward) < 2:
            break  # an open or one-sided fan, which only a mesh that was not closed can hold
        middle = len(vertices)
        vertices = np.concatenate([vertices, vertices[[start[forward[1]], end[forward[1]]]].mean(0, keepdims=True)])
        added = []
        for half_edge in (forward[1], backward[1]):
            face, corner = divmod(int(half_edge), 3)
            added.append(faces[face].copy())
            faces[face, (corner + 1) % 3] = middle
            added[-1][corner] = middle
        faces = np.concatenate([faces, np.stack(added)])
    return vertices, faces


def _paired_half_edges(vertices: np.ndarray, faces: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Pairs of half-edges (3 * face + corner) that run along the same edge in opposite directions."""
    start, end = faces.ravel(), faces[:, [1, 2, 0]].ravel()
    low, high = np.minimum(start, end), np.maximum(start, end)
    order = np.lexsort((start, high, low))
    key = low[order] * (int(faces.max()) + 1) + high[order]
    edge_start = np.flatnonzero(np.r_[True, key[1:] != key[:-1]])
    size = np.diff(np.r_[edge_start, len(key)])
    plain = edge_start[size == 2]
    first, second = [order[plain]], [order[plain + 1]]
    for begin, length in zip(edge_start[size > 2], size[size > 2], strict=True):
        forward, backward = _paired_around_edge(vertices, faces, order[begin : begin + length])
        first.append(forward)
        second.append(backward)
    return np.concatenate(first), np.concatenate(second)


def _paired_around_edge(
    vertices: np.ndarray, faces: np.ndarray, half_edges: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Pair the faces around one edge: a face with the next one met while turning through the solid behind it."""
    face, corner = half_edges // 3, half_edges % 3
    start, end, apex = faces[face, corner], faces[face, (corner + 1) % 3], faces[face, (corner + 2) % 3]
    along = vertices[end[0]] - vertices[start[0]]
    along = along / max(float(np.linalg.norm(along)), 1e-20)
    arms = vertices[apex] - vertices[start[0]]
    arms = arms - (arms @ along)[:, None] * along
    across = arms[0] / max(float(np.linalg.norm(arms[0])), 1e-20)
    angle = np.arctan2(arms @ np.cross(along, across), arms @ across)
    forward = np.flatnonzero(start == start[0])
    backward = np.flatnonzero(start != start[0])
    # The outward normal of a forward face is along x arm, a quarter turn ahead of it; so solid lies at smaller angles.
    pairs_forward, pairs_backward, free = [], [], list(backward)
    for f in forward[np.argsort(angle[forward], kind="stable")]:
        if free:
            turn = [(angle[f] - angle[b]) % (2 * np.pi) for b in free]
            pairs_forward.append(half_edges[f])
            pairs_backward.append(half_edges[free.pop(int(np.argmin(turn)))])
    return np.array(pairs_forward, np.int64), np.array(pairs_backward, np.int64)
