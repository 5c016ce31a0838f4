"""Keyframes so close that every program shows the same between them.

glTF asks for spherical interpolation of rotations; Blender interpolates the four numbers of a quaternion, and other
programs sample clips at their own rate. Over a small turn all of them agree: `largest_blend_error` says how well.
"""

import math
from dataclasses import replace

import numpy as np
import torch

from gen4d.export.skin import unit_quaternions
from gen4d.structures import Clip

# Linear and spherical interpolation differ by at most 1.7e-4 rad over it: a tenth of what anybody sees.
LARGEST_TURN = math.radians(20)
ROUNDING = 0.01  # share by which a turn may exceed it, so that a clip read back is not split again


def with_short_turns(clip: Clip) -> Clip:
    """The same motion, with keys added wherever a joint turns more than `LARGEST_TURN` between two of them.

    Rotations of added keys lie on the great arc between their neighbours, places on the straight line.
    """
    rotation = unit_quaternions(clip.rotation.numpy()).astype(np.float64)  # (T, J, 4)
    half = 2 * np.arcsin((np.linalg.norm(np.diff(rotation, axis=0), axis=-1) / 2).clip(0, 1))  # (T - 1, J)
    pieces = np.maximum(np.ceil(2 * half.max(1) / LARGEST_TURN - ROUNDING), 1).astype(int)  # (T - 1,)
    if (pieces == 1).all():
        return clip
    first = np.append(np.repeat(np.arange(len(pieces)), pieces), len(pieces) - 1)  # (K,), the interval of each new key
    share = np.append(np.concatenate([np.arange(count) / count for count in pieces]), 1.0)  # (K,), how far along it
    kept = np.append(np.cumsum(pieces) - pieces, len(share) - 1)  # the new places of the old keys
    turned = _on_the_arc(rotation[first], rotation[first + 1], half[first], share).astype(np.float32)
    turned[kept] = clip.rotation.numpy()

    def between(values: torch.Tensor) -> torch.Tensor:
        part = torch.from_numpy(share).reshape(-1, *[1] * (values.dim() - 1))
        mixed = torch.lerp(values[first].double(), values[first + 1].double(), part).to(values.dtype)
        mixed[kept] = values
        return mixed

    places = clip.joint_translation
    return replace(
        clip,
        times=between(clip.times),
        rotation=torch.from_numpy(turned),
        root_translation=between(clip.root_translation),
        joint_translation=None if places is None else between(places),
    )


def largest_blend_error(turn: float) -> float:
    """Largest angle between linear and spherical interpolation of two rotations, radians.

    Args:
        turn: between the two, radians, less than pi.
    """
    share = np.linspace(0, 0.5, 1001)  # the other half mirrors it
    straight = np.arctan2(share * math.sin(turn / 2), 1 - share + share * math.cos(turn / 2))
    return float(2 * np.abs(straight - share * turn / 2).max())


def _on_the_arc(start: np.ndarray, end: np.ndarray, half: np.ndarray, share: np.ndarray) -> np.ndarray:
    """Spherical interpolation.

    Args:
        start, end: (K, J, 4) unit quaternions less than a half turn apart.
        half: (K, J) angle between them as vectors of four numbers.
        share: (K,) in [0, 1].
    """
    part, sine = share[:, None], np.sin(half)
    still = sine < 1e-7  # protects the division, and keeps a joint that rests exactly where it is
    divisor = np.where(still, 1, sine)
    first, second = np.sin((1 - part) * half) / divisor, np.sin(part * half) / divisor
    mixed = first[..., None] * start + second[..., None] * end
    return np.where(still[..., None], start, mixed)
