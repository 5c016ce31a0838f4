"""What the quadruped's acts measure on a body: how far its parts are from the floor, and from where they belong."""

import math
from dataclasses import replace

import torch

from gen4d.motion.floor import lowest_points
from gen4d.motion.girth import least_angle
from gen4d.motion.legs import Leg, bent_leg, leg_length, nearest_fold, open_ankle, standing
from gen4d.motion.pose import Pose
from gen4d.motion.quadruped_parts import LEG_JOINTS, legs

LEFT_HIND, RIGHT_HIND, LEFT_FRONT, RIGHT_FRONT = range(4)
TUCK = 0.28  # of the leg: how far ahead of the hips the hind toes are drawn
ROUNDS = 3
FLAT = 0.9  # of the way of a hock down to the floor
BELLY_SHARE = 0.25  # of the way between the legs, to either side of its middle


def heel_angle(pose: Pose, leg: Leg) -> float:
    """Radians by which the hock must sink for the hind foot to lie flat on the floor."""
    hock, toes = pose.position[leg.foot], pose.position[leg.toes]
    return math.atan2(float(hock[1] - toes[1]), max(float(toes[2] - hock[2]), 1e-6))


def tuck(pose: Pose, leg: Leg) -> tuple[float, float]:
    """Where a hind foot lies under the belly of a body that sits or lies, from the pose where the body is lowest.

    A thick foot does not fold flat onto the floor under its shank: the hock stays up.

    Returns:
        ahead: metres from the foot's place.
        pitch: radians of the foot, at most flat on the floor.
    """
    hips = float(pose.position["hips"][2] + pose.shift[:, 2].max())
    ahead = max(0.0, hips + TUCK * leg_length(pose, leg) - float(pose.position[leg.toes][2]))
    hip = pose.world_position(leg.upper)
    hip = hip[hip[:, 1].argmin()][None]
    nearest, open_angle = nearest_fold(pose, leg), least_angle(pose, leg.lower, leg.foot, leg.toes)
    step, flat = standing(1), -FLAT * heel_angle(pose, leg)
    step.offset[:, 2] = ahead
    lying = step = replace(step, pitch=step.pitch + flat)
    for _ in range(ROUNDS):  # another pitch is another place of the ankle
        _, _, knee, ankle = bent_leg(pose, leg, step, hip, nearest)
        pitch = open_ankle(pose, leg, lying, knee - ankle, open_angle)
        step = replace(step, pitch=pitch.clamp(flat, 0.0))
    return ahead, float(step.pitch)


def belly_height(pose: Pose) -> float:
    """Metres of air under the belly: under all skin half-way between fore and hind legs, whatever carries it."""
    ends = [float(pose.position[legs()[number].upper][2]) for number in (LEFT_HIND, LEFT_FRONT)]
    middle, span = sum(ends) / 2, abs(ends[1] - ends[0])
    points = pose.body.points
    belly = points[(points[:, 2] - middle).abs() < BELLY_SHARE * span] if len(points) else points
    return max(float(belly[:, 1].min()), 0.0) if len(belly) > 8 else 0.45 * leg_length(pose, legs()[0])


def reach_ahead(pose: Pose, leg: Leg, drop: float) -> float:
    """How far ahead of its place a foot must lie for its leg to be nearly straight when the body is lowered; metres."""
    upper, lower, foot = (pose.position[name] for name in leg.joints[:3])
    length = 0.93 * float((lower - upper).norm() + (foot - lower).norm())
    height = max(float(upper[1]) + drop, 0.0)
    reach = math.sqrt(max(length**2 - height**2, 0.0))
    return max(0.0, reach - float(foot[2] - upper[2]))


def head_dip(pose: Pose) -> torch.Tensor:
    """How far the lowest point of the head is below the ground, (T,) metres, at least 0."""
    others = tuple(name for name in pose.skeleton.names if name != "head" and not name.startswith(("left", "right")))
    rest = lowest_points(pose, others + LEG_JOINTS) if len(pose.body.points) else pose.world_position("head")[:, 1]
    return (-rest).clamp(min=0.0)
