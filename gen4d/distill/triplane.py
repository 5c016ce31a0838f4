"""Three planes of features and a small network as something to optimise from nothing, seen by volume rendering.

A place reads each plane where it falls onto it; the sum of what it reads says, through two layers, how dense and of
what colour the place is. Against a grid of cells it has few numbers, and every one is felt by a whole row of places, so
it cannot hold dust; thin parts cost it sharpness.
Source: Chan et al. 2022, EG3D (arXiv:2112.07945), section 3.1.
"""

import math

import torch
from torch.nn import functional

from gen4d.conventions import CUBE_HALF_EXTENT, VIEW_HALF_EXTENT
from gen4d.distill.grid import MIN_ALPHA
from gen4d.render.volume import camera_rays, render_volume
from gen4d.structures import MultiView, canonical_cameras

CHANNELS, HIDDEN = 8, 32
START_RADIUS, START_SHARPNESS = 0.3, 100.0  # m, of the ball it starts as; logits a metre at its surface
DENSEST = 60.0  # per metre: a few centimetres of it are opaque, and every sample within them has a gradient
AXES = ((0, 1), (1, 2), (2, 0))  # that span each plane


class TriplaneSubject:
    """Planes of N x N features over the cube that the views show; see `Subject`.

    Args:
        resolution: pixels a side of a view.
        rendered: pixels a side that rays are marched for; views are enlarged from there.
        samples: steps of a ray through the cube.
        smoothness: weight of squared steps between neighbouring cells of the planes.
    """

    frames = 1

    def __init__(
        self,
        cells: int,
        *,
        resolution: int,
        rendered: int,
        samples: int,
        smoothness: float,
        generator: torch.Generator,
    ) -> None:
        self.resolution, self.rendered, self.samples, self.smoothness = resolution, rendered, samples, smoothness
        self.planes = (0.1 * torch.randn(len(AXES), CHANNELS, cells, cells, generator=generator)).requires_grad_()
        inner = torch.randn(HIDDEN, CHANNELS, generator=generator) / math.sqrt(CHANNELS)
        self.inner = inner.requires_grad_()
        self.outer = torch.zeros(4, HIDDEN, requires_grad=True)  # nothing but the ball at first
        self.low, self.high = (torch.full((3,), side) for side in (-VIEW_HALF_EXTENT, VIEW_HALF_EXTENT))

    def parameters(self) -> dict[str, torch.Tensor]:
        """The planes and both layers."""
        return {"planes": self.planes, "inner": self.inner, "outer": self.outer}

    def __call__(self, places: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Density per metre (P,) and colour (P, 3) at places (P, 3); see `render.volume.Field`."""
        unit = places / VIEW_HALF_EXTENT
        grid = torch.stack([unit[:, list(axes)] for axes in AXES])[:, None]  # (3, 1, P, 2)
        features = functional.grid_sample(self.planes, grid, padding_mode="border", align_corners=False)
        features = features[:, :, 0].sum(0).T  # (P, C)
        said = functional.silu(features @ self.inner.T) @ self.outer.T  # (P, 4)
        ball = (START_RADIUS - places.norm(dim=1)) * START_SHARPNESS
        return DENSEST * (ball + said[:, 0]).sigmoid(), said[:, 1:].sigmoid()

    def views(self, frame: int) -> MultiView:
        """See `Subject`; there is one frame."""
        cameras = canonical_cameras(self.rendered)
        seen = render_volume(self, cameras, self.samples)
        alpha = seen.alpha.clamp(0, 1)
        covered = alpha.clamp(min=MIN_ALPHA)
        normal = _normals(seen.depth / covered, camera_rays(cameras)[1], cameras.camera_to_world)
        near = 1.0 - CUBE_HALF_EXTENT  # metres from the camera to the cube
        depth = (seen.depth - near * alpha) / (2 * CUBE_HALF_EXTENT) + 1 - alpha
        parts = torch.cat([seen.color, alpha, depth, normal * alpha], -1)
        size = (self.resolution, self.resolution)
        large = functional.interpolate(parts.permute(0, 3, 1, 2), size=size, mode="bilinear").permute(0, 2, 3, 1)
        alpha = large[..., 3:4]
        there = alpha > MIN_ALPHA
        return MultiView(
            albedo=torch.where(there, (large[..., :3] / alpha.clamp(min=MIN_ALPHA)).clamp(0, 1), 1.0),
            alpha=alpha,
            depth=large[..., 4:5].clamp(0, 1),
            normal=torch.where(there, functional.normalize(large[..., 5:], dim=-1), 0.0),
            camera=canonical_cameras(self.resolution),
        )

    def penalty(self) -> torch.Tensor:
        """Rough planes."""
        steps = torch.stack([self.planes.diff(dim=axis).square().sum() for axis in (2, 3)]).sum()
        return self.smoothness * steps


def _normals(depth: torch.Tensor, along: torch.Tensor, camera_to_world: torch.Tensor) -> torch.Tensor:
    """World normals (N, R, R, 3) of what orthographic cameras see at depths (N, R, R, 1) in metres.

    Args:
        along: (N, R, R, 3), the way the cameras look.
    """
    pixel = 2 * VIEW_HALF_EXTENT / depth.shape[1]
    by_row, by_column = torch.gradient(depth[..., 0], dim=(1, 2), spacing=pixel)
    right, up = camera_to_world[:, None, None, :3, 0], camera_to_world[:, None, None, :3, 1]
    # Along a row to the right the surface moves by right + by_column along, so both tangents' cross product is this:
    return functional.normalize(-along + by_column[..., None] * right - by_row[..., None] * up, dim=-1)
