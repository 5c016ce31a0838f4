"""A skeleton that is given, by an artist or a file, as bones the weights can be computed for."""

import numpy as np

from gen4d.rig.embedding import Bone, Embedding
from gen4d.rig.names import ROOT
from gen4d.rig.voxels import VoxelSolid

LEAF_LENGTH = 0.6  # of the parent bone: how far a last joint reaches where the solid goes on


def bones_from_joints(
    names: tuple[str, ...], parents: np.ndarray, positions: np.ndarray, solid: VoxelSolid
) -> Embedding:
    """Give every joint the stretch of limb it moves: to its child, or to the child that goes on most nearly straight.

    A last joint goes on in its parent's direction as long as that stays inside the solid.

    Args:
        names: J unique names.
        parents: (J,), -1 for a root; parents before children.
        positions: (J, 3) metres, in the solid's frame.
    """
    bones: Embedding = {}
    for joint, (name, parent) in enumerate(zip(names, parents.tolist(), strict=True)):
        children = np.flatnonzero(parents == joint)
        direction = positions[joint] - positions[parent] if parent >= 0 else None
        if len(children):
            tail = positions[_straight_on(positions[joint], positions[children], children, direction)]
        elif direction is None:
            tail = positions[joint] + [0.0, solid.size, 0.0]
        else:
            tail = _into_solid(positions[joint], direction, solid)
        bones[name] = Bone(names[parent] if parent >= 0 else ROOT, positions[joint], np.asarray(tail))
    return bones


def _straight_on(head: np.ndarray, places: np.ndarray, children: np.ndarray, direction: np.ndarray | None) -> int:
    """The child in whose direction a limb goes on; where there is no direction yet, the one nearest to the middle."""
    steps = places - head
    lengths = np.maximum(np.linalg.norm(steps, axis=1), 1e-9)
    if direction is None or np.linalg.norm(direction) < 1e-9:
        sideways = np.abs(steps[:, 0]) / lengths
        return int(children[sideways.argmin()])
    return int(children[(steps @ direction / lengths).argmax()])


def _into_solid(head: np.ndarray, direction: np.ndarray, solid: VoxelSolid) -> np.ndarray:
    """The farthest point of a straight continuation that is still inside, at most `LEAF_LENGTH` of the last bone."""
    steps = np.linspace(0.05, LEAF_LENGTH, 24)[:, None] * direction
    inside = solid.contains(head + steps)
    reach = len(inside) if inside.all() else int(inside.argmin())
    return head + steps[max(reach - 1, 0)]
