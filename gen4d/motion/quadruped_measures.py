"""What the quadruped's acts measure on a body: how far its parts are from the floor, and from where they belong."""

import math
from dataclasses import replace

import torch

from gen4d.motion.floor import lowest_points
from gen4d.motion.girth import least_angle
from gen4d.motion.legs import Leg, Step, ankle_target, bent_leg, leg_length, nearest_fold, open_ankle, standing
from gen4d.motion.pose import Pose
from gen4d.motion.quadruped_parts import LEG_JOINTS, legs

LEFT_HIND, RIGHT_HIND, LEFT_FRONT, RIGHT_FRONT = range(4)
TUCK = 0.28  # of the leg: how far ahead of the hips the hind toes are drawn
ROUNDS = 3
MOST_CROWDED = (
    0.15  # of the leg: a hind foot that would have to lie further ahead than under the belly is stretched out
)
SOLE_UP = 1.85  # radians, the pitch of a foot stretched out behind
STRETCHED = 0.93  # of thigh and shank
FLAT = 0.9  # of the way of a hock down to the floor
BELLY_SHARE = 0.25  # of the way between the legs, to either side of its middle


def heel_angle(pose: Pose, leg: Leg) -> float:
    """Radians by which the hock must sink for the hind foot to lie flat on the floor."""
    hock, toes = pose.position[leg.foot], pose.position[leg.toes]
    return math.atan2(float(hock[1] - toes[1]), max(float(toes[2] - hock[2]), 1e-6))


def tuck(pose: Pose, leg: Leg) -> tuple[float, float]:
    """Where a hind foot lies under the belly of a body that sits or lies, from the pose where the body is lowest.

    A thick leg does not fold: it lies further ahead. Nor does a thick foot, flat on the floor under its shank: the hock
    stays up.

    Returns:
        ahead: metres from the foot's place.
        pitch: radians of the foot, at most flat on the floor.
    """
    hip = _lowest_hip(pose, leg)
    nearest, open_angle = nearest_fold(pose, leg), least_angle(pose, leg.lower, leg.foot, leg.toes)
    step, flat = standing(1), -FLAT * heel_angle(pose, leg)
    step.offset[:, 2] = _under(pose, leg)
    lying = step = replace(step, pitch=step.pitch + flat)
    for _ in range(ROUNDS):  # another pitch is another place of the ankle
        step.offset[:, 2] += _crowded(pose, leg, step, hip, nearest)
        _, _, knee, ankle = bent_leg(pose, leg, step, hip, nearest)
        pitch = open_ankle(pose, leg, lying, knee - ankle, open_angle)
        step = replace(step, pitch=pitch.clamp(flat, 0.0))
    return float(step.offset[0, 2]), float(step.pitch)


def folds_under(pose: Pose, leg: Leg) -> bool:
    """Whether a hind leg is thin enough to fold under the belly, from the pose where the body is lowest."""
    step = standing(1)
    step.offset[:, 2] = _under(pose, leg)
    step = replace(step, pitch=step.pitch - FLAT * heel_angle(pose, leg))
    crowded = _crowded(pose, leg, step, _lowest_hip(pose, leg), nearest_fold(pose, leg))
    return float(crowded) < MOST_CROWDED * leg_length(pose, leg)


def stretched(pose: Pose, leg: Leg, pitch: float, toe_pitch: float, ahead: float) -> float:
    """How far ahead of its place a foot lies on the floor, its leg nearly straight, when the body is lowest; metres.

    Args:
        pitch, toe_pitch: radians of the foot and its toes.
        ahead: 1 for a leg that reaches ahead, -1 for one that lies behind.
    """
    step, hip = standing(1), _lowest_hip(pose, leg)
    step = replace(step, pitch=step.pitch + pitch, toe_pitch=step.toe_pitch + toe_pitch)
    away = (ankle_target(pose, leg, step) - hip)[0]
    upper, knee, foot = (pose.position[name] for name in leg.joints[:3])
    length = STRETCHED * ((knee - upper).norm() + (foot - knee).norm())
    return float(ahead * (length**2 - away[1] ** 2).clamp(min=0.0).sqrt() - away[2])


def _lowest_hip(pose: Pose, leg: Leg) -> torch.Tensor:
    """Place (1, 3) of a leg's hip where it is lowest."""
    hip = pose.world_position(leg.upper)
    return hip[hip[:, 1].argmin()][None]


def _under(pose: Pose, leg: Leg) -> float:
    """How far ahead of its place a hind foot is under the belly; metres."""
    hips = float(pose.position["hips"][2] + pose.shift[:, 2].max())
    return max(0.0, hips + TUCK * leg_length(pose, leg) - float(pose.position[leg.toes][2]))


def _crowded(pose: Pose, leg: Leg, step: Step, hip: torch.Tensor, nearest: torch.Tensor) -> torch.Tensor:
    """How much further ahead a foot must lie for its leg to fold no further than it can; (1,) metres."""
    away = ankle_target(pose, leg, step) - hip
    room = (nearest**2 - away[:, 1] ** 2).clamp(min=0.0).sqrt()
    return (room - away[:, 2]).clamp(min=0.0) * (away.norm(dim=1) < nearest)


def belly_height(pose: Pose) -> float:
    """Metres of air under the belly: under all skin half-way between fore and hind legs, whatever carries it."""
    ends = [float(pose.position[legs()[number].upper][2]) for number in (LEFT_HIND, LEFT_FRONT)]
    middle, span = sum(ends) / 2, abs(ends[1] - ends[0])
    points = pose.body.points
    belly = points[(points[:, 2] - middle).abs() < BELLY_SHARE * span] if len(points) else points
    return max(float(belly[:, 1].min()), 0.0) if len(belly) > 8 else 0.45 * leg_length(pose, legs()[0])


def head_dip(pose: Pose) -> torch.Tensor:
    """How far the lowest point of the head is below the ground, (T,) metres, at least 0."""
    others = tuple(name for name in pose.skeleton.names if name != "head" and not name.startswith(("left", "right")))
    rest = lowest_points(pose, others + LEG_JOINTS) if len(pose.body.points) else pose.world_position("head")[:, 1]
    return (-rest).clamp(min=0.0)
