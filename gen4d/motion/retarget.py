"""Motion of one skeleton played by another: matched joints, rest-pose offsets, scaled travel, pinned feet."""

import itertools
import math
from dataclasses import dataclass, replace

import torch
from torch.nn.functional import normalize

from gen4d.context import Context
from gen4d.errors import InputError
from gen4d.motion.body import Body
from gen4d.motion.contacts import (
    LOOP_ANGLE,
    LOOP_SHIFT,
    LOW_SHARE,
    SEAM_SECONDS,
    ground_velocity,
    stand_on_floor,
    standing_feet,
    steady_velocity,
    way_of_a_round,
)
from gen4d.motion.cycle import longest_cycle, part_of, with_fine_times, with_last_keyframe, with_walk_keys
from gen4d.motion.kinematics import (
    clip_joint_to_world,
    matrix_to_quaternion,
    quaternion_between,
    quaternion_multiply,
    rest_joint_to_world,
)
from gen4d.motion.loose import carry_loose_joints
from gen4d.motion.match import Match, match_skeleton
from gen4d.motion.pins import is_whole, pin_feet, reach
from gen4d.motion.pose import Pose, calm_start
from gen4d.motion.resample import with_even_times
from gen4d.structures import Clip, Skeleton

UPRIGHT = 0.8  # cosine between the way from feet to head and a coordinate axis at rest
LIMB_PARTS = ("UpperArm", "LowerArm", "Hand", "UpperLeg", "LowerLeg", "Foot", "Toes")
LEVEL_PARTS = ("Foot", "Toes", "hips", "head")  # they lie alike in every sound rest pose, whatever their bones do
STRETCH = 0.05  # of a leg's bone: one that changes its length by more is no rigid one
EVEN_SEAM = 0.04  # jump of the velocity over the mean speed that lets a gait start where its file does
FOUR_LEGGED = ("quadruped",)
TWO_LEGGED = ("biped", "bird")


@dataclass(frozen=True)
class Source:
    """A foreign motion in our axes.

    Fields:
        match: what its joints are.
        turns: (T, J, 4) turn of every joint in the world since its rest pose.
        rest, place: (J, 3) and (T, J, 3) joints at rest and over time, +Y up, facing +Z, in the file's own unit.
    """

    match: Match
    turns: torch.Tensor
    rest: torch.Tensor
    place: torch.Tensor


def retarget(source: Skeleton, clip: Clip, body: Body, ctx: Context, *, root_motion: bool = False) -> Clip:
    """Play a clip of any skeleton on a body of ours.

    Bones take the source's directions in space, so different rest poses do not matter; the hips travel in proportion
    to the legs; feet that stand in the source stand still. Warns of joints that have no counterpart.

    Raises:
        InputError: the source has no legs, spine or head to be recognised by, or another number of legs.
    """
    clip = with_fine_times(with_last_keyframe(with_even_times(clip)))
    motion = _in_our_axes(source, clip)
    target = body.skeleton
    _check_plans(motion.match, target, clip.name)
    if not root_motion:
        clip, motion = _looping_part(source, clip, motion)
        if motion.match.is_four_legged and _meets(motion):  # pinned on fine keys, their many feet jerk less
            clip = replace(with_walk_keys(replace(clip, loop=True)), loop=False)
            motion = _in_our_axes(source, clip)
    pairs = joint_pairs(motion.match, target)
    _report(pairs, motion.match, source, target, ctx)
    pose = Pose(body, len(clip.times))
    for name in target.names[1:]:
        if name in pairs:
            pose.set_world_turn(
                name, quaternion_multiply(motion.turns[:, pairs[name]], _rest_offset(name, pairs, motion, pose))
            )
    length = _leg_length(motion.rest, motion.match)
    scale = leg_length_of(pose) / length
    _place_hips(pose, motion, scale)
    fps = (len(clip.times) - 1) / float(clip.times[-1])
    feet = {name: motion.place[:, joints] for name, joints in _feet(motion.match).items()}
    hips = motion.place[:, motion.match.joints["hips"]]
    ground = ground_velocity(feet, hips, length, fps)  # of a clip played in place; then the body travels against it
    pose.shift -= scale * ground * clip.times.double()[:, None]
    _follow_loose_feet(pose, motion, scale)
    stand_on_floor(pose)
    leg = leg_length_of(pose)
    way = way_of_a_round(pose, leg)
    velocity = steady_velocity(pose.shift, float(clip.times[-1]), leg)
    if way is not None:
        pose.close(way, round(SEAM_SECONDS * fps))
        velocity = None if velocity is None else way / float(clip.times[-1])
    on_toes = motion.match.is_four_legged
    contacts = standing_feet(feet, length, fps, ground, on_toes=on_toes, loop=way is not None)
    pin_feet(pose, contacts, way, "Toes" if on_toes else "Foot", flat=velocity is not None)
    speed = 0.0
    if not root_motion and velocity is not None:
        pose.shift[:, [0, 2]] -= (velocity * clip.times.double()[:, None])[:, [0, 2]]
        speed = float(velocity[2])
    loop = way is not None and float((pose.shift[-1] - pose.shift[0]).norm()) < LOOP_SHIFT * leg
    played = pose.clip(clip.name, round(fps), speed, loop=loop)
    return carry_loose_joints(calm_start(played, target, EVEN_SEAM) if loop and speed else played, target)


def _meets(motion: Source) -> bool:
    """Whether a motion ends as it began."""
    turns = motion.turns[:, sorted(set(motion.match.joints.values()))]
    return float((2 * torch.arccos((turns[0] * turns[-1]).sum(-1).abs().clamp(max=1.0))).max()) < LOOP_ANGLE


def _looping_part(source: Skeleton, clip: Clip, motion: Source) -> tuple[Clip, Source]:
    """Of a gait that does not end as it began the longest part that does; of anything else all of it."""
    chosen = sorted(set(motion.match.joints.values()))
    turns = motion.turns[:, chosen]
    ends = 2 * torch.arccos((turns[0] * turns[-1]).sum(-1).abs().clamp(max=1.0))
    seconds = float(clip.times[-1])
    fps = (len(clip.times) - 1) / seconds
    length = _leg_length(motion.rest, motion.match)
    hips = motion.place[:, motion.match.joints["hips"]]
    feet = {name: motion.place[:, joints] for name, joints in _feet(motion.match).items()}
    is_gait = float(ground_velocity(feet, hips, length, fps).norm()) > 0
    if float(ends.max()) < LOOP_ANGLE or not (is_gait or steady_velocity(hips, seconds, length) is not None):
        return clip, motion
    found = longest_cycle(turns, fps, LOOP_ANGLE)
    if found is None:
        return clip, motion
    part = part_of(clip, *found)
    return part, _in_our_axes(source, part)


def joint_pairs(match: Match, target: Skeleton) -> dict[str, int]:
    """Our joint -> the foreign joint it follows."""
    pairs = {name: index for name, index in match.joints.items() if name in target.names}
    ours = _spine_names(target)
    theirs = list(match.spine)
    if len(theirs) >= 2:
        for number, name in enumerate(ours):
            if name not in pairs:
                pairs[name] = theirs[round(number / max(len(ours) - 1, 1) * (len(theirs) - 1))]
    tail = [name for name in target.names if name.startswith("tail")]
    for number, name in enumerate(tail):
        if match.tail:
            pairs[name] = match.tail[round(number / max(len(tail) - 1, 1) * (len(match.tail) - 1))]
    return pairs


def _spine_names(target: Skeleton) -> list[str]:
    """From the hips to the head, in the target's own hierarchy."""
    names = ["head"] if "head" in target.names else []
    while names and names[-1] != "hips":
        parent = int(target.parents[target.names.index(names[-1])])
        if parent <= 0:
            break
        names.append(target.names[parent])
    return names[::-1]


def _check_plans(match: Match, target: Skeleton, name: str) -> None:
    if "hips" not in match.joints or len([n for n in match.joints if n.endswith("UpperLeg")]) < 2:
        raise InputError(
            f"motion '{name}': its skeleton has no hips with two legs that could be recognised; name its joints as "
            "Mixamo, VRM or Unreal do."
        )
    fits = target.plan in FOUR_LEGGED if match.is_four_legged else target.plan in TWO_LEGGED
    if not fits:
        kind = "four-legged" if match.is_four_legged else "two-legged"
        raise InputError(f"motion '{name}': it is {kind}, but the rig is a {target.plan}; give a motion of its kind.")


def _report(pairs: dict[str, int], match: Match, source: Skeleton, target: Skeleton, ctx: Context) -> None:
    needed = [n for n in target.names if n.startswith(("left", "right")) and n.endswith(LIMB_PARTS)]
    missing = [name for name in needed if name not in pairs and not name.endswith("Toes")]
    if missing:
        ctx.warn(f"retarget: the motion has no counterpart of {', '.join(missing)}; they follow their parents.")
    used = set(pairs.values()) | set(match.spine)
    ctx.note("retarget.joints", f"{len(pairs)} of {len(target) - 1} joints driven by {len(used)} of {len(source)}")


def _in_our_axes(source: Skeleton, clip: Clip) -> Source:
    """Turn a motion so that up is +Y and the body faces +Z: by its rest pose, or by its first frame if that lies."""
    match = match_skeleton(source)
    rest = rest_joint_to_world(source)
    world = clip_joint_to_world(clip, source)
    basis = _basis(rest[:, :3, 3], match)
    if basis is None:
        basis = _basis(world[0, :, :3, 3], match)
    if basis is None:
        basis = torch.eye(3, dtype=torch.float64)
    turns = basis @ world[..., :3, :3] @ rest[:, :3, :3].transpose(-1, -2) @ basis.T
    return Source(match, matrix_to_quaternion(turns), rest[:, :3, 3] @ basis.T, world[..., :3, 3] @ basis.T)


def _basis(place: torch.Tensor, match: Match) -> torch.Tensor | None:
    """Rows: the body's left, up and ahead, in the file's axes; None where it does not stand along an axis."""
    feet = [index for name, index in match.joints.items() if name.endswith("Foot")]
    feet = feet or [index for name, index in match.joints.items() if name.endswith("LowerLeg")]
    tops = {name: index for name, index in match.joints.items() if name.endswith("UpperLeg")}
    lefts = [place[i] for n, i in tops.items() if n.startswith("left")]
    rights = [place[i] for n, i in tops.items() if n.startswith("right")]
    if not feet or not lefts or not rights:
        return None
    if match.is_four_legged:
        ends = [_leg_end(match, name) for name in tops]
        rise = torch.stack([place[i] for i in tops.values()]).mean(0) - place[ends].mean(0)
    else:
        rise = place[match.joints.get("head", match.joints["hips"])] - place[feet].mean(0)
    rise = normalize(rise, dim=0)
    axis = int(rise.abs().argmax())
    if abs(float(rise[axis])) < UPRIGHT:
        return None
    up = torch.zeros(3, dtype=torch.float64)
    up[axis] = math.copysign(1.0, float(rise[axis]))
    left = torch.stack(lefts).mean(0) - torch.stack(rights).mean(0)
    left = left - (left @ up) * up
    if float(left.norm()) < 1e-9:
        return None
    left = normalize(left, dim=0)
    return torch.stack([left, up, torch.linalg.cross(left, up)])


def _leg_end(match: Match, top: str) -> int:
    """The last joint of a leg that was found."""
    stem = top.removesuffix("UpperLeg")
    found = [
        match.joints[stem + part] for part in ("UpperLeg", "LowerLeg", "Foot", "Toes") if stem + part in match.joints
    ]
    return found[-1]


def _rest_offset(name: str, pairs: dict[str, int], motion: Source, pose: Pose) -> torch.Tensor:
    """The turn (4,) that brings our bone at rest onto the source's bone at rest."""
    identity = torch.tensor([0.0, 0.0, 0.0, 1.0], dtype=torch.float64)
    if name.endswith(LEVEL_PARTS) or not name.endswith(LIMB_PARTS):
        return identity
    parent = pose.skeleton.names[int(pose.skeleton.parents[pose.index[name]])]
    child = next((c for c in pairs if _is_next(name, c, pose) and pairs[c] != pairs[name]), None)
    if child is None:  # a hand: it goes with the forearm
        return _rest_offset(parent, pairs, motion, pose) if parent in pairs else identity
    ours = pose.position[child] - pose.position[name]
    theirs = motion.rest[pairs[child]] - motion.rest[pairs[name]]
    if float(ours.norm()) < 1e-9 or float(theirs.norm()) < 1e-9:  # a bone of no length has no direction
        return identity
    return quaternion_between(ours, theirs)


def _is_next(name: str, child: str, pose: Pose) -> bool:
    return int(pose.skeleton.parents[pose.index[child]]) == pose.index[name] and child.endswith(LIMB_PARTS)


def _leg_length(place: torch.Tensor, match: Match) -> float:
    """Thigh and shank of the source, in its unit."""
    lengths = []
    for name, top in match.joints.items():
        if name.endswith("UpperLeg"):
            stem = name.removesuffix("UpperLeg")
            knee, foot = (match.joints.get(stem + part) for part in ("LowerLeg", "Foot"))
            if knee is not None:
                shank = (place[foot] - place[knee]).norm() if foot is not None else (place[knee] - place[top]).norm()
                lengths.append(float((place[knee] - place[top]).norm() + shank))
    length = sum(lengths) / max(len(lengths), 1)
    if length <= 1e-9:
        raise InputError("motion: the legs of its skeleton have no length; its offsets are all zero.")
    return length


def leg_length_of(pose: Pose) -> float:
    """Metres of a body's leg, thigh and shank, in the mean."""
    tops = [name for name in pose.index if name.endswith("UpperLeg")]
    lengths = []
    for name in tops:
        stem = name.removesuffix("UpperLeg")
        line = [pose.position[stem + part] for part in ("UpperLeg", "LowerLeg", "Foot") if pose.has(stem + part)]
        bones = [float((after - before).norm()) for before, after in itertools.pairwise(line)]
        lengths.append(sum(bones) * 2 / max(len(bones), 1))  # a rig without ankles: the shank is as long as the thigh
    return max(sum(lengths) / max(len(lengths), 1), 1e-6)


def _feet(match: Match) -> dict[str, list[int]]:
    """Our foot -> the source's joints of that foot."""
    feet: dict[str, list[int]] = {}
    for name, index in match.joints.items():
        for part in ("Foot", "Toes"):
            if name.endswith(part):
                feet.setdefault(name.removesuffix(part) + "Foot", []).append(index)
    return feet


def _place_hips(pose: Pose, motion: Source, scale: float) -> None:
    """Give the hips the source's way, scaled to our legs and standing on our ground."""
    hips = motion.place[:, motion.match.joints["hips"]]
    joints = [i for indices in _feet(motion.match).values() for i in indices] or list(motion.match.joints.values())
    ground = motion.place[:, joints, 1].amin(1).quantile(LOW_SHARE)
    standing = motion.rest[motion.match.joints["hips"], 1] - motion.rest[joints, 1].min()
    way = scale * (hips - hips[0])
    way[:, 1] = scale * (hips[:, 1] - ground - standing)
    pose.shift = way


def _follow_loose_feet(pose: Pose, motion: Source, scale: float) -> None:
    """Bring our feet where the source's go, for legs whose bones stretch: their directions do not tell it.

    Many game rigs hang the feet on the root and let the legs be drawn after them.
    """
    hips = motion.match.joints["hips"]
    offset = pose.shift - scale * (motion.place[:, hips] - motion.rest[hips])
    for name in (name for name in motion.match.joints if name.endswith("Foot")):
        stem = name.removesuffix("Foot")
        chain = (stem + "UpperLeg", stem + "LowerLeg", name)
        if not all(part in motion.match.joints for part in chain) or not is_whole(pose, chain):
            continue
        line = motion.place[:, [motion.match.joints[part] for part in chain]]
        lengths = line.diff(dim=1).norm(dim=-1)  # (T, 2)
        if float((lengths.amax(0) / lengths.amin(0).clamp(min=1e-9)).max()) > 1 + STRETCH:
            ankle = motion.match.joints[name]
            moved = scale * (motion.place[:, ankle] - motion.rest[ankle])
            reach(pose, chain, pose.position[name] + moved + offset)
