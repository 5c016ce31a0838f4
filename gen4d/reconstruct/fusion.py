"""Height views -> a signed distance grid: everything that no view sees through, or in front of, is solid."""

from dataclasses import dataclass

import cv2
import numpy as np

from gen4d.conventions import VIEW_HALF_EXTENT
from gen4d.reconstruct.heights import HeightView

TRUNCATION = 3.0  # cells; marching cubes needs the values next to the surface only
MIN_FACING = 0.25  # distances across a surface seen at a grazing angle would shrink to nothing


@dataclass(frozen=True)
class DistanceGrid:
    """Signed distances at the nodes of a cubic grid centred at the origin.

    Fields:
        values: (R, R, R) float32, metres, indexed x, y, z; positive outside, truncated.
        spacing: metres between nodes; node i lies at (i + 0.5) * spacing - half_extent.
        half_extent: metres.
    """

    values: np.ndarray
    spacing: float
    half_extent: float = VIEW_HALF_EXTENT


def fuse(outside: list[np.ndarray], views: list[HeightView], resolution: int) -> DistanceGrid:
    """Intersect what the three silhouettes and the six height maps leave solid.

    The distance to an intersection is the maximum of the distances, exact near faces and a bound near creases.

    Args:
        outside: for the axes x, y, z one (H, W) float32 signed distance to the silhouette, indexed by the two other axes.
    """
    spacing = 2 * VIEW_HALF_EXTENT / resolution
    limit = TRUNCATION * spacing
    coordinate = (np.arange(resolution, dtype=np.float32) + 0.5) * spacing - VIEW_HALF_EXTENT
    values = np.full((resolution,) * 3, -limit, np.float32)
    for axis, distance in enumerate(outside):
        np.maximum(values, np.expand_dims(_resized(distance, resolution), axis), out=values)
    for view in views:
        height, facing = _resized(view.height, resolution), _resized(view.facing, resolution)
        along = np.expand_dims(view.sign * coordinate, [a for a in range(3) if a != view.axis])
        scale = np.expand_dims(np.maximum(facing, MIN_FACING), view.axis)
        np.maximum(values, (along - np.expand_dims(height, view.axis)) * scale, out=values)
    return DistanceGrid(np.clip(values, -limit, limit), spacing)


def _resized(image: np.ndarray, resolution: int) -> np.ndarray:
    """Resample a map whose pixel centres lie at +0.5."""
    if image.shape[0] == resolution:
        return image
    shrinks = resolution < image.shape[0]
    return cv2.resize(image, (resolution, resolution), interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR)
