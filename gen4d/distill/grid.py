"""A grid of matter and colour as something to optimise from nothing: its six views are sums along its axes.

The canonical views look along the axes of the cube, so volume rendering needs no rays: what a pixel sees is a
cumulative product along one axis of the grid. Every cell gets an exact gradient.
Notation: a_i the opacity of cell i from the camera on, T_i = prod_{j<i} (1 - a_j), w_i = a_i T_i (Max 1995).
"""

import torch
from torch.nn import functional

from gen4d.conventions import CUBE_HALF_EXTENT, VIEW_AXES, VIEW_HALF_EXTENT
from gen4d.structures import MultiView, canonical_cameras

FOG_RADIUS, FOG_SHARPNESS = 0.44, 55.0  # m, logits a metre, of the fog a grid starts as
FOG, EMPTY = -3.5, -8.0  # logits of a cell inside it and outside
MIN_ALPHA = 0.05  # below it a pixel's colour and normal are nothing's
DEPTH_AXIS = 1


class GridSubject:
    """Opacity and colour on N x N x N cells that fill the views; see `Subject`.

    It starts as a ball of thin fog. A hard ball is carved from its surface inwards only: behind something opaque no
    cell feels that a view wants nothing there, and painting the ball costs less than removing it.

    Args:
        resolution: pixels a side of a view, a multiple of the cells.
        smoothness: weight of squared steps between neighbouring cells.
        crispness: weight of opacities that are neither 0 nor 1.
        mass: weight of all opacity, so that what no view asks for goes (Jain et al. 2022, arXiv:2112.01455).
        color_smoothness: as `smoothness`, of the colours.
    """

    frames = 1

    def __init__(
        self,
        cells: int,
        *,
        resolution: int,
        smoothness: float,
        crispness: float,
        mass: float = 0.0,
        color_smoothness: float = 0.0,
    ) -> None:
        self.resolution, self.smoothness, self.crispness = resolution, smoothness, crispness
        self.mass, self.color_smoothness = mass, color_smoothness
        axis = (torch.arange(cells) + 0.5) / cells * 2 * VIEW_HALF_EXTENT - VIEW_HALF_EXTENT
        z, y, x = torch.meshgrid(axis, axis, axis, indexing="ij")
        radius = (x**2 + y**2 + z**2).sqrt()
        fog = ((FOG_RADIUS - radius) * FOG_SHARPNESS + FOG).clamp(EMPTY, FOG)
        self.opacity = fog[None].requires_grad_()  # (1, N, N, N) logits, z y x
        self.color = torch.zeros(3, cells, cells, cells, requires_grad=True)  # logits of sRGB

    def parameters(self) -> dict[str, torch.Tensor]:
        """Logits of opacity and of colour."""
        return {"opacity": self.opacity, "color": self.color}

    def views(self, frame: int) -> MultiView:
        """See `Subject`; there is one frame."""
        opacity = self.opacity.sigmoid()
        # Directions are held: in fog they hang on tiny differences, and their gradients would drown all others.
        content = torch.cat([opacity, self.color.sigmoid(), _normals(opacity.detach())])  # (7, z, y, x)
        seen = torch.stack([_look(content, *axes) for axes in VIEW_AXES])  # (6, N, N, 8)
        size = (self.resolution, self.resolution)
        seen = functional.interpolate(seen.permute(0, 3, 1, 2), size=size, mode="bilinear").permute(0, 2, 3, 1)
        alpha = seen[..., :1].clamp(0, 1)
        there = alpha > MIN_ALPHA
        mean = seen[..., 1:] / alpha.clamp(min=MIN_ALPHA)
        return MultiView(
            albedo=torch.where(there, mean[..., :3].clamp(0, 1), 1.0),
            alpha=alpha,
            depth=(seen[..., 7:] + 1 - alpha).clamp(0, 1),
            normal=torch.where(there, functional.normalize(mean[..., 3:6], dim=-1), 0.0),
            camera=canonical_cameras(self.resolution),
        )

    def penalty(self) -> torch.Tensor:
        """Rough matter and colour, matter that is half there, and matter at all."""
        opacity = self.opacity.sigmoid()
        rough = self.smoothness * _steps(opacity) + self.color_smoothness * _steps(self.color.sigmoid())
        return rough + self.crispness * (opacity * (1 - opacity)).sum() + self.mass * opacity.sum()


def _steps(cells: torch.Tensor) -> torch.Tensor:
    """Sum of the squared steps between neighbouring cells (C, z, y, x), ()."""
    return torch.stack([cells.diff(dim=axis).square().sum() for axis in (1, 2, 3)]).sum()


def _look(content: torch.Tensor, right: tuple, up: tuple, toward: tuple) -> torch.Tensor:
    """What an orthographic camera sees of (opacity, colour 3, normal 3) cells (7, z, y, x).

    Returns:
        seen: (N, N, 8): alpha, and colour, normal and depth times alpha.
    """
    axes, flips = [], []
    # Of the image: from near to far, from top to bottom, from left to right.
    for place, (direction, falls) in enumerate(((toward, True), (up, True), (right, False)), 1):
        world = next(axis for axis in range(3) if direction[axis])
        axes.append(3 - world)
        if (direction[world] > 0) == falls:
            flips.append(place)
    turned = content.permute(0, *axes).flip(flips)  # (7, depth, row, column)
    opacity, cells = turned[:1], turned.shape[DEPTH_AXIS]
    clear = (1 - opacity).cumprod(DEPTH_AXIS)
    before = torch.cat([torch.ones_like(clear[:, :1]), clear[:, :-1]], DEPTH_AXIS)
    weight = opacity * before
    metres = (torch.arange(cells, device=content.device) + 0.5) / cells * 2 * VIEW_HALF_EXTENT
    depth = (metres - (VIEW_HALF_EXTENT - CUBE_HALF_EXTENT)) / (2 * CUBE_HALF_EXTENT)
    parts = [weight, weight * turned[1:], weight * depth.view(1, -1, 1, 1)]
    return torch.cat([part.sum(DEPTH_AXIS) for part in parts]).permute(1, 2, 0)


def _normals(opacity: torch.Tensor) -> torch.Tensor:
    """Unit directions (3, z, y, x) in which matter (1, z, y, x) thins out, as world x, y, z."""
    soft = functional.avg_pool3d(opacity[None], 3, 1, 1)[0, 0]
    by_z, by_y, by_x = torch.gradient(soft)
    return -functional.normalize(torch.stack([by_x, by_y, by_z]), dim=0)
