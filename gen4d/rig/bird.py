"""The bird template, also for two-legged dinosaurs: two legs under a body that leans forward, wings, a tail."""

import numpy as np

from gen4d.context import Context
from gen4d.rig.embedding import Embedding, chain, mirror_embedding, pull_inside, symmetrise
from gen4d.rig.graph import along, distances_from, medial_path, path_lengths
from gen4d.rig.limbs import Frame, Limb, bend_of, core_of, find_limbs, measure_frame
from gen4d.rig.voxels import VoxelSolid

NECK = (("spine", 0.16), ("chest", 0.36), ("neck", 0.56), ("neck1", 0.68), ("head", 0.80))  # hips to beak
CORE = 0.6
MIN_LIMB = 0.10  # of the longest side
FOOT_BAND = 0.12  # of the height
APART = 2  # voxels: a wider gap parts what touches the floor
LEG = (0.48, 0.80, 0.93)  # knee, ankle and toes as shares of the way from hip to the ground
MIN_TAIL = 0.08  # of the longest side
SYMMETRY_TOLERANCE = 0.10  # of the longest side


def fit_bird(solid: VoxelSolid, ctx: Context) -> Embedding:
    """Fit a bird with folded or spread wings, or a two-legged dinosaur whose arms take the wings' joints; faces +Z."""
    frame = measure_frame(solid)
    core = core_of(solid, CORE)
    limbs = find_limbs(frame, core, MIN_LIMB * float(frame.size.max()))
    stance = _low(frame)
    feet = _feet(frame, stance)
    if feet is None:
        stance = _stance(frame)
        feet = _feet(frame, stance)
    if feet is None:
        ctx.warn(
            "rig: two separate feet were not found, so both legs stand in one; "
            "if the subject is no bird, name its body plan with --plan."
        )
        feet = _one_foot(frame, stance)
    hips = _hips(frame, core, feet)
    bones = _spine(frame, hips)
    bones |= _tail(frame, hips)
    left = _leg(frame, hips, feet, stance) | _wing(frame, limbs, bones)
    bones |= left | mirror_embedding(left, frame.plane_x)
    tolerance = SYMMETRY_TOLERANCE * float(frame.size.max()) * solid.size
    return pull_inside(symmetrise(bones, frame.plane_x, tolerance), solid)


def _low(frame: Frame) -> np.ndarray:
    """Voxels (N, 3) near the floor."""
    index = frame.graph.indices
    return index[index[:, 1] <= frame.low[1] + FOOT_BAND * frame.size[1]]


def _stance(frame: Frame) -> np.ndarray:
    """Voxels (N, 3) near the floor that the bird stands on: not a tail that hangs down to it behind, or a beak before.

    What touches the floor apart from the rest lies apart along z. The bird stands on what leaves the plane free, one
    foot before the other maybe; where nothing does on both sides, on what is nearest under its middle.
    """
    low = _low(frame)
    places = np.unique(low[:, 2])
    pieces = [low[np.isin(low[:, 2], group)] for group in np.split(places, np.flatnonzero(np.diff(places) > APART) + 1)]
    off_plane = [piece for piece in pieces if np.abs(piece[:, 0] - frame.center).min() > 1.0]
    feet = np.concatenate([low[:0], *off_plane])
    if (feet[:, 0] > frame.center).any() and (feet[:, 0] < frame.center).any():
        return feet
    middle = float(frame.graph.indices[:, 2].mean())
    return min(pieces, key=lambda piece: float(np.abs(piece[:, 2] - middle).min()))


def _feet(frame: Frame, stance: np.ndarray) -> np.ndarray | None:
    """Grid (x, z) of the left foot: the middle of what stands on the floor off the plane, or None."""
    off = np.abs(stance[:, 0] - frame.center)
    side = stance[off > max(0.5, 0.12 * off.max())]
    left, right = side[side[:, 0] > frame.center], side[side[:, 0] < frame.center]
    if min(len(left), len(right)) < 2 or (off < 0.5).sum() > 0.4 * len(stance):
        return None
    return np.array([np.abs(side[:, 0] - frame.center).mean() + frame.center, side[:, 2].mean()])


def _one_foot(frame: Frame, stance: np.ndarray) -> np.ndarray:
    """Grid (x, z) of the left foot where both legs are one column: the middle of its left half."""
    half = np.abs(stance[:, 0] - frame.center).max()
    return np.array([frame.center + 0.5 * half, stance[:, 2].mean()])


def _hips(frame: Frame, core: np.ndarray, feet: np.ndarray) -> np.ndarray:
    """Grid position over the feet in the middle of the body."""
    index = np.argwhere(core)
    z = float(np.clip(feet[1], index[:, 2].min(), index[:, 2].max()))
    near = index[np.abs(index[:, 2] - z) <= max(1.0, 0.05 * frame.size[2])]
    y = float(near[:, 1].mean()) if len(near) else float(index[:, 1].mean())
    if np.ptp(index[:, 1]) > 1.3 * np.ptp(index[:, 2]):  # a penguin, an owl: the body stands, so the hips lie low
        y = float(index[:, 1].min() + 0.25 * np.ptp(index[:, 1]))
    return np.array([frame.center, y, z])


def _spine(frame: Frame, hips: np.ndarray) -> Embedding:
    """Hips to beak along the middle line to the point that is farthest in front and above."""
    start = frame.graph.nearest(hips)
    nodes = frame.graph.indices
    reach = distances_from(frame.graph, start) / frame.solid.size
    near_plane = np.abs(nodes[:, 0] - frame.center) < 0.15 * frame.size[0] + 1
    ahead = near_plane & (nodes[:, 2] >= hips[2]) & (nodes[:, 1] >= hips[1])
    score = reach + 0.7 * (nodes[:, 2] - hips[2]) + 0.3 * (nodes[:, 1] - hips[1])
    beak = int(np.where(ahead, score, -np.inf).argmax()) if ahead.any() else int(reach.argmax())
    path = medial_path(frame.solid, frame.graph, start, beak)
    path[:, 0] = frame.center
    shares = [0.0] + [share for _, share in NECK] + [1.0]
    points = [frame.solid.to_world(along(path, share)) for share in shares]
    return chain(("hips", *(name for name, _ in NECK)), "root", points)


def _tail(frame: Frame, hips: np.ndarray) -> Embedding:
    """One to five bones from the rump to the rearmost point, or nothing where nothing sticks out behind."""
    start = frame.graph.nearest(hips)
    nodes = frame.graph.indices
    reach = distances_from(frame.graph, start) / frame.solid.size
    floor = frame.low[1] + 0.25 * (hips[1] - frame.low[1])
    near_plane = np.abs(nodes[:, 0] - frame.center) < 0.15 * frame.size[0] + 1
    behind = near_plane & (nodes[:, 2] < hips[2]) & (nodes[:, 1] > floor)
    if not behind.any():
        return {}
    tip = int(np.where(behind, reach + (hips[2] - nodes[:, 2]), -np.inf).argmax())
    path = medial_path(frame.solid, frame.graph, start, tip)
    path[:, 0] = frame.center
    longest = float(frame.size.max())
    length = float(path_lengths(path)[-1])
    if length < 2.5 * MIN_TAIL * longest:
        return {}
    count = int(np.clip(round(length / (0.10 * longest)), 1, 5))
    first = min(0.3, 0.12 * longest / length)
    points = [frame.solid.to_world(along(path, s)) for s in np.linspace(first, 1.0, count + 1)]
    return chain(tuple(f"tail{i + 1}" for i in range(count)), "hips", points)


def _leg(frame: Frame, hips: np.ndarray, feet: np.ndarray, stance: np.ndarray) -> Embedding:
    """The leg on the side x > center, along the middle line from the foot up to the hip."""
    hip = np.array([frame.center + 0.8 * (feet[0] - frame.center), hips[1], hips[2]])
    foot = np.array([feet[0], frame.low[1], feet[1]])
    path = medial_path(frame.solid, frame.graph, frame.graph.nearest(hip), frame.graph.nearest(foot))
    knee = bend_of(path, 0.3, 0.6, LEG[0])
    sole = stance[(stance[:, 1] <= frame.low[1] + 0.06 * frame.size[1]) & (stance[:, 0] > frame.center)]
    toe_z = float(sole[:, 2].max()) if len(sole) else foot[2] + 0.1 * frame.size[1]
    ankle = along(path, LEG[1])
    toes = np.array([foot[0], frame.low[1] + 0.5, 0.5 * foot[2] + 0.5 * toe_z])
    tip = np.array([foot[0], frame.low[1] + 0.5, toe_z])
    points = [frame.solid.to_world(p) for p in (path[0], along(path, knee), ankle, toes, tip)]
    return chain(("leftUpperLeg", "leftLowerLeg", "leftFoot", "leftToes"), "hips", points)


def _wing(frame: Frame, limbs: list[Limb], bones: Embedding) -> Embedding:
    """The wing or arm on the side x > center: along a limb that sticks out, or folded along the flank."""
    solid = frame.solid
    chest, hips = solid.to_grid(bones["chest"].head), solid.to_grid(bones["hips"].head)
    side = [
        limb
        for limb in limbs
        if limb.tip[0] - frame.center > 0.25 * (frame.high[0] - frame.center)
        and limb.tip[1] > frame.low[1] + 0.2 * frame.size[1]
        and limb.base[2] > min(hips[2], chest[2]) - 0.05 * frame.size[2]
        and limb.tip[0] - limb.base[0] > 0
    ]
    if side:
        path = side[0].path
    else:
        nodes = frame.graph.indices
        near = nodes[np.abs(nodes[:, 2] - chest[2]) <= 2]
        near = near[np.abs(near[:, 1] - chest[1]) <= 2]
        half = float(near[:, 0].max() - frame.center) if len(near) else 0.2 * frame.size[0]
        shoulder = np.array([frame.center + 0.75 * half, chest[1], chest[2]])
        tip = np.array([frame.center + 0.8 * half, 0.5 * (chest[1] + hips[1]), hips[2] - 0.12 * frame.size[2]])
        upright = frame.size[1] > frame.size[2] and abs(chest[2] - hips[2]) < 0.15 * frame.size[1]
        if upright:  # the body stands: wings hang down its sides
            tip = np.array([frame.center + half, hips[1], chest[2]])
        path = np.linspace(shoulder, tip, 16)
    points = [solid.to_world(along(path, share)) for share in (0.0, 0.35, 0.7, 1.0)]
    return chain(("leftWing1", "leftWing2", "leftWing3"), "chest", points)
