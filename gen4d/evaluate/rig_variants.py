"""Training shapes for the joint network: artists' rigs in other proportions and poses, and made-up creatures.

A rig carries its own deformation: bones are lengthened, thickened and turned, the skin follows by its weights, and the
joints are known exactly. The result is seen as the network sees a mesh: as filled cells of a cubic grid.
"""

from dataclasses import dataclass

import numba
import numpy as np
from scipy import ndimage
from scipy.spatial.transform import Rotation

from gen4d.evaluate.rig_creatures import Creature, fill_capsules, make_biped, make_quadruped
from gen4d.evaluate.rig_squatters import make_squatter
from gen4d.rig.joint_net import GRID, LANDMARKS, Frame, fill_cells, net_frame

SQUATTERS = 0.3  # of the made-up quadrupeds
SITTING = 0.12  # of the artists' quadrupeds; their hind legs are folded under them

Sample = tuple[np.ndarray, np.ndarray, str]  # cells (48, 48, 48) bool, landmarks (K, 3) in cells, plan; NaN: unknown


@dataclass(frozen=True)
class RigPoints:
    """A rig as points of its surface.

    Fields:
        plan: a key of `LANDMARKS`.
        points: (N, 3) float32 and joints (N, 4), weights (N, 4): what moves each.
        parents: (J,), parents before children; places: (J, 3).
        landmarks: name -> the joints whose mean it is.
    """

    plan: str
    points: np.ndarray
    joints: np.ndarray
    weights: np.ndarray
    parents: np.ndarray
    places: np.ndarray
    landmarks: dict[str, list[int]]


def rig_sample(rig: RigPoints, rng: np.random.Generator) -> Sample:
    """A rig in other proportions and another pose."""
    names = _roles(rig)
    matrices, places = _bent(rig, names, rng)
    points = _moved(rig.points, rig.joints, rig.weights, matrices)
    turn = _small_turn(rng)
    points, places = points @ turn.T, places @ turn.T
    labels = np.full((len(LANDMARKS[rig.plan]), 3), np.nan)
    for row, name in enumerate(LANDMARKS[rig.plan]):
        if name in rig.landmarks:
            labels[row] = places[rig.landmarks[name]].mean(0)
    frame = net_frame(points.min(0), points.max(0))
    occupied = _filled(fill_cells(points, frame))
    return _finished(occupied, (labels - frame.origin) / frame.size, rig.plan, rng)


def creature_sample(plan: str, rng: np.random.Generator) -> Sample:
    """A made-up biped or quadruped."""
    creature = make_creature(plan, rng)
    grid, turn, frame = _creature_cells(creature, rng)
    places = [creature.joints.get(name, np.full(3, np.nan)) for name in LANDMARKS[plan]]
    return _finished(grid, (np.array(places) @ turn.T - frame.origin) / frame.size, plan, rng)


def creature_cells(creature: Creature, rng: np.random.Generator) -> np.ndarray:
    """A made-up creature of any plan as cells (48, 48, 48) bool, turned and stretched a little."""
    return _finished(_creature_cells(creature, rng)[0], np.zeros((0, 3)), "", rng)[0]


def _creature_cells(creature: Creature, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, Frame]:
    """Cells (48, 48, 48) bool, the turn (3, 3) they were made under, and their frame."""
    a, b = (np.array([capsule[k] for capsule in creature.capsules], np.float64) for k in (0, 1))
    radii = np.array([capsule[2:5] for capsule in creature.capsules])
    turn = _small_turn(rng)
    a, b = a @ turn.T, b @ turn.T
    low = np.minimum(a - radii[:, :1], b - radii[:, 1:2]).min(0)
    high = np.maximum(a + radii[:, :1], b + radii[:, 1:2]).max(0)
    frame = net_frame(low, high)
    grid = np.zeros((GRID, GRID, GRID), bool)
    start, end = ((p - frame.origin) / frame.size for p in (a, b))
    # Half a cell more: a surface marks every cell it touches.
    fill_capsules(grid, start, end, radii[:, 0] / frame.size + 0.4, radii[:, 1] / frame.size + 0.4, radii[:, 2])
    return grid, turn, frame


def make_creature(plan: str, rng: np.random.Generator) -> Creature:
    """A made-up biped or quadruped."""
    if plan == "biped":
        return make_biped(rng)
    return make_squatter(rng) if rng.random() < SQUATTERS else make_quadruped(rng)


@numba.njit(cache=True)
def _moved(points: np.ndarray, joints: np.ndarray, weights: np.ndarray, matrices: np.ndarray) -> np.ndarray:
    """Points (N, 3) under the weighted maps (J, 3, 4) of their joints (N, 4)."""
    result = np.zeros((len(points), 3))
    for n in range(len(points)):
        for slot in range(joints.shape[1]):
            weight, move = weights[n, slot], matrices[joints[n, slot]]
            if weight > 0:
                for d in range(3):
                    moved = move[d, 0] * points[n, 0] + move[d, 1] * points[n, 1] + move[d, 2] * points[n, 2]
                    result[n, d] += weight * (moved + move[d, 3])
    return result


def _filled(surface: np.ndarray) -> np.ndarray:
    """What a flood from outside cannot reach, also through the pinholes that sampling leaves in a stretched skin."""
    thick = ndimage.binary_dilation(surface)
    for wall in (thick, surface):
        labels, _ = ndimage.label(~wall)  # pyright: ignore
        inside = labels != labels[0, 0, 0]
        surface = surface | (inside & ~thick if wall is thick else inside)
    return surface


def _finished(grid: np.ndarray, labels: np.ndarray, plan: str, rng: np.random.Generator) -> Sample:
    """Sometimes with a blob grown on, thinner or thicker, shifted by part of the margin."""
    if rng.random() < 0.15:
        inside = np.argwhere(grid)
        center = inside[rng.integers(len(inside))] + rng.normal(0, 2, 3)
        aim = rng.normal(0, 1, 3) * rng.uniform(0, 8)
        radius = np.array([rng.uniform(0.5, 4.0)])
        grid = grid.copy()
        fill_capsules(grid, center[None], (center + aim)[None], radius, radius, np.ones(1))
    if rng.random() < 0.12:
        grid = ndimage.binary_dilation(grid) if rng.random() < 0.6 else _eroded(grid)
    shift = rng.integers(-1, 2, 3)
    return np.roll(grid, shift, (0, 1, 2)), labels + shift, plan


def _eroded(grid: np.ndarray) -> np.ndarray:
    thin = ndimage.binary_erosion(grid)
    return thin if thin.sum() > 0.4 * grid.sum() else grid  # a figure of thin limbs would vanish


def _small_turn(rng: np.random.Generator) -> np.ndarray:
    """A turn of some degrees and a stretch of some percent, (3, 3)."""
    turn = Rotation.from_euler("yxz", rng.normal(0, [6.0, 4.0, 2.0]), degrees=True).as_matrix()
    return np.diag(np.exp(rng.normal(0, 0.10, 3))) @ turn


def _roles(rig: RigPoints) -> list[str]:
    """What each joint belongs to: the landmark at it or at its nearest ancestor."""
    own = {joints[0]: name for name, joints in rig.landmarks.items() if len(joints) == 1}
    roles: list[str] = []
    for joint, parent in enumerate(rig.parents):
        roles.append(own.get(joint, roles[parent] if parent >= 0 else ""))
    return roles


def _bent(rig: RigPoints, roles: list[str], rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Affine maps of all joints (J, 3, 4) and their new places (J, 3)."""
    count = len(rig.parents)
    lengths, widths = _builds(roles, rng)
    turns = _poses(rig, roles, rng)
    places, frames = np.zeros((count, 3)), np.zeros((count, 3, 3))
    matrices = np.zeros((count, 3, 4))
    children = [np.flatnonzero(rig.parents == joint) for joint in range(count)]
    for joint, parent in enumerate(rig.parents):
        if parent < 0:
            places[joint], frames[joint] = rig.places[joint], np.eye(3)
        else:
            step = rig.places[joint] - rig.places[parent]
            places[joint] = places[parent] + frames[parent] @ (lengths[parent] * step)
            frames[joint] = frames[parent] @ turns[joint]
        direction = (rig.places[children[joint]].mean(0) if len(children[joint]) else rig.places[joint]) - rig.places[
            joint
        ]
        norm = np.linalg.norm(direction)
        unit = direction / norm if norm > 1e-9 else np.zeros(3)
        stretch = widths[joint] * np.eye(3) + (lengths[joint] - widths[joint]) * np.outer(unit, unit)
        linear = frames[joint] @ stretch
        matrices[joint, :, :3] = linear
        matrices[joint, :, 3] = places[joint] - linear @ rig.places[joint]
    return matrices, places


def _builds(roles: list[str], rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Factors of length and width of every joint's bone, the same left and right."""
    strength = rng.choice([0.15, 0.35])
    of_kind: dict[str, tuple[float, float]] = {}
    lengths, widths = np.ones(len(roles)), np.ones(len(roles))
    for joint, role in enumerate(roles):
        part = role.removeprefix("left").removeprefix("right")
        kind = next((k for k in ("Front", "Hind", "tail", "head", "neck") if k in part), "")
        kind = kind or (
            "arm" if "Arm" in part or "Hand" in part else "leg" if "Leg" in part or "Foot" in part else "trunk"
        )
        if kind not in of_kind:
            of_kind[kind] = _two(rng, strength)
            if kind == "head":
                both = float(np.exp(rng.normal(0.1, 1.3 * strength)))
                of_kind[kind] = (both, both)
        if part not in of_kind:
            of_kind[part] = _two(rng, 0.08)
        lengths[joint] = of_kind[kind][0] * of_kind[part][0]
        widths[joint] = of_kind[kind][1] * of_kind[part][1]
        if kind == "head":
            widths[joint] = lengths[joint]
    return lengths, widths


def _poses(rig: RigPoints, roles: list[str], rng: np.random.Generator) -> np.ndarray:
    """A turn of every joint about itself, (J, 3, 3)."""
    turns = np.tile(np.eye(3), (len(roles), 1, 1))
    if rng.random() < 0.15:
        return turns
    own = {joints[0]: name for name, joints in rig.landmarks.items() if len(joints) == 1}
    lift = {"left": np.radians(rng.uniform(-85, 15))}
    lift["right"] = lift["left"] + rng.normal(0, 0.4) * (rng.random() < 0.3)
    sway = rng.normal(0, 10.0)  # both knees, both hips
    for joint, name in own.items():
        side = "left" if name.startswith("left") else "right"
        part = name.removeprefix("left").removeprefix("right")
        if part == "UpperArm":
            turns[joint] = _arm_turn(rig, joint, lift[side], rng)
        elif part in ("LowerArm", "Hand"):
            turns[joint] = Rotation.from_rotvec(rng.normal(0, 0.25, 3)).as_matrix()
        elif "Leg" in part or "Foot" in part:
            sign = 1.0 if "Upper" in part else -1.0
            euler = rng.normal(0, [9.0, 5.0, 5.0]) + np.array([sign * sway, 0, 0])
            turns[joint] = Rotation.from_euler("xyz", euler, degrees=True).as_matrix()
        elif part in ("neck", "neck1", "head"):
            euler = rng.normal(0, [14.0, 6.0, 4.0] if rig.plan == "quadruped" else [6.0, 6.0, 4.0])
            turns[joint] = Rotation.from_euler("xyz", euler, degrees=True).as_matrix()
        elif part.startswith("tail"):
            turns[joint] = Rotation.from_euler("xyz", rng.normal(0, [25.0, 15.0, 0.0]), degrees=True).as_matrix()
        else:
            turns[joint] = Rotation.from_rotvec(rng.normal(0, 0.05, 3)).as_matrix()
    if {"hips", "leftHindUpperLeg", "leftHindLowerLeg", "leftHindFoot"} <= set(own.values()) and rng.random() < SITTING:
        return _sitting(rig, own, turns, rng)
    return turns


def _sitting(rig: RigPoints, own: dict[int, str], turns: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The same turns, with the chest raised and the hind legs folded: thigh forward, shank back, foot on the ground."""
    raised = rng.uniform(0, 55)
    thigh, shank, foot = rng.normal([-65.0, 45.0, -65.0], 12.0)  # about +X from the rest pose; forward is negative
    aims = {
        "hips": -raised,
        "HindUpperLeg": thigh,
        "HindLowerLeg": shank,
        "HindFoot": foot,
        "HindToes": foot,
        "FrontUpperLeg": 0.0,
    }
    frames, result = np.tile(np.eye(3), (len(turns), 1, 1)), turns.copy()
    for joint, parent in enumerate(rig.parents):
        above = frames[parent] if parent >= 0 else np.eye(3)
        name = own.get(joint, "").removeprefix("left").removeprefix("right")
        if name in aims:
            world = Rotation.from_euler("x", aims[name], degrees=True).as_matrix()
            result[joint] = above.T @ world @ turns[joint]
        frames[joint] = above @ result[joint]
    return result


def _arm_turn(rig: RigPoints, joint: int, lift: float, rng: np.random.Generator) -> np.ndarray:
    """What turns an upper arm so that it points `lift` radians above the horizontal."""
    below = np.flatnonzero(rig.parents == joint)
    if not len(below):
        return np.eye(3)
    now = rig.places[below[0]] - rig.places[joint]
    now = now / max(float(np.linalg.norm(now)), 1e-9)
    aim = np.array([np.sign(now[0] or 1.0) * np.cos(lift), np.sin(lift), rng.normal(0, 0.25)])
    turn, _ = Rotation.align_vectors(aim[None], now[None])
    return turn.as_matrix()


def _two(rng: np.random.Generator, strength: float) -> tuple[float, float]:
    """Two random factors around 1."""
    length, width = np.exp(rng.normal(0, strength, 2))
    return float(length), float(width)
