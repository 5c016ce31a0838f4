"""Periodic curves that clips are made of: harmonics, seamless noise, and the path of a stepping foot."""

import math

import numpy as np
import torch

TAU = 2 * math.pi
X, Y, Z = (1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)  # the subject's left, up, ahead


def phases(num_frames: int) -> torch.Tensor:
    """Phase of each keyframe, (num_frames + 1,) float64 from 0 to 1; the last is 1 and equals the first in any wave."""
    return torch.arange(num_frames + 1, dtype=torch.float64) / num_frames


def wave(phase: torch.Tensor, harmonic: int = 1, shift: float = 0.0) -> torch.Tensor:
    """A cosine with its first peak at phase `shift` of its own period, (T,)."""
    return torch.cos(TAU * (harmonic * phase - shift))


def periodic_noise(phase: torch.Tensor, generator: np.random.Generator, harmonics: int = 5) -> torch.Tensor:
    """Smooth noise of about unit size that closes after one period, (T,)."""
    total = torch.zeros_like(phase)
    for harmonic in range(2, harmonics + 2):
        amplitude, shift = generator.normal() / harmonic, generator.random()
        total = total + amplitude * wave(phase, harmonic, shift)
    return total


def smooth_step(share: torch.Tensor) -> torch.Tensor:
    """0 to 1 with zero first and second derivative at both ends (Perlin's quintic); clamped outside."""
    share = share.clamp(0, 1)
    return share**3 * (share * (6 * share - 15) + 10)


def bump(share: torch.Tensor) -> torch.Tensor:
    """0, up to 1 in the middle, 0 again, with zero slope at both ends; 0 outside [0, 1]."""
    return torch.sin(math.pi * share.clamp(0, 1)) ** 2


def keys(phase: torch.Tensor, times: tuple[float, ...], values: tuple[float, ...]) -> torch.Tensor:
    """Smooth steps from value to value, held before the first and after the last time, (T,)."""
    result = torch.full_like(phase, values[0])
    for start, end, before, after in zip(times[:-1], times[1:], values[:-1], values[1:], strict=True):
        result = result + (after - before) * smooth_step((phase - start) / (end - start))
    return result


def stepping(phase: torch.Tensor, duty: float, stride: float) -> tuple[torch.Tensor, torch.Tensor]:
    """A foot's way in a clip played in place: back with the ground while it stands, forward through the air.

    The swing is a quintic that leaves and meets the ground with the ground's own velocity and without acceleration,
    so the foot neither slips at lift-off nor skids at touch-down.

    Args:
        phase: (T,) the foot's own phase; it touches down at 0 and lifts off at `duty`.
        duty: share of the cycle on the ground.
        stride: metres the ground passes in a whole cycle.

    Returns:
        forward: (T,) metres from the neutral place.
        swing: (T,) share of the swing done, 0 while the foot stands.
    """
    phase = phase % 1.0
    half = stride * duty / 2
    swing = ((phase - duty) / (1 - duty)).clamp(0, 1)
    stand = half - stride * phase
    slope = -stride * (1 - duty)  # of the ground, in metres a swing
    # -half at 0 and +half at 1, both with this slope: a straight line plus a quintic step for the rest.
    air = -half + slope * swing + (2 * half - slope) * smooth_step(swing)
    return torch.where(phase < duty, stand, air), swing
