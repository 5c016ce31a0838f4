"""Fingers of a biped, where a hand has them: the hand alone in finer voxels, and what sticks out of its palm.

A hand is a tenth of a body, so fingers vanish in the voxels of the body. Mittens, paws and fists keep the one bone.
"""

import numpy as np

from gen4d.rig.embedding import Bone, Embedding, chain
from gen4d.rig.graph import along, build_graph, path_lengths
from gen4d.rig.limbs import Frame, Limb, core_of, find_limbs
from gen4d.rig.names import FINGERS, PHALANGES, SIDES
from gen4d.rig.voxels import SAMPLES_A_VOXEL, VoxelSolid, distance_to, label_pieces, surface_samples

RESOLUTION = 48  # voxels along a hand
MOST_VOXELS = 40_000  # of a hand; what has more is a fist as big as the body, not fingers
CUT = -0.15  # of the hand's length: behind the wrist, where the forearm is cut off
REACH = 1.3  # of the hand's length: how far from its middle line a hand's surface lies at most
PALM = 0.62  # of the hand's greatest depth: what a ball of this radius reaches is palm
SHORT_FINGER = 0.14  # of the hand's length
THICK_FINGER = 0.16  # of the hand's length: thicker than this is no finger
KNUCKLE_BACK = 0.25  # of a finger's free length: the joint lies inside the palm (Buryanov and Kotiuk, 2010)
JOINTS = (0.45, 0.75)  # of a finger from knuckle to tip: where it bends
THUMB_JOINTS = (0.35, 0.70)


def add_fingers(bones: Embedding, vertices: np.ndarray, faces: np.ndarray) -> Embedding:
    """The same bones with three a finger on hands where at least two fingers and a thumb, or four fingers, are apart.

    Both hands get the same fingers, or neither gets any.

    Args:
        vertices: (U, 3) metres; faces: (F, 3).
    """
    found = {side: find_fingers(bones, side, vertices, faces) for side in SIDES if f"{side}Hand" in bones}
    common = set.intersection(*(set(fingers) for fingers in found.values())) if len(found) == len(SIDES) else set()
    if len(common) < 3:
        return bones
    result = dict(bones)
    for side, fingers in found.items():
        knuckles = []
        for name in (finger for finger in FINGERS if finger in common):
            points = fingers[name]
            parts = ("Metacarpal", "Proximal", "Distal") if name == "Thumb" else PHALANGES
            result |= chain(tuple(f"{side}{name}{part}" for part in parts), f"{side}Hand", points)
            if name != "Thumb":
                knuckles.append(points[0])
        hand = result[f"{side}Hand"]
        result[f"{side}Hand"] = Bone(hand.parent, hand.head, np.mean(knuckles, axis=0))
    return result


def find_fingers(bones: Embedding, side: str, vertices: np.ndarray, faces: np.ndarray) -> dict[str, list[np.ndarray]]:
    """Name -> knuckle, two bends and tip of every finger of a hand, metres; empty for a mitten."""
    wrist, axes, length = _hand_axes(bones, side, vertices)
    if length <= 0:
        return {}
    local = (vertices - wrist) @ axes.T / length  # x along the fingers, y across, z through the palm
    triangles = local[faces]
    near = (triangles[:, :, 0].max(1) > CUT) & (np.abs(triangles[:, :, 1:]).max((1, 2)) < REACH)
    near &= triangles[:, :, 0].min(1) < 2 * REACH
    if near.sum() < 8:
        return {}
    solid = _voxelise_cut(triangles[near])
    if not 0 < solid.occupied.sum() <= MOST_VOXELS:
        return {}
    graph = build_graph(solid)
    zero = np.zeros(3)
    frame = Frame(solid, graph, 0.0, 0.0, 0.0, zero, zero)
    limbs = [
        limb
        for limb in find_limbs(frame, core_of(solid, PALM), SHORT_FINGER / solid.size)
        if limb.thickness * solid.size < THICK_FINGER and solid.to_world(limb.tip)[0] > 0.1
    ]
    named = _named(limbs[: len(FINGERS)], solid)
    return {name: [wrist + (point * length) @ axes for point in points] for name, points in named.items()}


def _hand_axes(bones: Embedding, side: str, vertices: np.ndarray) -> tuple[np.ndarray, np.ndarray, float]:
    """Wrist, axes (3, 3) as rows and length of a hand; the length is 0 where it has none."""
    hand, fore = bones[f"{side}Hand"], bones[f"{side}LowerArm"]
    wrist = hand.head
    ahead = hand.tail - wrist
    if np.linalg.norm(ahead) < 1e-9:
        ahead = wrist - fore.head
    ahead = ahead / max(float(np.linalg.norm(ahead)), 1e-12)
    arm = max(float(np.linalg.norm(wrist - fore.head)), 1e-9)
    offset = vertices - wrist
    forward = offset @ ahead
    mine = (forward > -0.2 * arm) & (np.linalg.norm(offset, axis=1) < 1.5 * arm) & (forward < 1.5 * arm)
    mine &= np.linalg.norm(offset - forward[:, None] * ahead, axis=1) < 0.6 * arm
    if mine.sum() < 8:
        return wrist, np.eye(3), 0.0
    length = float(np.percentile(forward[mine], 99.5))
    flat = offset[mine] - forward[mine, None] * ahead
    across = np.linalg.svd(flat[forward[mine] > 0.2 * length] if length > 0 else flat, full_matrices=False)[2][0]
    across = across - (across @ ahead) * ahead
    across = across / max(float(np.linalg.norm(across)), 1e-12)
    return wrist, np.stack([ahead, across, np.cross(ahead, across)]), length


def _voxelise_cut(triangles: np.ndarray) -> VoxelSolid:
    """Fill a hand (F, 3, 3) that is open at the wrist: a wall stands where it was cut."""
    size = 1.0 / RESOLUTION
    samples = np.concatenate(list(surface_samples(triangles, size / SAMPLES_A_VOXEL)))
    samples = samples[samples[:, 0] > CUT]
    low, high = samples.min(0), samples.max(0)
    shape = np.ceil((high - low) / size).astype(np.int64) + 5
    origin = low - 2 * size
    index = np.rint((samples - origin) / size).astype(np.int64)
    surface = np.zeros(shape, bool)
    surface[tuple(index.T)] = True
    walled = surface.copy()
    walled[: index[:, 0].min() + 1] = True
    labels, _ = label_pieces(~walled)
    occupied = (labels != labels[-1, 0, 0]) & ~walled | surface
    depth = (distance_to(~occupied) * size).astype(np.float32)
    return VoxelSolid(occupied, depth, origin, size)


def _named(limbs: list[Limb], solid: VoxelSolid) -> dict[str, list[np.ndarray]]:
    """Which limb is which finger: the thumb leaves the hand first and sideways, the others stand side by side."""
    if len(limbs) < 3:
        return {}
    paths = [solid.to_world(limb.path) for limb in limbs]
    heading = [(path[-1] - path[0]) / max(float(np.linalg.norm(path[-1] - path[0])), 1e-9) for path in paths]
    # A thumb begins nearer to the wrist, ends nearer to it, and points across.
    score = [path[0][0] + path[-1][0] + 0.5 * aim[0] for path, aim in zip(paths, heading, strict=True)]
    order = np.argsort(score)
    thumb: int | None = int(order[0])
    edge = [paths[k][-1][1] for k in range(len(paths)) if k != thumb]
    outside = not min(edge) < paths[int(order[0])][0][1] < max(edge)
    if score[int(order[1])] - score[int(order[0])] < 0.25 or not (outside or heading[int(order[0])][0] < 0.7):
        thumb = None
    rest = sorted((k for k in range(len(paths)) if k != thumb), key=lambda k: paths[k][-1][1])
    if thumb is not None and abs(paths[thumb][-1][1] - paths[rest[0]][-1][1]) > abs(
        paths[thumb][-1][1] - paths[rest[-1]][-1][1]
    ):
        rest = rest[::-1]
    result = {name: _bends(paths[k], JOINTS) for name, k in zip(FINGERS[1:], rest, strict=False)}
    return result if thumb is None else {"Thumb": _bends(paths[thumb], THUMB_JOINTS), **result}


def _bends(path: np.ndarray, shares: tuple[float, float]) -> list[np.ndarray]:
    """Knuckle, two bends and tip along a finger's free path (P, 3)."""
    length = float(path_lengths(path)[-1])
    aim = along(path, 0.5) - path[0]
    aim = aim / max(float(np.linalg.norm(aim)), 1e-9)
    whole = np.concatenate([[path[0] - KNUCKLE_BACK * length * aim], path])
    return [along(whole, share) for share in (0.0, *shares, 1.0)]
