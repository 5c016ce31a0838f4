"""Chains of joints that bend together: waves that run along them, and shares of one angle."""

import torch

from gen4d.motion.kinematics import axis_angle
from gen4d.motion.pose import Pose
from gen4d.motion.signals import wave

Axis = tuple[float, float, float]


def spread(pose: Pose, names: tuple[str, ...], axis: Axis, angle: torch.Tensor) -> None:
    """Share an angle (T,) among the joints of a chain that the body has."""
    present = [name for name in names if pose.has(name)]
    for name in present:
        pose.turn(name, axis_angle(axis, angle / len(present)))


def run_wave(
    pose: Pose,
    names: tuple[str, ...],
    axis: Axis,
    phase: torch.Tensor,
    amplitude: torch.Tensor | float,
    *,
    lag: float,
    beats: int = 1,
    growth: float = 0.0,
    start: float = 0.0,
) -> None:
    """Swing each joint of a chain a little later than the one before.

    Args:
        amplitude: radians of the first joint, () or (T,).
        lag: share of a beat by which each joint follows the one before.
        growth: by how much of the first joint's amplitude each next one swings more.
    """
    for number, name in enumerate(names):
        late = start + number * lag
        swing = wave(phase, beats, late) + 0.15 * wave(phase, 2 * beats, 2 * late + 0.1) - 0.04 * wave(phase, 3 * beats)
        pose.turn(name, axis_angle(axis, amplitude * (1 + growth * number) * swing))


def numbered(pose: Pose, stem: str) -> tuple[str, ...]:
    """The joints stem1, stem2, ... that the body has."""
    names = []
    while pose.has(f"{stem}{len(names) + 1}"):
        names.append(f"{stem}{len(names) + 1}")
    return tuple(names)
