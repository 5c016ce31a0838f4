"""What all clips of the biped share: legs, standing, hanging and aiming arms, a level head."""

import math

import torch

from gen4d.context import Context
from gen4d.motion.arms import clear_arm, lift_arm
from gen4d.motion.config import MotionConfig
from gen4d.motion.kinematics import (
    axis_angle,
    quaternion_between,
    quaternion_conjugate,
    quaternion_multiply,
    quaternion_rotate,
)
from gen4d.motion.legs import Leg, Step, leg_length, lower_to_reach, place_legs, standing
from gen4d.motion.mood import mood_of
from gen4d.motion.pose import Pose
from gen4d.motion.signals import X, Y, Z, periodic_noise, wave

SIDES = (("left", 1.0), ("right", -1.0))
HANG_RANGE_DEG = (9.0, 40.0)  # how far hanging arms stand off the body
RESTING_ELBOW_DEG = 14.0
HAND_GAP = 0.6  # of a hand's thickness between the hip and the middle of the hand
ARMPIT = 0.35  # of the upper arm: above it, arm and trunk are one
TRUNK_QUANTILE = 0.95  # a belt's buckle holds no arm off
KNEE_SLACK = 0.004  # of the leg: a standing body is this much lower than in the rest pose, so that knees are not locked
TRUNK = ("spine", "chest", "upperChest")
IN_THE_WAY = ("hips", *TRUNK, "neck", "head", "leftUpperLeg", "rightUpperLeg")  # of arms


def legs() -> list[Leg]:
    """Left and right leg; knees bend forward."""
    return [Leg(f"{s}UpperLeg", f"{s}LowerLeg", f"{s}Foot", f"{s}Toes", 1.0) for s in ("left", "right")]


LEG_JOINTS = tuple(name for leg in legs() for name in leg.joints)


def breathe(pose: Pose, phase: torch.Tensor, cfg: MotionConfig, ctx: Context, name: str, *, calm: float = 1.0) -> None:
    """Breath, a slow shift of weight, a head that looks about; `calm` below 1 damps all of it."""
    mood, length = mood_of(cfg), leg_length(pose, legs()[0])
    generator = ctx.streams.numpy(f"motion.biped.{name}")
    noise = [mood.noise * periodic_noise(phase, generator) for _ in range(3)]
    breath = calm * (wave(phase, 1, 0.45) + 0.15 * wave(phase, 2, 0.1))
    drift = calm * (wave(phase, 1, 0.2) + 0.35 * noise[0])
    pose.shift[:, 0] += 0.018 * length * drift
    pose.shift[:, 1] += length * (-KNEE_SLACK - mood.crouch + 0.003 * breath)
    pose.turn("hips", axis_angle(Z, 0.014 * drift))
    pose.turn("hips", axis_angle(Y, calm * 0.02 * noise[1]))
    spread(pose, ("spine", "chest"), Z, -0.016 * drift)
    lean = torch.full_like(phase, math.radians(mood.lean_deg))
    spread(pose, TRUNK, X, lean - 0.022 * breath)
    nod = math.radians(mood.nod_deg) + 0.03 * breath
    look(pose, nod, calm * (0.10 * wave(phase, 1, 0.65) + 0.05 * noise[2]))
    for side, sign in SIDES:
        pose.turn(f"{side}Shoulder", axis_angle(Z, sign * 0.02 * (breath - 1)))
        swing = calm * 0.02 * (wave(phase, 1, 0.6) + noise[2])
        hang_arm(pose, side, sign, swing, math.radians(RESTING_ELBOW_DEG) + 0.03 * breath)


def plant(
    pose: Pose, steps: list[Step] | None = None, *, smoothing: int = 4, knees: torch.Tensor | None = None
) -> None:
    """Lower the body until both feet reach their steps, and put them there; without steps they stand."""
    both = legs()
    steps = steps or [standing(pose.num_frames) for _ in both]
    lower_to_reach(pose, both, steps, smoothing)
    for side, sign in SIDES:
        lift_arm(pose, side, sign)
    place_legs(pose, both, steps, knees)
    for side, sign in SIDES:
        clear_arm(pose, side, sign, IN_THE_WAY)


def look(pose: Pose, nod: torch.Tensor, yaw: torch.Tensor) -> None:
    """Keep the head level whatever the trunk does, then nod and turn it; half of the way in the neck."""
    neck = quaternion_multiply(axis_angle(Y, 0.5 * yaw), axis_angle(X, 0.5 * nod))
    facing = pose.world_turn(pose.skeleton.names[0])
    level = pose.world_turn("upperChest")
    half = level + torch.where((level * facing).sum(-1, keepdim=True) < 0, -facing, facing)  # halfway back to upright
    half = half / half.norm(dim=-1, keepdim=True)
    pose.set_world_turn("neck", quaternion_multiply(half, neck))
    head = quaternion_multiply(axis_angle(Y, yaw), axis_angle(X, nod))
    pose.set_world_turn("head", quaternion_multiply(facing, head))


def spread(pose: Pose, names: tuple[str, ...], axis: tuple[float, float, float], angle: torch.Tensor) -> None:
    """Share an angle among several joints of a chain."""
    for name in names:
        pose.turn(name, axis_angle(axis, angle / len(names)))


def hang_angle(pose: Pose, side: str, sign: float) -> float:
    """Radians between a hanging arm and the vertical, so that the hand passes beside the hip."""
    shoulder, hand = pose.position[f"{side}UpperArm"], pose.position[f"{side}Hand"]
    middle = pose.position["hips"][0]
    reach = float((hand - shoulder).norm())
    hips = sign * (pose.body.carried_by(("hips", f"{side}UpperLeg"))[:, 0] - middle)
    palm = pose.body.carried_by((f"{side}Hand",))
    if len(hips) > 8 and len(palm) > 2:  # the skin tells; a hand is as thick as its thinnest extent
        hip_width = float(hips.quantile(0.97)) + HAND_GAP * float((palm.amax(0) - palm.amin(0)).min())
    else:
        hip_width = 2.2 * abs(float(pose.position[f"{side}UpperLeg"][0] - middle))
    beside = hip_width - abs(float(shoulder[0] - middle))
    needed = math.degrees(math.asin(min(max(beside / max(reach, 1e-6), -1.0), 1.0)))
    needed = max(needed, math.degrees(_beside_trunk(pose, side, sign)))
    rest = math.degrees(math.atan2(sign * float(hand[0] - shoulder[0]), -float(hand[1] - shoulder[1])))
    if 0 <= rest < HANG_RANGE_DEG[1]:  # the rest pose already hangs: it shows how close to the body the arms may come
        needed = max(needed, rest)
    return math.radians(min(max(needed, HANG_RANGE_DEG[0]), HANG_RANGE_DEG[1]))


def _beside_trunk(pose: Pose, side: str, sign: float) -> float:
    """Radians between a hanging upper arm and the vertical at which it lies against the trunk; 0 without a skin."""
    shoulder, elbow, hand = (pose.position[side + part] for part in ("UpperArm", "LowerArm", "Hand"))
    arm, trunk = pose.body.carried_by(_with_twist(side, "UpperArm")), pose.body.carried_by(("hips", *TRUNK))
    bone = elbow - shoulder
    length = bone.norm().clamp(min=1e-6)
    if len(arm) < 8 or len(trunk) < 8:
        return 0.0
    radius = torch.linalg.cross(arm - shoulder, (bone / length).expand_as(arm)).norm(dim=1).median()
    down = shoulder[1] - trunk[:, 1]
    beside = (down > ARMPIT * length) & (down < length + (hand - elbow).norm())
    beside &= (trunk[:, 2] - shoulder[2]).abs() < radius
    if int(beside.sum()) < 4:
        return 0.0
    out = sign * (trunk[:, 0] - shoulder[0]) + radius
    return float(torch.atan2(out, down)[beside].quantile(TRUNK_QUANTILE))


def _with_twist(side: str, bone: str) -> tuple[str, str]:
    return side + bone, f"{side}{bone}Twist"


def direction(sign: float, abduction: torch.Tensor | float, forward: torch.Tensor) -> torch.Tensor:
    """Unit directions (T, 3) of an arm raised sideways by `abduction` from hanging, then swung forward about x."""
    spread_angle = torch.as_tensor(abduction, dtype=torch.float64).expand_as(forward)
    x, down = sign * torch.sin(spread_angle), torch.cos(spread_angle)
    return torch.stack([x, -down * torch.cos(forward), down.abs() * torch.sin(forward)], dim=-1)


def hang_arm(pose: Pose, side: str, sign: float, swing: torch.Tensor, elbow: torch.Tensor) -> None:
    """Let an arm hang, swing it forward by `swing` and bend its elbow, (T,) radians each."""
    abduction = hang_angle(pose, side, sign)
    upper = direction(sign, abduction, swing)
    lower = direction(sign, 0.75 * abduction, swing + elbow)
    point_arm(pose, side, upper, lower)


def aim_arm(
    pose: Pose,
    side: str,
    sign: float,
    share: torch.Tensor,
    upper: tuple[float, float, float] | torch.Tensor,
    lower: tuple[float, float, float] | torch.Tensor,
) -> None:
    """Move an arm from where it is towards the directions `upper` and `lower`, by a share (T,) in [0, 1].

    Directions are given for the left arm, in the frame of the trunk (x away from the body, y up, z ahead), (3,) or
    (T, 3); the right arm mirrors them.
    """
    mirror = torch.tensor([sign, 1.0, 1.0], dtype=torch.float64)
    shoulder, elbow, hand = (pose.position[side + part] for part in ("UpperArm", "LowerArm", "Hand"))
    goals = [torch.as_tensor(goal, dtype=torch.float64) * mirror for goal in (upper, lower)]
    first = quaternion_between((elbow - shoulder).expand(pose.num_frames, 3), goals[0])
    bend = quaternion_rotate(quaternion_conjugate(first), goals[1].expand(pose.num_frames, 3))
    pose.lean_to(f"{side}UpperArm", first, share)
    pose.lean_to(f"{side}LowerArm", quaternion_between((hand - elbow).expand(pose.num_frames, 3), bend), share)


def point_arm(pose: Pose, side: str, upper: torch.Tensor, lower: torch.Tensor) -> None:
    """Point upper arm and forearm along directions (T, 3) given in the frame of the trunk, from where they rest.

    Each bone takes the shortest turn from where its parent carries it, which leaves the least twist in the skin.
    """
    shoulder, elbow, hand = (pose.position[side + part] for part in ("UpperArm", "LowerArm", "Hand"))
    first = quaternion_between((elbow - shoulder).expand_as(upper), upper)
    wanted = quaternion_rotate(quaternion_conjugate(first), lower)
    all_of_it = torch.ones(pose.num_frames, dtype=torch.float64)
    pose.lean_to(f"{side}UpperArm", first, all_of_it)
    pose.lean_to(f"{side}LowerArm", quaternion_between((hand - elbow).expand_as(lower), wanted), all_of_it)
