"""Loose pieces and inner shells out of a raw mesh."""

import numpy as np
import torch
from scipy import sparse
from scipy.sparse import csgraph

from gen4d.structures import Mesh

LARGE_SHARE = 0.15  # a loose piece this long beside the whole subject is a part of it, however thin


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


def _subset(mesh: Mesh, keep: torch.Tensor) -> Mesh:
    """The faces to keep (F,) bool, and only the vertices they use."""
    faces = mesh.faces[keep]
    used, index = torch.unique(faces, return_inverse=True)
    return Mesh(mesh.vertices[used], index)
