"""Paths and distances through a voxel solid."""

from dataclasses import dataclass

import numpy as np
from scipy import ndimage, sparse
from scipy.sparse.csgraph import dijkstra
from scipy.spatial import KDTree

from gen4d.rig.voxels import VoxelSolid, label_pieces

HALF_NEIGHBOURS = np.array(
    [(x, y, z) for x in (-1, 0, 1) for y in (-1, 0, 1) for z in (-1, 0, 1) if (x, y, z) > (0, 0, 0)]
)  # 13 of the 26 neighbours; the other half follows by symmetry
MEDIAL_POWER = 2.0  # how strongly a path prefers the middle of a limb


@dataclass(frozen=True)
class VoxelGraph:
    """The occupied voxels as nodes, 26-connected, separate pieces joined where they are closest.

    Fields:
        indices: (N, 3) int64 voxel of each node.
        lookup: (X, Y, Z) int64 node of each voxel, -1 where free.
        edges: (E, 2) int64 node pairs.
        lengths: (E,) float64, metres.
    """

    indices: np.ndarray
    lookup: np.ndarray
    edges: np.ndarray
    lengths: np.ndarray

    def matrix(self, cost: np.ndarray | None = None, num_extra: int = 0) -> sparse.csr_matrix:
        """Symmetric (N + num_extra)^2 matrix of edge lengths, each times the mean `cost` (N,) of its two ends."""
        weights = self.lengths if cost is None else self.lengths * cost[self.edges].mean(1)
        count = len(self.indices) + num_extra
        half = sparse.coo_matrix((weights, (self.edges[:, 0], self.edges[:, 1])), shape=(count, count))
        return (half + half.T).tocsr()

    def nearest(self, point: np.ndarray) -> int:
        """The node closest to a fractional grid position (3,)."""
        return int(((self.indices - point) ** 2).sum(1).argmin())


def build_graph(solid: VoxelSolid) -> VoxelGraph:
    """Connect a solid's voxels; a loose piece (a hat, an eye) is tied to the rest by one edge as long as the gap."""
    indices = np.argwhere(solid.occupied)
    lookup = np.full(solid.occupied.shape, -1, dtype=np.int64)
    lookup[tuple(indices.T)] = np.arange(len(indices))
    edges = []
    for offset in HALF_NEIGHBOURS:
        target = lookup[tuple((indices + offset).T)]  # the padding keeps neighbours inside the grid
        sources = np.flatnonzero(target >= 0)
        edges.append(np.stack([sources, target[sources]], axis=1))
    edges.append(_bridges(solid.occupied, indices))
    pairs = np.concatenate(edges)
    lengths = np.linalg.norm((indices[pairs[:, 0]] - indices[pairs[:, 1]]) * solid.size, axis=1)
    return VoxelGraph(indices, lookup, pairs, lengths)


def _bridges(occupied: np.ndarray, indices: np.ndarray) -> np.ndarray:
    """One edge from every smaller piece to the nearest voxel of all larger ones, (P, 2) node pairs."""
    labels, count = label_pieces(occupied, np.ones((3, 3, 3)))
    if count < 2:
        return np.zeros((0, 2), dtype=np.int64)
    piece = labels[tuple(indices.T)]
    order = np.argsort(-np.bincount(piece)[1:], kind="stable") + 1
    rank = np.zeros(count + 1, dtype=np.int64)
    rank[order] = np.arange(count)
    bridges = []
    for label in order[1:]:
        larger, own = np.flatnonzero(rank[piece] < rank[label]), np.flatnonzero(piece == label)
        distance, nearest = (np.asarray(a) for a in KDTree(indices[larger]).query(indices[own]))
        closest = int(distance.argmin())
        bridges.append((own[closest], larger[nearest[closest]]))
    return np.array(bridges, dtype=np.int64)


def distances_from(graph: VoxelGraph, node: int) -> np.ndarray:
    """Length of the shortest way from a node to every node, (N,) metres."""
    return dijkstra(graph.matrix(), directed=False, indices=node)


def medial_path(solid: VoxelSolid, graph: VoxelGraph, start: int, goal: int, power: float = MEDIAL_POWER) -> np.ndarray:
    """A way through the middle of the solid, (P, 3) fractional grid positions from start to goal, smoothed.

    Args:
        power: how strongly the middle is preferred; much where limbs that touch must not be a shortcut.
    """
    depth = solid.depth[tuple(graph.indices.T)] / solid.size  # in voxels, at least 1
    matrix = graph.matrix(cost=1.0 / depth.astype(np.float64) ** power)
    _, before = dijkstra(matrix, directed=False, indices=goal, return_predecessors=True)
    nodes = [start]
    while nodes[-1] != goal:
        nodes.append(int(before[nodes[-1]]))
    return smooth_path(graph.indices[nodes].astype(np.float64))


def smooth_path(path: np.ndarray) -> np.ndarray:
    """A path (P, 3) without the corners that voxels leave; its ends stay."""
    if len(path) < 5:
        return path
    inner = ndimage.uniform_filter1d(path, 5, axis=0, mode="nearest")
    return np.concatenate([path[:1], inner[1:-1], path[-1:]])


def path_lengths(path: np.ndarray) -> np.ndarray:
    """Arc length from the first point to each point of a path, (P,)."""
    return np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(path, axis=0), axis=1))])


def along(path: np.ndarray, fraction: float) -> np.ndarray:
    """The point of a path at a fraction of its length, (3,)."""
    length = path_lengths(path)
    return np.array([np.interp(fraction * length[-1], length, path[:, axis]) for axis in range(3)])
