"""Loose pieces, inner shells and stair-steps out of a raw mesh."""

import numpy as np
import torch
from scipy import sparse
from scipy.sparse import csgraph

from gen4d.structures import Mesh

LARGE_SHARE = 0.15  # a loose piece this long beside the whole subject is a part of it, however thin
NORMAL_SIGMA = 0.35  # radians-like distance between unit normals beyond which faces do not smooth each other
VERTEX_STEPS = 2  # rounds in which vertices follow the smoothed normals, for each round of normals


def remove_loose_pieces(mesh: Mesh, share: float) -> Mesh:
    """Drop floaters and inner shells.

    A piece goes if it is turned inside out (the wall of an enclosed hollow, which nobody can see), or if it is both
    short and below `share` of the largest piece's volume. The largest piece always stays.
    """
    vertices, faces = mesh.vertices.numpy(), mesh.faces.numpy()
    label = pieces(len(vertices), faces)[faces[:, 0]]  # (F,)
    count = int(label.max()) + 1
    corner = vertices[faces].astype(np.float64)  # (F, 3, 3)
    signed = np.einsum("fi,fi->f", corner[:, 0], np.cross(corner[:, 1], corner[:, 2])) / 6
    volume = np.bincount(label, signed, count)
    low, high = np.full((count, 3), np.inf), np.full((count, 3), -np.inf)
    np.minimum.at(low, label, corner.min(1))
    np.maximum.at(high, label, corner.max(1))
    length = (high - low).max(1)
    largest = int(volume.argmax())
    keep = (volume > 0) & ((volume >= share * volume[largest]) | (length >= LARGE_SHARE * length[largest]))
    keep[largest] = True
    return _subset(mesh, torch.from_numpy(keep[label]))


def pieces(num_vertices: int, faces: np.ndarray) -> np.ndarray:
    """Number the connected pieces of a mesh: (V,) int32."""
    edges = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]]])
    graph = sparse.coo_matrix((np.ones(len(edges), bool), edges.T), (num_vertices, num_vertices))
    return csgraph.connected_components(graph, directed=False)[1]


def smooth(mesh: Mesh, rounds: int) -> Mesh:
    """Take out stair-steps and noise, and keep creases: average the normals of alike neighbours, then fit the vertices.

    Source: Zheng et al., Bilateral Normal Filtering for Mesh Denoising, TVCG 2011 (the weights of section 3.2); Sun
    et al., Fast and Effective Feature-Preserving Mesh Denoising, TVCG 2007 (the vertex update of equation 10).
    """
    if rounds == 0:
        return mesh
    vertices, faces = mesh.vertices.double().numpy(), mesh.faces.numpy()
    first, second = _neighbours(faces)
    incident = sparse.csr_matrix(
        (np.ones(faces.size), (faces.ravel(), np.repeat(np.arange(len(faces)), 3))), (len(vertices), len(faces))
    )
    degree = np.maximum(np.asarray(incident.sum(1)), 1)  # (V, 1)
    for _ in range(rounds):
        normals, areas = _unit_normals(vertices, faces)
        alike = np.exp(-((normals[first] - normals[second]) ** 2).sum(1) / (2 * NORMAL_SIGMA**2))  # (E,)
        weights = sparse.coo_matrix((alike * areas[second], (first, second)), (len(faces),) * 2).tocsr()
        normals = weights @ normals + areas[:, None] * normals
        normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-20)
        for _ in range(VERTEX_STEPS):
            centres = vertices[faces].mean(1)  # (F, 3)
            offset = normals * (normals * centres).sum(1, keepdims=True)
            # Sum over a vertex's faces of n (n . (c - v)); the part with v needs the sum of n n^T.
            outer = (normals[:, :, None] * normals[:, None, :]).reshape(-1, 9)
            matrix = (incident @ outer).reshape(-1, 3, 3)
            move = incident @ offset - np.einsum("vij,vj->vi", matrix, vertices)
            vertices = vertices + move / degree
    return Mesh(torch.from_numpy(vertices.astype(np.float32)), mesh.faces)


def _unit_normals(vertices: np.ndarray, faces: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    a, b, c = (vertices[faces[:, k]] for k in range(3))
    normals = np.cross(b - a, c - a)
    length = np.linalg.norm(normals, axis=1)
    return normals / np.maximum(length, 1e-20)[:, None], length / 2


def _neighbours(faces: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Pairs of faces that share an edge, both ways round: two (E,) arrays."""
    edges = np.sort(np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]]), 1)
    owner = np.tile(np.arange(len(faces)), 3)
    order = np.lexsort((edges[:, 1], edges[:, 0]))
    edges, owner = edges[order], owner[order]
    same = (edges[1:] == edges[:-1]).all(1)
    first, second = owner[:-1][same], owner[1:][same]
    return np.concatenate([first, second]), np.concatenate([second, first])


def _subset(mesh: Mesh, keep: torch.Tensor) -> Mesh:
    """The faces to keep (F,) bool, and only the vertices they use."""
    faces = mesh.faces[keep]
    used, index = torch.unique(faces, return_inverse=True)
    return Mesh(mesh.vertices[used], index)
