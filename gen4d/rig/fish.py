"""The fish template: one chain from nose to tail fin through the thick of the body, and the fins beside it.

The shares of the length are those that twenty hand-rigged fish of one artist have on average (Quaternius, CC0).
"""

import numpy as np

from gen4d.context import Context
from gen4d.rig.embedding import Bone, Embedding, pull_inside, symmetrise
from gen4d.rig.limbs import Frame, Limb, core_of, find_limbs, measure_frame
from gen4d.rig.names import mirror_name
from gen4d.rig.voxels import VoxelSolid

BACKBONE = (("body", 0.68), ("spine1", 0.53), ("spine2", 0.40), ("spine3", 0.28), ("tailFin", 0.16))  # from the tail
HEAD = 0.88
MIN_FIN = 0.10  # of the length: a smaller side fin needs no joint
SYMMETRY_TOLERANCE = 0.10  # of the longest side
MIN_FIN_SIDEWAYS = 0.5  # of a fin's direction: the rest points along or across the body


def fit_fish(solid: VoxelSolid, ctx: Context) -> Embedding:
    """Fit a fish, whale or shark that faces +Z."""
    frame = measure_frame(solid)
    line = {name: _middle(frame, share) for name, share in (*BACKBONE, ("head", HEAD), ("nose", 1.0), ("end", 0.0))}
    bones: Embedding = {"body": Bone("root", line["body"], line["spine1"])}
    bones["head"] = Bone("body", line["head"], line["nose"])
    names = [name for name, _ in BACKBONE]
    for before, name, after in zip(names[:-1], names[1:], [*names[2:], "end"], strict=True):
        bones[name] = Bone(before, line[name], line[after])
    bones |= _side_fins(frame)
    tolerance = SYMMETRY_TOLERANCE * float(frame.size.max()) * solid.size
    return pull_inside(symmetrise(bones, frame.plane_x, tolerance), solid)


def _middle(frame: Frame, share: float) -> np.ndarray:
    """The middle of the body's cross-section at a share of the length from the tail, thin fins counting little."""
    z = frame.low[2] + share * (frame.size[2] - 1)
    reach = max(1.0, 0.03 * frame.size[2])
    start, end = max(int(np.floor(z - reach)), 0), int(np.ceil(z + reach)) + 1
    depth = frame.solid.depth[:, :, start:end].astype(np.float64) ** 3
    rows = depth.sum((0, 2))
    y = float((rows * np.arange(len(rows))).sum() / max(rows.sum(), 1e-30))
    return frame.solid.to_world(np.array([frame.center, y if rows.sum() else frame.low[1], z]))


def _side_fins(frame: Frame) -> Embedding:
    """The largest fin on the side x > center and its partner, if the body has any."""
    limbs = find_limbs(frame, core_of(frame.solid), MIN_FIN * frame.size[2])
    sides: dict[str, Limb] = {}
    for limb in limbs:
        step = limb.tip - limb.base
        sideways = abs(step[0]) / max(float(np.linalg.norm(step)), 1e-9)
        name = "leftFin" if limb.tip[0] > frame.center else "rightFin"
        if sideways > MIN_FIN_SIDEWAYS and limb.tip[2] > frame.low[2] + 0.35 * frame.size[2]:
            sides.setdefault(name, limb)
    if len(sides) < 2:
        return {}
    return {
        name: Bone("body", frame.solid.to_world(limb.base), frame.solid.to_world(limb.tip))
        for name, limb in sorted(sides.items())
        if mirror_name(name) in sides
    }
