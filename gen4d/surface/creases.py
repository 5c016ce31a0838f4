"""Shading normals that are smooth over round parts and break at creases."""

from dataclasses import replace

import numpy as np
import torch
from scipy import sparse
from scipy.sparse import csgraph

from gen4d.structures import Mesh

CREASE_DEG = 38.0  # between faces; twelve-sided columns (30) still shade round, boxes (90) and wedges do not
MIN_LENGTH = 1e-20  # protects the normal of a vertex all of whose faces are degenerate


def with_creases(mesh: Mesh) -> Mesh:
    """Give every vertex one copy for each smooth group of the faces around it, with that group's normal.

    Args:
        mesh: without uv; copies get a common welded id.

    Returns:
        mesh: with normals (V', 3), weighted by the corners' angles, and welded ids where vertices were copied.

    Source: Thürmer and Wüthrich, Computing Vertex Normals from Polygonal Facets, 1998 (the weights).
    """
    vertices, faces = mesh.vertices.double().numpy(), mesh.faces.numpy()
    ids = np.arange(len(vertices)) if mesh.welded is None else mesh.welded.numpy()
    corner = vertices[faces]  # (F, 3, 3)
    normals = np.cross(corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0])
    normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), MIN_LENGTH)
    first, second = _edge_pairs(ids[faces])
    smooth = (normals[first // 3] * normals[second // 3]).sum(1) > np.cos(np.radians(CREASE_DEG))
    first, second = first[smooth], second[smooth]
    # Half-edge h runs from corner h to the next corner of its face; a pair runs in opposite directions.
    following = np.arange(faces.size).reshape(-1, 3)[:, [1, 2, 0]].ravel()
    same = np.concatenate([np.stack([first, following[second]]), np.stack([following[first], second])], 1)
    graph = sparse.coo_matrix((np.ones(same.shape[1], bool), same), (faces.size, faces.size))
    count, group = csgraph.connected_components(graph, directed=False)
    total = np.zeros((count, 3))
    np.add.at(total, group, (_angles(corner)[..., None] * normals[:, None]).reshape(-1, 3))
    length = np.linalg.norm(total, axis=1, keepdims=True)
    unit = np.where(length > MIN_LENGTH, total / np.maximum(length, MIN_LENGTH), [0.0, 1.0, 0.0])
    source = np.empty(count, np.int64)
    source[group] = faces.ravel()
    return replace(
        mesh,
        vertices=mesh.vertices[torch.from_numpy(source)],
        faces=torch.from_numpy(group.reshape(-1, 3).astype(np.int64)),
        normals=torch.from_numpy(unit.astype(np.float32)),
        welded=torch.from_numpy(ids[source]),
        colors=None if mesh.colors is None else mesh.colors[torch.from_numpy(source)],
    )


def _edge_pairs(faces: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Pairs of half-edges (3 * face + corner) along the edges that exactly two faces share, in opposite directions."""
    start, end = faces.ravel(), faces[:, [1, 2, 0]].ravel()
    key = np.minimum(start, end) * (int(faces.max()) + 1) + np.maximum(start, end)
    order = np.argsort(key, kind="stable")
    begin = np.flatnonzero(np.r_[True, np.diff(key[order]) != 0])
    size = np.diff(np.r_[begin, len(key)])
    first, second = order[begin[size == 2]], order[begin[size == 2] + 1]
    opposite = start[first] == end[second]
    return first[opposite], second[opposite]


def _angles(corner: np.ndarray) -> np.ndarray:
    """Angles (F, 3) of triangles (F, 3, 3) at their corners."""
    along = np.roll(corner, -1, 1) - corner
    back = np.roll(corner, 1, 1) - corner
    sine = np.linalg.norm(np.cross(along, back), axis=2)
    return np.arctan2(sine, (along * back).sum(2))
