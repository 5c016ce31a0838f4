"""The plant template: a trunk from the ground to the top, and branches that grow from it."""

import numpy as np

from gen4d.context import Context
from gen4d.rig.embedding import Bone, Embedding, chain, pull_inside
from gen4d.rig.graph import along, medial_path
from gen4d.rig.limbs import Frame, find_limbs, measure_frame
from gen4d.rig.names import MAX_BRANCH_BONES, MAX_BRANCHES
from gen4d.rig.voxels import VoxelSolid, distance_to

TRUNK = (("trunk1", 0.0), ("trunk2", 0.28), ("trunk3", 0.52), ("trunk4", 0.76))  # of the way up
MIN_BRANCH = 0.16  # of the height
BONE_LENGTH = 0.18  # of the height


def fit_plant(solid: VoxelSolid, ctx: Context) -> Embedding:
    """Fit a tree, flower or bush that stands on the ground."""
    frame = measure_frame(solid)
    path = _trunk_line(frame)
    points = [solid.to_world(along(path, share)) for share in [s for _, s in TRUNK] + [1.0]]
    bones = chain(tuple(name for name, _ in TRUNK), "root", points)
    return pull_inside(bones | _branches(frame, path, bones), solid)


def _trunk_line(frame: Frame) -> np.ndarray:
    """The middle line from where it stands to its highest point, (P, 3)."""
    nodes = frame.graph.indices
    height = frame.size[1]
    standing = nodes[nodes[:, 1] <= frame.low[1] + max(1.0, 0.04 * height)]
    crown = nodes[nodes[:, 1] >= frame.high[1] - 0.04 * height]
    foot, top = (frame.graph.nearest(part.mean(0)) for part in (standing, crown))
    return medial_path(frame.solid, frame.graph, foot, top)


def _branches(frame: Frame, path: np.ndarray, trunk: Embedding) -> Embedding:
    """The longest branches, one to three bones each, hung off the trunk joint below their base."""
    line = np.zeros_like(frame.solid.occupied)
    line[tuple(np.rint(path).astype(int).T)] = True
    height = float(frame.size[1])
    depth = frame.solid.depth[line].mean() / frame.solid.size
    core = (distance_to(line) <= min(depth, 0.08 * height)) & frame.solid.occupied
    bones: Embedding = {}
    limbs = [limb for limb in find_limbs(frame, core, MIN_BRANCH * height) if limb.tip[1] > frame.low[1] + 0.1 * height]
    for number, limb in enumerate(limbs[:MAX_BRANCHES], start=1):
        count = int(np.clip(round(limb.length / (BONE_LENGTH * height)), 1, MAX_BRANCH_BONES))
        points = [frame.solid.to_world(along(limb.path, s)) for s in np.linspace(0, 1, count + 1)]
        parent = _nearest_bone(points[0], trunk)
        bones |= chain(tuple(f"branch{number}_{i + 1}" for i in range(count)), parent, points)
    return bones


def _nearest_bone(point: np.ndarray, bones: Embedding) -> str:
    """The trunk bone whose middle line passes nearest."""

    def distance(bone: Bone) -> float:
        step = bone.tail - bone.head
        share = np.clip((point - bone.head) @ step / max(float(step @ step), 1e-12), 0, 1)
        return float(np.linalg.norm(point - bone.head - share * step))

    return min(bones, key=lambda name: distance(bones[name]))
