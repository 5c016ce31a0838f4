"""Hind legs that are folded under the body, as a frog's, a rabbit's or a sitting dog's: read from their footprints.

A standing animal touches the ground with its toes. One that squats rests on the whole foot, from the hock at its rear
end to the toes, so its footprint is about as long as its hip is high. Thigh and shank lie one on the other and often
touch; the knee is where the way between hip and hock, as deep in the leg as may be, bends most.
"""

import numpy as np

from gen4d.rig.embedding import Bone, Embedding, chain
from gen4d.rig.graph import VoxelGraph, medial_path, path_lengths
from gen4d.rig.slices import EIGHT_CONNECTED
from gen4d.rig.voxels import VoxelSolid, label_pieces

LONG_FOOT = 0.8  # of the hip's height: a longer footprint is that of a folded leg
FOOT_BAND = 0.10  # of the height: the foot rests on the ground this high
SHORTEST = 4  # voxels: what is shorter is no footprint
SOLE = 0.6  # of the length: what is longer is no foot
OFF_PLANE = 0.4  # of the half width of what touches the ground: nearer to the plane lies a belly or a tail
DEEP = 5.0  # how strongly the way keeps to the middle of the leg; shank and thigh that touch are no shortcut
TOES = 0.7  # of the foot, where its toes begin
USUAL_KNEE = (0.75, 0.65)  # of the foot's length before the hock and of the hip's height, where no bend is seen
SMALLEST_BEND = 0.25  # of the straight line from hip to hock
PARTS = ("UpperLeg", "LowerLeg", "Foot", "Toes")


def fold_legs(bones: Embedding, solid: VoxelSolid, graph: VoxelGraph, center: float) -> Embedding:
    """The bones of a quadruped with its hind legs folded where their footprints are long.

    Args:
        bones: with its legs at usual shares of a standing animal.
        center: grid x of the symmetry plane.
    """
    result = dict(bones)
    for side, name in ((1, "left"), (-1, "right")):
        leg = {part: bones[f"{name}Hind{part}"] for part in PARTS}
        foot = footprint(solid, side, center, solid.to_grid(leg["Toes"].head))
        hip = solid.to_grid(leg["UpperLeg"].head)
        if foot is None or not _is_long(foot, hip, solid):
            continue
        joints = _folded(solid, graph, hip, foot)
        result |= chain(tuple(f"{name}Hind{part}" for part in PARTS), "hips", [solid.to_world(p) for p in joints])
    return result


def is_folded(bones: dict[str, Bone], leg: str) -> bool:
    """Whether a leg ("leftHind") goes back under itself: its hock lies behind its hip, or its foot along the ground."""
    hip, _, hock, toes = (bones[leg + part].head for part in PARTS)
    return bool(toes[2] - hock[2] > 0.4 * LONG_FOOT * (hip[1] - toes[1]))


def footprint(solid: VoxelSolid, side: int, center: float, toes: np.ndarray) -> np.ndarray | None:
    """What touches the ground round the toes of one side, (N, 3) voxels, or None.

    Args:
        side: 1 for x > center, -1 for x < center.
        toes: (3,) grid position.
    """
    height = np.flatnonzero(solid.occupied.any((0, 2)))
    floor = int(height[0])
    band = solid.occupied[:, floor : floor + 1 + int(FOOT_BAND * len(height))]
    off = side * (np.arange(band.shape[0]) - center)
    wide = off[band.any((1, 2))].max(initial=0.0)
    flat = np.asarray(band.any(1)) & (off > max(OFF_PLANE * wide, 0.5))[:, None]
    labels, count = label_pieces(flat, EIGHT_CONNECTED)
    if not count:
        return None
    marked = np.argwhere(flat)
    nearest = marked[((marked - toes[[0, 2]]) ** 2).sum(1).argmin()]
    piece = labels == labels[tuple(nearest)]
    return np.argwhere(band & piece[:, None]) + np.array([0, floor, 0])


def _is_long(foot: np.ndarray, hip: np.ndarray, solid: VoxelSolid) -> bool:
    """Whether a footprint is a folded leg's: long for the hip's height, and not the sole of a body on the ground."""
    length = np.ptp(foot[:, 2])
    whole = np.count_nonzero(solid.occupied.any((0, 1)))
    return bool(max(LONG_FOOT * (hip[1] - foot[:, 1].min()), SHORTEST) <= length < SOLE * whole)


def _folded(solid: VoxelSolid, graph: VoxelGraph, hip: np.ndarray, foot: np.ndarray) -> list[np.ndarray]:
    """Hip, knee, hock, toes and their tip in the grid."""
    rear, front = np.percentile(foot[:, 2], (4, 97))
    length = front - rear

    def at(z: float) -> np.ndarray:
        near = foot[np.abs(foot[:, 2] - z) <= max(0.12 * length, 1.0)]
        return np.array([*near[:, :2].mean(0), z]) if len(near) else np.array([*foot[:, :2].mean(0), z])

    hock, toes, tip = at(rear), at(rear + TOES * length), at(front)
    path = medial_path(solid, graph, graph.nearest(hip), graph.nearest(hock), DEEP)
    step = hock - hip
    straight = max(float(np.linalg.norm(step)), 1.0)
    share = np.clip((path - hip) @ step / straight**2, 0, 1)
    away = path - hip - share[:, None] * step
    outside = (path[:, 0] - hip[0]) * np.sign(toes[0] - hip[0]) > -1  # else the way leads through the body
    ahead = np.where(outside & (path[:, 2] > max(hip[2], rear)), np.linalg.norm(away, axis=1), 0.0)
    if ahead.max() >= SMALLEST_BEND * straight and path_lengths(path)[-1] > 1.2 * straight:
        knee = path[int(ahead.argmax())]
    else:
        before, up = USUAL_KNEE
        knee = np.array([(hip[0] + 2 * toes[0]) / 3, hock[1] + up * (hip[1] - hock[1]), rear + before * length])
    return [hip, knee, hock, toes, tip]
