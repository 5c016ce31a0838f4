"""What sticks out of a body: the thick core, the tips around it, and a middle line from each tip to the core."""

from dataclasses import dataclass

import numpy as np
from scipy.sparse.csgraph import dijkstra

from gen4d.rig.graph import MEDIAL_POWER, VoxelGraph, build_graph, path_lengths, smooth_path
from gen4d.rig.slices import symmetry_plane
from gen4d.rig.voxels import VoxelSolid, distance_to, label_pieces

CORE_SHARE = 0.5  # of the body's greatest depth: what a ball of this radius can reach belongs to the core
LEVELS = 48  # steps of distance at which branches are told apart


@dataclass(frozen=True)
class Frame:
    """What every template measures first; positions in voxels of the solid.

    Fields:
        solid, graph: the filled grid and its voxels as a graph.
        plane_x: metres; x of the symmetry plane.
        center: grid x of it.
        symmetry: overlap with the mirror image in [0, 1].
        low, high: (3,) float64, corners of the occupied box, inclusive.
    """

    solid: VoxelSolid
    graph: VoxelGraph
    plane_x: float
    center: float
    symmetry: float
    low: np.ndarray
    high: np.ndarray

    @property
    def size(self) -> np.ndarray:
        """Width, height and length in voxels, (3,)."""
        return self.high - self.low + 1

    def at(self, x: float, y: float, z: float) -> np.ndarray:
        """World position of a point given by shares of the box, x from the right to the left side."""
        return self.solid.to_world(self.low + np.array([x, y, z]) * (self.size - 1))


@dataclass(frozen=True)
class Limb:
    """One thing that sticks out.

    Fields:
        path: (P, 3) grid positions along its middle, from the core to the tip.
        thickness: median depth of the solid along the path, voxels.
    """

    path: np.ndarray
    thickness: float

    @property
    def tip(self) -> np.ndarray:
        return self.path[-1]

    @property
    def base(self) -> np.ndarray:
        return self.path[0]

    @property
    def length(self) -> float:
        """Along the path, voxels."""
        return float(path_lengths(self.path)[-1])


def measure_frame(solid: VoxelSolid) -> Frame:
    """Symmetry plane, box and graph of a solid."""
    plane_x, symmetry = symmetry_plane(solid)
    index = np.argwhere(solid.occupied)
    center = float(solid.to_grid(np.array([plane_x, 0.0, 0.0]))[0])
    low, high = index.min(0).astype(np.float64), index.max(0).astype(np.float64)
    return Frame(solid, build_graph(solid), plane_x, center, symmetry, low, high)


def core_of(solid: VoxelSolid, share: float = CORE_SHARE) -> np.ndarray:
    """The part of a solid that a ball of `share` times its greatest depth can reach, (X, Y, Z) bool."""
    depth = solid.depth / solid.size
    radius = max(share * float(depth.max()), 1.0)
    return solid.occupied & (distance_to(depth >= radius) <= radius)


def find_limbs(frame: Frame, core: np.ndarray, min_length: float) -> list[Limb]:
    """Every branch that reaches at least `min_length` voxels beyond the core or beyond the branch it grows from.

    Branches are the components of {distance to the core >= level} for falling levels: a new component is a new tip, and
    where two components meet, the shorter branch ends. This is the zero-dimensional persistence of the distance field.

    Returns:
        limbs: longest first.
    """
    graph, solid = frame.graph, frame.solid
    nodes = tuple(graph.indices.T)
    sources = np.flatnonzero(core[nodes])
    if not len(sources):
        return []
    reach, before = _middle_lines(frame, sources)
    tips = _persistent_tips(reach, nodes, solid.occupied.shape, min_length)
    limbs = []
    depth = solid.depth[nodes] / solid.size
    for tip in tips:
        line = [tip]
        while before[line[-1]] >= 0:
            line.append(int(before[line[-1]]))
        path = smooth_path(graph.indices[line[::-1]].astype(np.float64))
        limbs.append(Limb(path, float(np.median(depth[line]))))
    return sorted(limbs, key=lambda limb: -limb.length)


def _middle_lines(frame: Frame, sources: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Length of the way from the sources to every node (N,) in voxels, and predecessors on ways through the middle."""
    graph, solid = frame.graph, frame.solid
    reach = dijkstra(graph.matrix(), directed=False, indices=sources, min_only=True) / solid.size
    depth = np.asarray(solid.depth[tuple(graph.indices.T)] / solid.size, np.float64)
    matrix = graph.matrix(cost=1.0 / depth**MEDIAL_POWER)
    _, before, _ = dijkstra(matrix, directed=False, indices=sources, min_only=True, return_predecessors=True)
    return reach, before


def _persistent_tips(
    reach: np.ndarray, nodes: tuple[np.ndarray, ...], shape: tuple[int, ...], min_length: float
) -> list[int]:
    """Nodes at the ends of branches that are at least `min_length` long."""
    grid = np.zeros(shape)
    grid[nodes] = np.where(np.isfinite(reach), reach, 0.0)
    alive: list[int] = []
    found: list[int] = []
    structure = np.ones((3, 3, 3))
    for level in np.linspace(grid.max(), 0.0, LEVELS + 1)[1:]:
        labels, count = label_pieces(grid > max(level, 1e-9), structure)
        of_node = labels[nodes]
        owner: dict[int, int] = {}
        for tip in sorted(alive, key=lambda t: -reach[t]):
            label = int(of_node[tip])
            if label not in owner:
                owner[label] = tip
            elif reach[tip] - level >= min_length:
                found.append(tip)
        new = [label for label in range(1, count + 1) if label not in owner]
        if new:
            best = np.full(count + 1, -1)
            order = np.argsort(reach, kind="stable")
            best[of_node[order]] = order  # the last write is the farthest node of each piece
            owner |= {label: int(best[label]) for label in new}
        alive = list(owner.values())
    return found + [tip for tip in alive if reach[tip] >= min_length]


def bend_of(path: np.ndarray, low: float, high: float, default: float) -> float:
    """Share of a path's length at which it lies farthest from the line between its ends, or the default if straight.

    Args:
        low, high: where a joint may lie.
    """
    lengths = path_lengths(path)
    total = max(float(lengths[-1]), 1e-9)
    chord = path[-1] - path[0]
    chord = chord / max(float(np.linalg.norm(chord)), 1e-9)
    offset = path - path[0]
    away = np.linalg.norm(offset - (offset @ chord)[:, None] * chord, axis=1)
    share = lengths / total
    inner = np.flatnonzero((share >= low) & (share <= high))
    if not len(inner) or away[inner].max() < 0.06 * total:
        return default
    return float(share[inner[away[inner].argmax()]])
