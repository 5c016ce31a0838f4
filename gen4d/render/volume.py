"""Density and colour in space -> images, differentiable: rays are marched through a box and light is added up.

Any function of places is a field; `GridField` is one on a regular grid. Between two samples density and colour count as
constant, for which the weights below are exact.

Notation: sigma density per metre, delta length of a step, alpha = 1 - exp(-sigma delta), T the light let through by all
steps before. Source: Max 1995, Optical Models for Direct Volume Rendering; Mildenhall et al. 2020, NeRF, equation 3.
"""

from dataclasses import dataclass
from typing import Protocol

import torch

from gen4d.errors import ShapeError
from gen4d.structures import Camera

PARALLEL = 1e-12  # a direction's part along an axis below which the ray counts as parallel to the box's walls


class Field(Protocol):
    """What fills a box of space."""

    low: torch.Tensor  # (3,) metres, the box's lowest corner; there is nothing outside the box
    high: torch.Tensor  # (3,)

    def __call__(self, places: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Density per metre (P,), at least 0, and colour (P, C) at places (P, 3) within the box."""
        ...


@dataclass(frozen=True)
class GridField:
    """A field given at the nodes of a grid that reaches from wall to wall, trilinear in between.

    Fields:
        density: (X, Y, Z) per metre, at least 0.
        color: (X, Y, Z, C).
        low, high: (3,) metres.
    """

    density: torch.Tensor
    color: torch.Tensor
    low: torch.Tensor
    high: torch.Tensor

    def __post_init__(self) -> None:
        if self.density.ndim != 3 or self.color.ndim != 4 or self.color.shape[:3] != self.density.shape:
            raise ShapeError(
                f"GridField: density has shape {tuple(self.density.shape)} and color {tuple(self.color.shape)}, "
                "expected (X, Y, Z) and (X, Y, Z, C)."
            )
        if not bool((self.high > self.low).all()):
            raise ShapeError("GridField: every entry of high must be above that of low.")

    def __call__(self, places: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """See `Field`."""
        unit = (places - self.low) / (self.high - self.low) * 2 - 1  # (P, 3), x y z in [-1, 1]
        values = torch.cat([self.density[..., None], self.color], -1).permute(3, 2, 1, 0)[None]  # (1, 1 + C, Z, Y, X)
        found = torch.nn.functional.grid_sample(
            values, unit[None, None, None], mode="bilinear", padding_mode="border", align_corners=True
        )[0, :, 0, 0].T  # (P, 1 + C)
        return found[:, 0], found[:, 1:]


@dataclass(frozen=True)
class VolumeImages:
    """What N cameras see of a field.

    Fields:
        color: (N, H, W, C), times coverage: before a background B it is `color + (1 - alpha) * B`.
        alpha: (N, H, W, 1) coverage in [0, 1].
        depth: (N, H, W, 1), metres along the viewing direction times coverage.
    """

    color: torch.Tensor
    alpha: torch.Tensor
    depth: torch.Tensor


def camera_rays(camera: Camera, dtype: torch.dtype = torch.float32) -> tuple[torch.Tensor, torch.Tensor]:
    """Where the rays of all pixel centres start and how they run.

    Returns:
        origins: (N, H, W, 3), on the plane of the camera.
        directions: (N, H, W, 3), one metre long along the viewing direction, so that a ray's parameter is the depth.
    """
    pose = camera.camera_to_world.to(dtype)
    x = torch.arange(camera.width, dtype=dtype, device=pose.device) + 0.5
    y = torch.arange(camera.height, dtype=dtype, device=pose.device) + 0.5
    zero, one = (
        torch.full((len(camera), camera.height, camera.width), v, dtype=dtype, device=pose.device) for v in (0, 1)
    )
    if camera.intrinsics is None:
        assert camera.half_extent is not None
        scale = 2 * camera.half_extent / camera.width
        right = (x - camera.width / 2) * scale + zero
        up = (camera.height / 2 - y)[:, None] * scale + zero
        start, along = torch.stack([right, up, zero], -1), torch.stack([zero, zero, -one], -1)
    else:
        k = camera.intrinsics.to(dtype)[:, :, :, None, None]
        right = (x - k[:, 0, 2]) / k[:, 0, 0] + zero
        up = (k[:, 1, 2] - y[:, None]) / k[:, 1, 1] + zero
        start, along = torch.stack([zero, zero, zero], -1), torch.stack([right, up, -one], -1)
    rotation = pose[:, None, None, :3, :3]
    origins = (rotation @ start[..., None])[..., 0] + pose[:, None, None, :3, 3]
    return origins, (rotation @ along[..., None])[..., 0]


def render_volume(
    field: Field, camera: Camera, samples: int, *, generator: torch.Generator | None = None, rays_at_once: int = 1 << 14
) -> VolumeImages:
    """March every pixel's ray through the field's box.

    Args:
        samples: steps a ray, even from where it enters the box to where it leaves.
        generator: draws the place of each sample within its step; None samples every step in its middle.
        rays_at_once: bounds the memory of the forward pass; the result does not depend on it without a generator.
    """
    dtype = field.low.dtype
    origins, directions = camera_rays(camera, dtype)
    shape = origins.shape[:3]
    parts = [
        _march(field, o, d, samples, generator)
        for o, d in zip(
            origins.reshape(-1, 3).split(rays_at_once), directions.reshape(-1, 3).split(rays_at_once), strict=True
        )
    ]
    color, alpha, depth = (torch.cat(part).reshape(*shape, -1) for part in zip(*parts, strict=True))
    return VolumeImages(color, alpha, depth)


def _march(
    field: Field, origins: torch.Tensor, directions: torch.Tensor, samples: int, generator: torch.Generator | None
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Colour (R, C), coverage (R, 1) and depth (R, 1) of rays (R, 3), all times coverage."""
    near, far = _box_crossing(origins, directions, field.low, field.high)  # (R,) each
    step = (far - near).clamp(min=0) / samples
    offset = torch.full((len(near), samples), 0.5, dtype=near.dtype, device=near.device)
    if generator is not None:
        offset = torch.rand(offset.shape, generator=generator, dtype=near.dtype).to(near.device)
    t = near[:, None] + (torch.arange(samples, device=near.device) + offset) * step[:, None]  # (R, S)
    places = origins[:, None] + t[..., None] * directions[:, None]
    density, color = field(places.reshape(-1, 3))
    delta = step * directions.norm(dim=1)
    thickness = density.reshape(t.shape) * delta[:, None]  # sigma delta
    through = torch.exp(-(thickness.cumsum(1) - thickness))  # T
    weights = through * -torch.expm1(-thickness)  # (R, S), exact also for thin steps
    total = (weights[..., None] * color.reshape(*t.shape, -1)).sum(1)
    return total, weights.sum(1, keepdim=True), (weights * t).sum(1, keepdim=True)


def _box_crossing(
    origins: torch.Tensor, directions: torch.Tensor, low: torch.Tensor, high: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """The ray parameters (R,) of entering and leaving a box, before the camera; the second is not larger for a miss."""
    safe = torch.where(directions.abs() < PARALLEL, torch.full_like(directions, PARALLEL), directions)
    one, other = (low - origins) / safe, (high - origins) / safe
    near = torch.minimum(one, other).amax(1).clamp(min=0)
    return near, torch.maximum(one, other).amin(1)
