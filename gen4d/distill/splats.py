"""Gaussians in space -> images, differentiable, in plain torch: for a few thousand of them and small pictures.

Orthographic cameras project a Gaussian exactly: its picture is a Gaussian whose covariance is the shadow of the one in
space. Splats are sorted by the depth of their centres and laid over each other from near to far. Pictures are made tile
by tile, and a tile looks only at splats that reach into it.

Notation: Sigma = R S S^T R^T in space, J the camera's two image axes in pixels, Sigma' = J Sigma J^T in the picture,
a_i = o_i exp(-d^T Sigma'^-1 d / 2) the coverage of splat i, T_i = prod_{j<i} (1 - a_j), w_i = a_i T_i.
Source: Zwicker et al. 2001, EWA splatting, section 4; Kerbl et al. 2023 (arXiv:2308.04079), equations 3 and 5.
"""

from dataclasses import dataclass
from typing import Protocol

import torch

from gen4d.errors import ShapeError
from gen4d.structures import Camera

BLUR = 0.3  # px^2 added to Sigma', so that no splat falls between pixels; what 3D Gaussian splatting takes
REACH = 4.0  # standard deviations, beyond which a splat's coverage (below 0.0004) counts as none
MAX_COVERAGE = 0.999  # of one splat, so that what is behind keeps a gradient
TILE = 8  # px a side


@dataclass(frozen=True)
class Splats:
    """N Gaussians with what each shows.

    Fields:
        means: (N, 3) metres.
        rotations: (N, 4) unit quaternions, xyzw.
        scales: (N, 3) metres, standard deviations along the turned axes.
        opacities: (N,) in [0, 1].
        features: (V, N, C), as each of V cameras sees them.
    """

    means: torch.Tensor
    rotations: torch.Tensor
    scales: torch.Tensor
    opacities: torch.Tensor
    features: torch.Tensor

    def __post_init__(self) -> None:
        count = len(self.means)
        shapes = [tuple(part.shape) for part in (self.means, self.rotations, self.scales, self.opacities)]
        if shapes != [(count, 3), (count, 4), (count, 3), (count,)] or self.features.shape[1:2] != (count,):
            raise ShapeError(
                f"Splats: got {shapes} and features {tuple(self.features.shape)}, expected (N, 3), (N, 4), (N, 3), "
                "(N,) and (V, N, C)."
            )


class Splatting(Protocol):
    """How splats become images."""

    def __call__(self, splats: Splats, camera: Camera) -> tuple[torch.Tensor, torch.Tensor]:
        """What V orthographic cameras see.

        Returns:
            seen: (V, H, W, C), features times coverage.
            alpha: (V, H, W, 1), coverage in [0, 1].

        Raises:
            ShapeError: perspective cameras, or another number of them than the features are for.
        """
        ...


def pixels_a_metre(splats: Splats, camera: Camera) -> float:
    """How large an orthographic camera shows a metre.

    Raises:
        ShapeError: see `Splatting`.
    """
    if camera.half_extent is None or len(camera) != len(splats.features):
        kind = "perspective" if camera.half_extent is None else "orthographic"
        raise ShapeError(
            f"Splatting: got {len(camera)} {kind} cameras for features of {len(splats.features)}, expected as many "
            "orthographic ones."
        )
    return camera.width / (2 * camera.half_extent)


def splat(splats: Splats, camera: Camera) -> tuple[torch.Tensor, torch.Tensor]:
    """See `Splatting`."""
    scale = pixels_a_metre(splats, camera)
    pose = camera.camera_to_world.to(splats.means)
    spread = axes_of(splats.rotations) * splats.scales[:, None]  # (N, 3, 3), R S
    seen = []
    for view, features in zip(pose, splats.features, strict=True):
        to_image = torch.stack([view[:3, 0], -view[:3, 1]]) * scale  # (2, 3), J: right, and down
        middle = splats.means.new_tensor([camera.width / 2, camera.height / 2])
        centres = (splats.means - view[:3, 3]) @ to_image.T + middle  # (N, 2) px
        shadow = to_image @ spread  # (N, 2, 3)
        covariance = shadow @ shadow.mT + BLUR * torch.eye(2).to(shadow)  # (N, 2, 2)
        order = ((splats.means - view[:3, 3]) @ -view[:3, 2]).detach().argsort(stable=True)
        flat = (centres[order], covariance[order], splats.opacities[order], features[order])
        seen.append(_composed(*flat, camera.width, camera.height))
    together = torch.stack(seen)  # (V, H, W, C + 1)
    return together[..., :-1], together[..., -1:]


def axes_of(rotations: torch.Tensor) -> torch.Tensor:
    """Rotation matrices (N, 3, 3) of unit quaternions (N, 4) xyzw; the columns are the turned axes."""
    x, y, z, w = rotations.unbind(-1)
    rows = [
        [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
        [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
        [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
    ]
    return torch.stack([torch.stack(row, -1) for row in rows], -2)


def _composed(
    centres: torch.Tensor,
    covariance: torch.Tensor,
    opacities: torch.Tensor,
    features: torch.Tensor,
    width: int,
    height: int,
) -> torch.Tensor:
    """Flat splats, near ones first, laid over each other: (H, W, C + 1), features and 1 times coverage."""
    (a, b), (_, c) = covariance.unbind(1)[0].unbind(1), covariance.unbind(1)[1].unbind(1)
    inverse = torch.stack([c, -b, a], 1) / (a * c - b * b)[:, None]  # (N, 3): xx, xy, yy
    reach = REACH * torch.stack([a, c], 1).detach().sqrt()
    low, high = centres.detach() - reach, centres.detach() + reach  # (N, 2)
    shown = torch.cat([features, torch.ones_like(features[:, :1])], 1)
    rows = []
    for top in range(0, height, TILE):
        bottom = min(top + TILE, height)
        in_rows = (low[:, 1] < bottom) & (high[:, 1] > top)
        tiles = []
        for left in range(0, width, TILE):
            right = min(left + TILE, width)
            near = (in_rows & (low[:, 0] < right) & (high[:, 0] > left)).nonzero()[:, 0]
            y, x = torch.meshgrid(
                torch.arange(top, bottom).to(centres) + 0.5, torch.arange(left, right).to(centres) + 0.5, indexing="ij"
            )
            weights = _weights(x.flatten(), y.flatten(), centres[near], inverse[near], opacities[near])
            tiles.append((weights.T @ shown[near]).view(bottom - top, right - left, -1))
        rows.append(torch.cat(tiles, 1))
    return torch.cat(rows)


def _weights(
    x: torch.Tensor, y: torch.Tensor, centres: torch.Tensor, inverse: torch.Tensor, opacities: torch.Tensor
) -> torch.Tensor:
    """Share (M, P) of each of M splats, near ones first, in what is seen at P places."""
    dx, dy = x - centres[:, :1], y - centres[:, 1:]  # (M, P)
    xx, xy, yy = inverse[:, :, None].unbind(1)
    coverage = opacities[:, None] * torch.exp(-(xx * dx * dx + yy * dy * dy) / 2 - xy * dx * dy)
    coverage = coverage.clamp(max=MAX_COVERAGE)
    clear = torch.log1p(-coverage)
    return coverage * torch.exp(clear.cumsum(0) - clear)
