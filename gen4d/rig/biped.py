"""The biped template: landmarks from slices, arms along geodesic paths, every joint at the middle of its limb.

Lengths named `..._fraction` are shares of the standing adult (Winter, Biomechanics and Motor Control of Human Movement,
2009, fig. 4.1), used only where the shape itself does not tell.
"""

from dataclasses import dataclass

import numpy as np

from gen4d.context import Context
from gen4d.rig.embedding import Bone, Embedding, chain, mirror_points, pull_inside, symmetrise
from gen4d.rig.graph import VoxelGraph, along, build_graph, distances_from, medial_path, path_lengths
from gen4d.rig.names import mirror_name
from gen4d.rig.slices import center_columns, connected_to, half_widths, leg_gap, middle_part, symmetry_plane
from gen4d.rig.voxels import VoxelSolid

CROTCH_FRACTION = 0.55  # of the height of the neck
NECK_FRACTION = 0.70  # of the way from crotch to crown
MIN_GAP = 0.06  # of the height: a shorter gap between the legs is a dent, not a crotch
MIN_ARM = 0.12  # of the height: a shorter side branch is a shoulder, not an arm
MIN_HEAD_VOLUME = 0.03  # of the middle part: less above the narrowest slice is a hat tip or a tuft, not a head
WIDE_ARMS = 0.6  # of the height: a slice this wide holds spread arms, and the neck lies just above it
NECK_ABOVE_ARMS = (0.07, 0.14)  # of the height: usual and largest distance from spread arms up to the neck
HEM = 1.3  # a body this much wider than the legs just below it is a skirt, and hides the crotch
SHORT_LEGS = 0.47  # of the neck's height: only lower crotches are questioned
UPPER_ARM, FOREARM = 0.41, 0.35  # of shoulder to finger tips
SYMMETRY_TOLERANCE = 0.06  # of the height
SPINE = (("hips", 0.0), ("spine", 0.22), ("chest", 0.45), ("upperChest", 0.70), ("neck", 1.0))


@dataclass(frozen=True)
class Body:
    """What is measured once and used by every limb; all in voxels.

    Fields:
        solid, graph: the filled grid and its voxels as a graph.
        middle: the voxels that hang together with the middle sheet, slice by slice.
        center: grid x of the symmetry plane.
        floor, crotch, neck, top: grid y.
        half_width: of the torso between crotch and neck.
    """

    solid: VoxelSolid
    graph: VoxelGraph
    middle: np.ndarray
    center: float
    floor: float
    crotch: float
    neck: float
    top: float
    half_width: float

    @property
    def height(self) -> float:
        return self.top - self.floor


def fit_biped(solid: VoxelSolid, ctx: Context) -> Embedding:
    """Fit a human-like skeleton into a solid that stands on its feet and faces +Z.

    Arms may hang, spread or point sideways. Where legs or arms cannot be told from the body, adult proportions stand in
    and the run is warned.
    """
    plane_x, _ = symmetry_plane(solid)
    body = _measure(solid, plane_x, ctx)
    bones = _spine(body)
    mirrored = _mirror(body)
    warned = []
    for side in ("left", "right"):
        limb_body = body if side == "left" else mirrored
        limb, found = _arm(limb_body, bones)
        limb |= _leg(limb_body)
        if not found:
            warned.append(side)
        for name, bone in limb.items():
            if side == "left":
                bones[name] = bone
            else:
                ends = mirror_points(np.stack([bone.head, bone.tail]), plane_x)
                parent = mirror_name(bone.parent)
                bones[mirror_name(name)] = Bone(parent, ends[0], ends[1])
    if warned:
        ctx.warn(
            f"rig: no separate {' and '.join(warned)} arm was found, so adult proportions stand in; "
            "if the subject is no biped, name its body plan with --plan."
        )
    tolerance = SYMMETRY_TOLERANCE * body.height * solid.size
    return pull_inside(symmetrise(bones, plane_x, tolerance), solid)


def _measure(solid: VoxelSolid, plane_x: float, ctx: Context) -> Body:
    """Find crotch, neck and torso width in the slices."""
    levels = np.flatnonzero(solid.occupied.any((0, 2)))
    floor, top = float(levels[0]), float(levels[-1])
    height = max(top - floor, 1.0)
    center = float(solid.to_grid(np.array([plane_x, 0.0, 0.0]))[0])
    middle = middle_part(solid, center)
    if not middle.any():  # nothing stands in the middle: two shells side by side, say
        middle = solid.occupied
    widths = half_widths(middle, center)  # (Y,)

    start, end = leg_gap(solid.occupied, center)
    crotch = float(end) if end - start >= MIN_GAP * height else None
    neck = _neck(solid, middle, widths, floor, top, crotch)
    if crotch is not None and _is_hem(solid, widths, crotch, floor, neck, center):
        crotch = floor + CROTCH_FRACTION * (neck - floor)
    if crotch is None:
        crotch = floor + CROTCH_FRACTION * (neck - floor)
        ctx.warn(
            "rig: the legs are grown together, so the hips sit at adult proportions; "
            "if the subject is no biped, name its body plan with --plan."
        )
    torso = widths[int(crotch + 0.15 * (neck - crotch)) : int(neck - 0.2 * (neck - crotch)) + 1]
    half_width = float(np.percentile(torso, 30)) if len(torso) else 0.12 * height
    return Body(solid, build_graph(solid), middle, center, floor, crotch, neck, top, max(half_width, 1.0))


def _is_hem(solid: VoxelSolid, widths: np.ndarray, crotch: float, floor: float, neck: float, center: float) -> bool:
    """Whether the place where the legs meet is the edge of a skirt or coat."""
    step = max(1, round(0.03 * (neck - floor)))
    legs = half_widths(solid.occupied[:, int(crotch) - 2 * step : int(crotch) - step], center)
    above = widths[int(crotch) : int(crotch) + 2 * step]
    is_wider = len(legs) > 0 and above.max() > HEM * np.median(legs)
    return bool(is_wider and crotch - floor < SHORT_LEGS * (neck - floor))


def _neck(
    solid: VoxelSolid, middle: np.ndarray, widths: np.ndarray, floor: float, top: float, crotch: float | None
) -> float:
    """The narrowest slice below something wider that is big enough to be a head."""
    base = floor + 0.25 * (top - floor) if crotch is None else crotch
    low = round(base + 0.33 * (top - base))
    wider_above = np.maximum.accumulate(widths[::-1])[::-1]  # widest slice at or above each level
    volume = middle.sum((0, 2))
    above = volume[::-1].cumsum()[::-1] / volume.sum()
    usual, high = base + NECK_FRACTION * (top - base), top
    filled_columns = solid.occupied.any(2).sum(0)  # (Y,)
    if filled_columns.max() > WIDE_ARMS * (top - floor):
        arms = int(filled_columns.argmax())
        low = max(low, arms)
        usual, high = (arms + share * (top - floor) for share in NECK_ABOVE_ARMS)
    levels = np.arange(low, round(min(high, top)) + 1)
    levels = levels[(widths[levels] > 0) & (above[levels] > MIN_HEAD_VOLUME)]
    levels = levels[wider_above[levels] >= 1.1 * widths[levels] + 0.5]
    if not len(levels):
        return usual
    narrow = levels[widths[levels] <= widths[levels].min() + 0.5]
    return float(narrow.mean())


def _mirror(body: Body) -> Body:
    """The same body seen in a mirror, so that the right side is fitted by the code of the left."""
    solid = body.solid
    flipped = VoxelSolid(solid.occupied[::-1], solid.depth[::-1], solid.origin.copy(), solid.size)
    # Grid x of the plane is mirrored with the array; the world origin moves so that the plane stays where it is.
    center = solid.occupied.shape[0] - 1 - body.center
    flipped.origin[0] += (body.center - center) * solid.size
    return Body(
        flipped,
        build_graph(flipped),
        body.middle[::-1],
        center,
        body.floor,
        body.crotch,
        body.neck,
        body.top,
        body.half_width,
    )


def _slice_center(mask: np.ndarray, y: float, fallback: np.ndarray, thickness: int = 1) -> np.ndarray:
    """Grid (x, y, z) of the middle of a mask's slice, or of the fallback where the slice is empty."""
    level = int(np.clip(round(y), 0, mask.shape[1] - 1))
    index = np.argwhere(mask[:, max(level - thickness, 0) : level + thickness + 1])
    x, z = (index[:, 0].mean(), index[:, 2].mean()) if len(index) else (fallback[0], fallback[2])
    return np.array([x, y, z])


def _spine(body: Body) -> Embedding:
    """Hips to head along the middle of the torso."""
    all_middle = np.argwhere(body.middle).mean(0)
    hips_y = body.crotch + 0.16 * (body.neck - body.crotch)
    head_length = body.top - body.neck

    def at(y: float) -> np.ndarray:
        point = _slice_center(body.middle, y, all_middle, thickness=2)
        return np.array([body.center, y, point[2]])

    neck_y = body.neck - 0.10 * head_length
    joints = {name: at(hips_y + share * (neck_y - hips_y)) for name, share in SPINE}
    joints["head"] = at(body.neck + 0.12 * head_length)
    joints["crown"] = np.array([body.center, body.top, joints["head"][2]])
    names = list(joints)
    # Slices jump where arms or a belly join; a spine bends gently.
    depth = np.array([joint[2] for joint in joints.values()])
    depth[1:-2] = (depth[:-3] + depth[1:-2] + depth[2:-1]) / 3
    for name, z in zip(names, depth, strict=True):
        joints[name][2] = z
    world = {name: body.solid.to_world(joint) for name, joint in joints.items()}
    return {
        name: Bone("root" if i == 0 else names[i - 1], world[name], world[names[i + 1]])
        for i, name in enumerate(names[:-1])
    }


def _leg_voxels(body: Body) -> np.ndarray:
    """Everything below the crotch that hangs together with what stands on the floor."""
    below = body.solid.occupied.copy()
    below[:, int(body.crotch) + 1 :] = False
    feet = np.zeros_like(below)
    feet[:, : int(body.floor + 0.05 * body.height) + 1] = True
    return connected_to(below, feet)


def _leg(body: Body) -> Embedding:
    """The leg on the side x > center."""
    legs = _leg_voxels(body)
    legs[: int(np.ceil(body.center))] = False
    fallback = np.array([body.center + 0.5 * body.half_width, 0.0, np.argwhere(body.middle)[:, 2].mean()])

    hip_y = body.crotch + 0.10 * (body.neck - body.crotch)
    length = hip_y - body.floor
    ankle_y = body.floor + 0.085 * length
    top_of_leg = _slice_center(legs, body.crotch - 1 - 0.04 * length, fallback, thickness=2)
    torso = _slice_center(body.middle, hip_y, fallback)
    hip = np.array([top_of_leg[0], hip_y, (top_of_leg[2] + torso[2]) / 2])
    ankle = _slice_center(legs, ankle_y + 0.07 * length, top_of_leg)
    ankle[1] = ankle_y
    knee = _slice_center(legs, ankle_y + 0.50 * (hip_y - ankle_y), (hip + ankle) / 2)

    foot = np.argwhere(legs[:, : int(np.ceil(ankle_y)) + 1])
    foot = foot[np.abs(foot[:, 0] - ankle[0]) < 0.12 * body.height] if len(foot) else foot
    tip_z = float(np.percentile(foot[:, 2], 99)) if len(foot) else ankle[2] + 0.15 * length
    tip_z = max(tip_z, ankle[2] + 0.06 * length)
    front = foot[foot[:, 2] > ankle[2]] if len(foot) else foot
    toe_x = float(front[:, 0].mean()) if len(front) else ankle[0]
    toe_y = body.floor + 0.35 * (ankle_y - body.floor)
    ball = np.array([toe_x, toe_y, ankle[2] + 0.62 * (tip_z - ankle[2])])
    tip = np.array([toe_x, toe_y, tip_z])
    points = [body.solid.to_world(p) for p in (hip, knee, ankle, ball, tip)]
    return chain(("leftUpperLeg", "leftLowerLeg", "leftFoot", "leftToes"), "hips", points)


def _arm(body: Body, spine: Embedding) -> tuple[Embedding, bool]:
    """The arm on the side x > center, and whether one was really found."""
    chest = body.solid.to_grid(spine["upperChest"].head)
    chest[0] = body.center
    neck_y = body.neck - 0.10 * (body.top - body.neck)
    shoulder_x = body.center + body.half_width
    path = _arm_path(body, chest, shoulder_x)
    if path is None:
        z = chest[2]
        shoulder = np.array([body.center + 0.85 * body.half_width, neck_y - 0.16 * (neck_y - body.crotch), z])
        wrist_end = np.array([body.center + 0.95 * body.half_width, body.crotch, z])
        path = np.linspace(shoulder, wrist_end, 20)
        found = False
    else:
        found = True
    shoulder = path[0]
    elbow, wrist, tip = along(path, UPPER_ARM), along(path, UPPER_ARM + FOREARM), path[-1]
    clavicle = np.array([body.center + 0.25 * (shoulder[0] - body.center), shoulder[1], (shoulder[2] + chest[2]) / 2])
    clavicle[1] = min(max(clavicle[1], chest[1]), neck_y)
    points = [body.solid.to_world(p) for p in (clavicle, shoulder, elbow, wrist, tip)]
    return chain(("leftShoulder", "leftUpperArm", "leftLowerArm", "leftHand"), "upperChest", points), found


def _arm_path(body: Body, chest: np.ndarray, shoulder_x: float) -> np.ndarray | None:
    """The middle line of the arm from the shoulder to the finger tips, (P, 3) grid positions, or None."""
    nodes = body.graph.indices
    legs = _leg_voxels(body)[tuple(nodes.T)]
    upper = body.solid.occupied.copy()
    upper[:, : int(body.neck) + 1] = False
    crown = np.zeros_like(upper)
    crown[center_columns(body.center), int(body.neck) :] = True
    head = connected_to(upper, crown)[tuple(nodes.T)]
    beside = (nodes[:, 0] > shoulder_x + 0.5) & (nodes[:, 1] > body.floor + 0.2 * body.height) & ~legs & ~head
    if not beside.any():
        return None
    start = body.graph.nearest(chest)
    reach = distances_from(body.graph, start)
    tip = int(np.where(beside, reach, -1.0).argmax())
    path = medial_path(body.solid, body.graph, tip, start)[::-1]  # chest to tip
    outside = np.flatnonzero(path[:, 0] <= shoulder_x)
    arm = path[outside[-1] :] if len(outside) else path
    if path_lengths(arm)[-1] < MIN_ARM * body.height:
        return None
    return arm
