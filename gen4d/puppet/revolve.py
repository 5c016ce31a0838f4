"""An outline turned about its upright axis: what is round all about has one outline from all sides.

Fields are squared half-thicknesses as in `inflate.py`: positive inside, linear across the surface, negative outside.
Each is cut to the photo's outline, so that the subject looks from the photo's side as it did.
"""

import numpy as np

FOOT = 0.15  # of its height: what a plant stands on
COPIES = 3  # of the outline, evenly turned about the axis, that a plant's branches stand in


def best_axis(square: np.ndarray) -> float:
    """Column of the upright axis about which the largest solid of revolution fits into an outline.

    Args:
        square: (N, N) float, positive inside the outline.
    """
    inside = square > 0
    columns = np.flatnonzero(inside.any(0))
    found = (-1.0, float(columns.mean()))
    for column in range(columns[0], columns[-1] + 1):
        count = min(column - columns[0], columns[-1] - column) + 1
        left, right = inside[:, column - count + 1 : column + 1][:, ::-1], inside[:, column : column + count]
        both = np.logical_and.accumulate(left & right, 1)
        found = max(found, (float((both * (np.arange(count) + 0.5)).sum()), float(column)))
    return found[1]


def foot_axis(square: np.ndarray) -> float:
    """Column of the middle of what an outline (N, N) stands on."""
    inside = square > 0
    rows = np.flatnonzero(inside.any(1))
    lowest = rows[-1] - round(FOOT * (rows[-1] - rows[0]))
    return float(np.median(np.nonzero(inside[lowest:])[1]))


def revolved(square: np.ndarray, axis: float, z: np.ndarray) -> np.ndarray:
    """The largest solid of revolution about an axis that fits into an outline.

    It ends at an outline's first gap, on either side: the branches of a tree are no hoops.

    Args:
        square: (N, N) float, rows down; axis: column; z: (D,) depths in columns.

    Returns:
        field: (N, N, D) float32.
    """
    radii = np.arange(square.shape[1] + 1.0)
    reach = np.minimum(_at(square, axis + radii), _at(square, axis - radii))
    profile = np.minimum.accumulate(reach, 1).astype(np.float32)  # (N, radii)
    radius = np.hypot(np.arange(square.shape[1])[:, None] - axis, z).clip(max=len(radii) - 2)  # (N, D)
    lower = radius.astype(np.int64)
    share = (radius - lower).astype(np.float32)
    field = profile[:, lower] * (1 - share) + profile[:, lower + 1] * share
    return np.minimum(field, square[..., None], dtype=np.float32)


def crossed(square: np.ndarray, axis: float, z: np.ndarray, pixel: float) -> np.ndarray:
    """Copies of an inflated outline turned about an axis, as leaves and branches stand about a trunk.

    Args:
        square: (N, N) float, rows down; axis: column; z: (D,) depths in columns; pixel: length of a column.

    Returns:
        field: (N, N, D) float32, of the union of the copies but for the one as it is seen.
    """
    x = np.arange(square.shape[1])[:, None] - axis
    field = np.full((*square.shape, len(z)), -np.inf, np.float32)
    for copy in range(1, COPIES):
        cos, sin = np.cos(np.pi * copy / COPIES), np.sin(np.pi * copy / COPIES)
        depth = ((z * cos - x * sin) * pixel) ** 2
        field = np.maximum(field, _at(square, axis + x * cos + z * sin) - depth, dtype=np.float32)
    return np.minimum(field, square[..., None], dtype=np.float32)


def _at(square: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """Values of each row at columns (...), between two by the mean of both; (N, ...). The outline ends at the frame."""
    outer = -float(np.abs(square).max())
    padded = np.pad(square, ((0, 0), (1, 2)), constant_values=outer)
    place = (columns + 1).clip(0, square.shape[1] + 1)
    lower = place.astype(np.int64)
    share = place - lower
    return padded[:, lower] * (1 - share) + padded[:, lower + 1] * share
