"""The conventions every room shares, and the converters to those of others.

World: metres, right-handed, +Y up, the subject faces +Z, feet on y = 0 (glTF 2.0).
Camera: +X right, +Y up, looks along -Z; pixel centres at +0.5; row 0 on top.
Rotation: unit quaternions, xyzw. Angles in radians (degrees only in the CLI and in TOML, suffix `_deg`).
Colour: stored sRGB in [0, 1] float32; light arithmetic in linear. Arrays are channel-last outside networks.
UV: origin top-left. Guidance: `uncond + scale * (cond - uncond)`, so 1 is off.

Canonical cube: the object is centred at the origin and its longest side is 1. Six orthographic cameras look at the
origin from distance 1 with half-extent 0.55. Depth in the views is 0 at the near face of the unit cube (half-extent
0.5), 1 at its far face, and 1 where alpha is 0.
"""

import torch

VIEW_NAMES = ("front", "right", "back", "left", "top", "bottom")
VIEW_HALF_EXTENT = 0.55
VIEW_DISTANCE = 1.0
CUBE_HALF_EXTENT = 0.5

# For each view: the world direction of image right, of image up, and from the origin to the camera.
VIEW_AXES = (
    ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)),  # front
    ((0.0, 0.0, -1.0), (0.0, 1.0, 0.0), (1.0, 0.0, 0.0)),  # right
    ((-1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, -1.0)),  # back
    ((0.0, 0.0, 1.0), (0.0, 1.0, 0.0), (-1.0, 0.0, 0.0)),  # left
    ((1.0, 0.0, 0.0), (0.0, 0.0, -1.0), (0.0, 1.0, 0.0)),  # top
    ((1.0, 0.0, 0.0), (0.0, 0.0, 1.0), (0.0, -1.0, 0.0)),  # bottom
)


def canonical_camera_to_world() -> torch.Tensor:
    """Poses of the six canonical cameras.

    Returns:
        camera_to_world: (6, 4, 4) float32, in the order of `VIEW_NAMES`.
    """
    poses = torch.eye(4).repeat(len(VIEW_AXES), 1, 1)
    for pose, (right, up, toward_camera) in zip(poses, VIEW_AXES, strict=True):
        pose[:3, 0] = torch.tensor(right)
        pose[:3, 1] = torch.tensor(up)
        pose[:3, 2] = torch.tensor(toward_camera)
        pose[:3, 3] = torch.tensor(toward_camera) * VIEW_DISTANCE
    return poses


def srgb_to_linear(srgb: torch.Tensor) -> torch.Tensor:
    """Decode sRGB to linear light (IEC 61966-2-1)."""
    return torch.where(srgb <= 0.04045, srgb / 12.92, ((srgb.clamp(min=0.04045) + 0.055) / 1.055) ** 2.4)


def linear_to_srgb(linear: torch.Tensor) -> torch.Tensor:
    """Encode linear light as sRGB (IEC 61966-2-1)."""
    return torch.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear.clamp(min=0.0031308) ** (1 / 2.4) - 0.055)
