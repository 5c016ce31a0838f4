"""Attributes at the pixels of a raster: interpolation and texture lookup, differentiable."""

import torch

from gen4d.render.rasterizer import Raster


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
    values = (attributes[rows] * raster.barycentric[hit][..., None]).sum(1)  # (P, C)
    image = values.new_zeros(*raster.face_index.shape, attributes.shape[1])
    return image.index_put(hit, values)


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
