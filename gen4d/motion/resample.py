"""Clips at even times: files key their curves where they please, and what measures speeds needs a steady clock."""

from dataclasses import replace

import torch
from torch.nn.functional import normalize

from gen4d.motion.kinematics import make_continuous
from gen4d.structures import Clip, Skeleton

UNEVEN = 0.02  # of the mean step: less is rounding
DEFAULT_FPS = 30
MAX_KEYS = 20_000
SPINNING = ("Wheel", "propeller", "rotor")  # what is meant to turn however fast


def quickest_turn(clip: Clip, skeleton: Skeleton) -> float:
    """Radians of the largest turn of a joint between neighbouring keyframes; what rolls or spins is left out."""
    return float(turns(clip, skeleton).amax())


def turns(clip: Clip, skeleton: Skeleton) -> torch.Tensor:
    """Radians (T - 1, K) that joints turn between neighbouring keyframes; what rolls or spins is left out."""
    kept = [joint for joint, name in enumerate(skeleton.names) if not name.endswith(SPINNING)]
    rotation = clip.rotation[:, kept].double()
    return 2 * torch.arccos((rotation[1:] * rotation[:-1]).sum(-1).abs().clamp(max=1.0))


def with_even_times(clip: Clip, fps: int = DEFAULT_FPS) -> Clip:
    """The clip with keyframes at even times from 0, `fps` a second; one that has them already stays as it is."""
    times = clip.times.double() - float(clip.times[0])
    steps = times.diff()
    mean = float(times[-1]) / max(len(steps), 1)
    if len(clip.times) < 2 or float((steps - mean).abs().max()) <= UNEVEN * mean:
        return clip
    count = min(max(2, round(float(times[-1]) * fps) + 1), MAX_KEYS)
    even = torch.linspace(0, float(times[-1]), count, dtype=torch.float64)
    low = (torch.searchsorted(times, even, right=True) - 1).clamp(0, len(times) - 2)
    share = (even - times[low]) / steps[low]

    def mixed(values: torch.Tensor) -> torch.Tensor:
        """Values (T, ...) at the even times."""
        weight = share.reshape(-1, *[1] * (values.dim() - 1))
        return torch.lerp(values.double()[low], values.double()[low + 1], weight)

    rotation = normalize(mixed(make_continuous(clip.rotation)), dim=-1)
    moved = clip.joint_translation
    return replace(
        clip,
        times=even.float(),
        rotation=make_continuous(rotation).float(),
        root_translation=mixed(clip.root_translation).float(),
        joint_translation=None if moved is None else mixed(moved).float(),
    )
