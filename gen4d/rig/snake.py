"""The snake template: one chain along the longest way through the body, however it lies."""

import numpy as np

from gen4d.context import Context
from gen4d.rig.embedding import Bone, Embedding, pull_inside
from gen4d.rig.graph import along, distances_from, medial_path
from gen4d.rig.limbs import Frame, measure_frame
from gen4d.rig.voxels import VoxelSolid

# Shares of the way from the head's tip to the tail's.
FRONT = (("body", 0.50), ("front1", 0.40), ("front2", 0.31), ("front3", 0.22), ("neck", 0.14), ("head", 0.08))
REAR = (("tail1", 0.58), ("tail2", 0.67), ("tail3", 0.76), ("tail4", 0.85), ("tail5", 0.93))


def fit_snake(solid: VoxelSolid, ctx: Context) -> Embedding:
    """Fit a snake, worm or eel; its head is the end that is thicker, higher and farther in front."""
    frame = measure_frame(solid)
    path = _head_to_tail(frame)
    bones: Embedding = {}
    for chain, start in ((FRONT, "root"), (REAR, "body")):
        end = 0.0 if chain is FRONT else 1.0
        shares = [share for _, share in chain] + [end]
        parent = start
        for (name, share), after in zip(chain, shares[1:], strict=True):
            head, tail = (solid.to_world(along(path, s)) for s in (share, after))
            bones[name] = Bone(parent, head, tail)
            parent = name
    return pull_inside(bones, solid)


def _head_to_tail(frame: Frame) -> np.ndarray:
    """The middle line between the two ends that are farthest apart inside the body, (P, 3), the head first."""
    graph = frame.graph
    first = int(distances_from(graph, 0).argmax())
    last = int(distances_from(graph, first).argmax())
    path = medial_path(frame.solid, graph, first, last)
    return path if _headness(frame, path) >= _headness(frame, path[::-1]) else path[::-1]


def _headness(frame: Frame, path: np.ndarray) -> float:
    """How much the beginning of a path is a head: thick, in front and high, each about 0 to 1."""
    index = np.clip(np.rint(path).astype(int), 0, np.array(frame.solid.depth.shape) - 1)
    depth = frame.solid.depth[tuple(index.T)] / frame.solid.size
    part = max(2, len(path) // 8)
    place = (path[:part].mean(0) - frame.low) / frame.size
    return float(1.5 * depth[:part].mean() / max(depth.max(), 1e-9) + place[2] + 0.7 * place[1])
