"""Attributes at the pixels of a raster: interpolation and texture lookup with filtering, differentiable."""

from collections.abc import Sequence

import torch

from gen4d.render.rasterizer import Raster, project, weights_at
from gen4d.structures import Camera


def interpolate(raster: Raster, faces: torch.Tensor, attributes: torch.Tensor) -> torch.Tensor:
    """Interpolate vertex attributes over the visible faces.

    Args:
        faces: (F, 3) int64.
        attributes: (V, C) float.

    Returns:
        image: (N, H, W, C); 0 where no face is hit.
    """
    return interpolate_corners(raster, attributes, faces)


def interpolate_corners(raster: Raster, attributes: torch.Tensor, corners: torch.Tensor) -> torch.Tensor:
    """Like `interpolate`, with corner indices of their own, e.g. separate uv indices."""
    hit = (raster.face_index >= 0).nonzero(as_tuple=True)
    rows = corners[raster.face_index[hit]]  # (P, 3)
    values = mix(attributes[rows], raster.barycentric[hit])  # (P, C)
    image = values.new_zeros(*raster.face_index.shape, attributes.shape[1])
    return image.index_put(hit, values)


def mix(corners: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
    """Values (P, C) from those of three corners (P, 3, C) and their weights (P, 3).

    Three products are added: a sum over a dimension between others takes several times as long.
    """
    a, b, c = corners.unbind(1)
    return a * weights[:, :1] + b * weights[:, 1:2] + c * weights[:, 2:]


def sample_texture(image: torch.Tensor, uv: torch.Tensor) -> torch.Tensor:
    """Bilinear lookup with repeat wrapping.

    Args:
        image: (H, W, C) float; row 0 is v = 0 (the top).
        uv: (..., 2) float.

    Returns:
        values: (..., C).
    """
    height, width = image.shape[:2]
    x = uv[..., 0] * width - 0.5
    y = uv[..., 1] * height - 0.5
    x0, y0 = x.floor(), y.floor()
    fx, fy = (x - x0)[..., None], (y - y0)[..., None]
    xi, yi = x0.long(), y0.long()
    left, right = xi % width, (xi + 1) % width
    top, bottom = yi % height, (yi + 1) % height
    upper = image[top, left] * (1 - fx) + image[top, right] * fx
    lower = image[bottom, left] * (1 - fx) + image[bottom, right] * fx
    return upper * (1 - fy) + lower * fy


def mipmaps(image: torch.Tensor) -> list[torch.Tensor]:
    """An image (H, W, C) and its halves, averaged 2 x 2, down to an odd or single side."""
    levels = [image]
    while all(side % 2 == 0 for side in levels[-1].shape[:2]):
        small = torch.nn.functional.avg_pool2d(levels[-1].movedim(-1, 0)[None], 2)[0]
        levels.append(small.movedim(0, -1))
    return levels


def sample_mipmaps(levels: Sequence[torch.Tensor], uv: torch.Tensor, footprint: torch.Tensor) -> torch.Tensor:
    """Trilinear lookup: bilinear in the two levels whose texels are nearest to a pixel's size, and linear between them.

    Args:
        levels: of `mipmaps`.
        uv: (P, 2).
        footprint: (P,) texels of the full image that a pixel spans; at most 1 takes the full image alone.

    Returns:
        values: (P, C).
    """
    level = footprint.clamp(min=1).log2().clamp(max=len(levels) - 1)
    result = levels[0].new_zeros(len(uv), levels[0].shape[-1])
    for index, image in enumerate(levels):
        share = 1 - (level - index).abs()
        rows = (share > 0).nonzero()[:, 0]
        if len(rows):
            result = result.index_add(0, rows, share[rows, None] * sample_texture(image, uv[rows]))
    return result


def uv_footprint(
    raster: Raster, vertices: torch.Tensor, faces: torch.Tensor, camera: Camera, uv: torch.Tensor
) -> torch.Tensor:
    """How far texture coordinates move from one pixel to the next, the longer of the two ways; 0 where no face is hit.

    Times the texture's side it is the footprint (N, H, W) of `sample_mipmaps`.
    """
    view, row, column = (raster.face_index >= 0).nonzero(as_tuple=True)
    corners = faces[raster.face_index[view, row, column]]
    image = project(vertices, camera).image[view[:, None], corners]  # (P, 3, 3)
    centre = torch.stack([column, row], -1).to(image.dtype) + 0.5

    def uv_at(dx: float, dy: float) -> torch.Tensor:
        return (weights_at(image, centre + centre.new_tensor([dx, dy]))[..., None] * uv[corners]).sum(1)

    # Half a pixel to each side: a whole one may pass the horizon of a face seen edge-on.
    steps = torch.stack([uv_at(0.5, 0) - uv_at(-0.5, 0), uv_at(0, 0.5) - uv_at(0, -0.5)])
    longest = steps.norm(dim=-1).amax(0)
    return longest.new_zeros(raster.face_index.shape).index_put((view, row, column), longest)
