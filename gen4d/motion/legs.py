"""Legs that stand where they should: feet steered by inverse kinematics, the body only as high as the legs reach."""

from dataclasses import dataclass

import torch

from gen4d.motion.kinematics import axis_angle, frame, matrix_to_quaternion, quaternion_rotate, two_bone_ik
from gen4d.motion.pose import Pose

RIGHT_AXIS = (1.0, 0.0, 0.0)  # a positive turn about x lifts the heel
USABLE_REACH = 0.992  # of the straight leg; straighter knees snap
CLEARANCE = 0.07  # of the ankle's height: skin just ahead of the toe joint follows the foot down as the heel rises
HEEL_BEHIND_ANKLE = (
    0.5  # of ankle to ball; a little longer than a real heel, so that the mesh cannot dip into the floor
)


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
        offset: (T, 3) metres, of the toe joint from its rest place while the foot is not tilted.
        pitch: (T,) radians, positive lifts the heel about the toe joint, negative the toes about the heel.
        toe_pitch: (T,) radians of the toes in the world.
    """

    offset: torch.Tensor
    pitch: torch.Tensor
    toe_pitch: torch.Tensor


def standing(num_frames: int) -> Step:
    """A foot that stays where it is."""
    zeros = torch.zeros(num_frames, dtype=torch.float64)
    return Step(torch.zeros(num_frames, 3, dtype=torch.float64), zeros, zeros)


def leg_length(pose: Pose, leg: Leg) -> float:
    """From the upper joint's rest place down to the ground, metres."""
    return max(float(pose.position[leg.upper][1]), 1e-3)


def ankle_and_toes(pose: Pose, leg: Leg, step: Step) -> tuple[torch.Tensor, torch.Tensor]:
    """Where a step wants the ankle and the toe joint, (T, 3) each."""
    ankle, toes = pose.position[leg.foot], pose.position[leg.toes]
    heel = torch.stack([ankle[0], torch.zeros_like(ankle[1]), ankle[2] - HEEL_BEHIND_ANKLE * (toes[2] - ankle[2])])
    tilt = axis_angle(RIGHT_AXIS, step.pitch)
    about_heel = heel + quaternion_rotate(tilt, toes - heel)
    roll = CLEARANCE * ankle[1] * torch.sin(step.pitch.clamp(min=0))[:, None] * torch.tensor([0.0, 1.0, 0.0])
    toe_place = roll + torch.where((step.pitch < 0)[:, None], about_heel, toes.expand_as(about_heel)) + step.offset
    return toe_place + quaternion_rotate(tilt, ankle - toes), toe_place


def reachable_height(pose: Pose, legs: list[Leg], steps: list[Step]) -> torch.Tensor:
    """How far the body may rise from where it is now before the first leg is straight, (T,) metres; may be negative."""
    limits = []
    for leg, step in zip(legs, steps, strict=True):
        hip, (ankle, _) = pose.world_position(leg.upper), ankle_and_toes(pose, leg, step)
        upper, lower = _lengths(pose, leg)
        flat = ((hip - ankle)[:, [0, 2]] ** 2).sum(1)
        reach = (USABLE_REACH * (upper + lower)) ** 2
        limits.append(ankle[:, 1] + (reach - flat).clamp(min=0).sqrt() - hip[:, 1])
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
    """Keep the mean and the first harmonics of a closed cycle whose last value repeats the first, (T,)."""
    spectrum = torch.fft.rfft(values[:-1])
    spectrum[harmonics + 1 :] = 0
    smooth = torch.fft.irfft(spectrum, n=len(values) - 1)
    return torch.cat([smooth, smooth[:1]])


def place_leg(pose: Pose, leg: Leg, step: Step) -> None:
    """Turn the joints of a leg so that the foot is where its step says; the hip must have its final place."""
    target, _ = ankle_and_toes(pose, leg, step)
    hip = pose.world_position(leg.upper)
    upper, lower = _lengths(pose, leg)
    pole = torch.tensor([0.0, 0.0, leg.bend], dtype=torch.float64)
    knee, ankle = two_bone_ik(hip, target, upper, lower, pole.expand_as(hip))
    rest_hip, rest_knee, rest_ankle = (pose.position[name] for name in leg.joints[:3])
    rest_hinge = torch.linalg.cross(rest_ankle - rest_hip, pole)
    hinge = torch.linalg.cross(ankle - hip, pole.expand_as(hip))
    for name, rest_bone, bone in (
        (leg.upper, rest_knee - rest_hip, knee - hip),
        (leg.lower, rest_ankle - rest_knee, ankle - knee),
    ):
        turn = frame(bone, hinge) @ frame(rest_bone, rest_hinge).transpose(-1, -2)
        pose.set_world_turn(name, matrix_to_quaternion(turn))
    pose.set_world_turn(leg.foot, axis_angle(RIGHT_AXIS, step.pitch))
    pose.set_world_turn(leg.toes, axis_angle(RIGHT_AXIS, step.toe_pitch))


def _lengths(pose: Pose, leg: Leg) -> tuple[torch.Tensor, torch.Tensor]:
    """Lengths of thigh and shank, () each."""
    hip, knee, ankle = (pose.position[name] for name in leg.joints[:3])
    return (knee - hip).norm(), (ankle - knee).norm()
