"""Legs that stand where they should: feet steered by inverse kinematics, the body only as high as the legs reach."""

from dataclasses import dataclass, replace

import torch

from gen4d.motion.body import RIGHT_AXIS
from gen4d.motion.floor import envelope, lowest_points
from gen4d.motion.kinematics import (
    axis_angle,
    frame,
    matrix_to_quaternion,
    quaternion_multiply,
    quaternion_rotate,
    two_bone_ik,
)
from gen4d.motion.pose import Pose

UP_AXIS = (0.0, 1.0, 0.0)
AIRBORNE = 0.02  # of the thigh: feet higher than this carry nothing
MAX_SUNK, MAX_FOOT_SUNK = 1e-3, 3e-4  # of the leg
USABLE_REACH = 0.992  # of the straight leg; straighter knees snap


@dataclass(frozen=True)
class Leg:
    """Joint names from hip to toes and the direction the middle joint bends to (knees +z, elbows -z)."""

    upper: str
    lower: str
    foot: str
    toes: str
    bend: float

    @property
    def joints(self) -> tuple[str, str, str, str]:
        return self.upper, self.lower, self.foot, self.toes


@dataclass(frozen=True)
class Step:
    """Where one foot is over time.

    Fields:
        offset: (T, 3) metres from the foot's rest place on the ground; its height is the air under the sole.
        pitch: (T,) radians, positive lifts the heel, negative the toes; the sole rolls without slipping.
        toe_pitch: (T,) radians of the toes in the world.
        heading: (T,) radians about the vertical through the origin, to the left.
    """

    offset: torch.Tensor
    pitch: torch.Tensor
    toe_pitch: torch.Tensor
    heading: torch.Tensor


def standing(num_frames: int) -> Step:
    """A foot that stays where it is."""
    zeros = torch.zeros(num_frames, dtype=torch.float64)
    return Step(torch.zeros(num_frames, 3, dtype=torch.float64), zeros, zeros, zeros)


def leg_length(pose: Pose, leg: Leg) -> float:
    """From the upper joint's rest place down to the ground, metres."""
    return max(float(pose.position[leg.upper][1]), 1e-3)


def ankle_target(pose: Pose, leg: Leg, step: Step) -> torch.Tensor:
    """Where a step wants the ankle, (T, 3)."""
    ankle, toes, sole = pose.position[leg.foot], pose.position[leg.toes], pose.body.soles[leg.foot]
    height = sole.height(step.pitch, step.toe_pitch) + step.offset[:, 1]
    ahead = toes[2] + step.offset[:, 2] + sole.roll(step.pitch)
    toe_place = torch.stack([toes[0] + step.offset[:, 0], height, ahead], dim=1)
    place = toe_place + quaternion_rotate(axis_angle(RIGHT_AXIS, step.pitch), ankle - toes)
    return quaternion_rotate(axis_angle(UP_AXIS, step.heading), place)


def reachable_height(pose: Pose, legs: list[Leg], steps: list[Step]) -> torch.Tensor:
    """How far the body may rise before the first standing leg is straight, (T,) metres; may be negative.

    Feet in the air set no limit: a leg that swings wide is folded, or does not quite reach.
    """
    limits = []
    for leg, step in zip(legs, steps, strict=True):
        hip, ankle = pose.world_position(leg.upper), ankle_target(pose, leg, step)
        upper, lower = _lengths(pose, leg)
        flat = ((hip - ankle)[:, [0, 2]] ** 2).sum(1)
        reach = (USABLE_REACH * (upper + lower)) ** 2
        room = ankle[:, 1] + (reach - flat).clamp(min=0).sqrt() - hip[:, 1]
        limits.append(torch.where(step.offset[:, 1] > AIRBORNE * upper, torch.full_like(room, torch.inf), room))
    return torch.stack(limits).amin(0)


def lower_to_reach(pose: Pose, legs: list[Leg], steps: list[Step], smoothing: int = 4) -> None:
    """Lower the body just so far that every foot can be reached, smoothly over the cycle.

    The hips then rise and fall as an inverted pendulum does: highest where a leg stands upright under the body.
    """
    for _ in range(2):  # a second pass mends what turning the hips over moved legs left
        room = reachable_height(pose, legs, steps)
        wanted = room.clamp(max=0.0)
        smooth = _low_pass(wanted, smoothing)
        pose.shift[:, 1] += smooth - (smooth - wanted).max().clamp(min=0.0)


def _low_pass(values: torch.Tensor, harmonics: int) -> torch.Tensor:
    """Keep the mean and the first harmonics of a cycle whose last value repeats the first, (T,).

    A clip that does not close is run forth and back, so that its ends stay where they are.
    """
    is_closed = _is_closed(values)
    period = values[:-1] if is_closed else torch.cat([values, values.flip(0)])
    spectrum = torch.fft.rfft(period)
    spectrum[harmonics * (1 if is_closed else 2) + 1 :] = 0
    smooth = torch.fft.irfft(spectrum, n=len(period))
    return torch.cat([smooth, smooth[:1]]) if is_closed else smooth[: len(values)]


def _is_closed(values: torch.Tensor) -> bool:
    """Whether values (T,) over a clip end as they began."""
    return float((values[0] - values[-1]).abs()) < 1e-6


def place_legs(
    pose: Pose, legs: list[Leg], steps: list[Step], knees: torch.Tensor | None = None, *, lift_folded: bool = False
) -> None:
    """Put every foot where its step says; a body or a thigh that would sink into the floor is raised first.

    Args:
        lift_folded: raise also a body too low for its legs, which fold no further and would push feet into the floor.
    """
    feet = tuple(name for leg in legs for name in (leg.foot, leg.toes))
    for _ in range(3):  # raising the body opens the knees, which lowers or lifts the thighs again
        pushed = [place_leg(pose, leg, step, knees) for leg, step in zip(legs, steps, strict=True)]
        sunk = (-lowest_points(pose, without=feet)).clamp(min=0.0)
        sunk = torch.stack([sunk, *pushed]).amax(0) if lift_folded else sunk
        if float(sunk.max()) < MAX_SUNK * leg_length(pose, legs[0]):
            break
        pose.shift[:, 1] += envelope(sunk, _is_closed(sunk))
    for leg, step in zip(legs, steps, strict=True):  # the ankle's share of the skin may reach below the sole
        sunk = (-lowest_points(pose, only=(leg.foot, leg.toes))).clamp(min=0.0)
        if float(sunk.max()) > MAX_FOOT_SUNK * leg_length(pose, leg):
            raised = step.offset + torch.nn.functional.pad(sunk[:, None], (1, 1))
            place_leg(pose, leg, replace(step, offset=raised), knees)


def place_leg(pose: Pose, leg: Leg, step: Step, knees: torch.Tensor | None = None) -> torch.Tensor:
    """Turn the joints of a leg so that the foot is where its step says; the hip must have its final place.

    Args:
        knees: (T, 3) where the middle joint points to, for bodies that sit or lie; else straight ahead or back.

    Returns:
        pushed: (T,) metres by which a leg that folds no further pushes its foot below that place.
    """
    target = ankle_target(pose, leg, step)
    hip = pose.world_position(leg.upper)
    upper, lower = _lengths(pose, leg)
    heading = axis_angle(UP_AXIS, step.heading)
    rest_pole = torch.tensor([0.0, 0.0, leg.bend], dtype=torch.float64)
    pole = quaternion_rotate(heading, rest_pole if knees is None else knees)
    knee, ankle = two_bone_ik(hip, target, upper, lower, pole)
    rest_hip, rest_knee, rest_ankle = (pose.position[name] for name in leg.joints[:3])
    rest_hinge = torch.linalg.cross(rest_ankle - rest_hip, rest_pole)
    hinge = torch.linalg.cross(ankle - hip, pole)
    for name, rest_bone, bone in (
        (leg.upper, rest_knee - rest_hip, knee - hip),
        (leg.lower, rest_ankle - rest_knee, ankle - knee),
    ):
        turn = frame(bone, hinge) @ frame(rest_bone, rest_hinge).transpose(-1, -2)
        pose.set_world_turn(name, matrix_to_quaternion(turn))
    pose.set_world_turn(leg.foot, quaternion_multiply(heading, axis_angle(RIGHT_AXIS, step.pitch)))
    pose.set_world_turn(leg.toes, quaternion_multiply(heading, axis_angle(RIGHT_AXIS, step.toe_pitch)))
    return (target - ankle)[:, 1].clamp(min=0.0)


def _lengths(pose: Pose, leg: Leg) -> tuple[torch.Tensor, torch.Tensor]:
    """Lengths of thigh and shank, () each."""
    hip, knee, ankle = (pose.position[name] for name in leg.joints[:3])
    return (knee - hip).norm(), (ankle - knee).norm()
