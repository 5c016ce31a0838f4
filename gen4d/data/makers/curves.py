"""Curves and outlines that solids are made from; angles are degrees as in a drawing."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.interpolate import CubicSpline

Array = NDArray[np.float64]
Points = ArrayLike | Sequence[ArrayLike]  # rows may be tuples or arrays, mixed


def arc(x: float, y: float, radius: float, start_deg: float, end_deg: float, count: int) -> Array:
    """Points (count, 2) on a circle; on a lathe profile -90 is the bottom, 0 the outside and 90 the top."""
    angle = np.radians(np.linspace(start_deg, end_deg, count))
    points = np.stack([x + radius * np.cos(angle), y + radius * np.sin(angle)], -1)
    return np.where(np.abs(points) < 1e-12, 0.0, points)


def half_circle(half_width: float, y: float) -> Array:
    """Points (9, 2) from right to left over the top: what closes an arch."""
    return arc(0.0, y, half_width, 0, 180, 9)


def smooth(points: Points, count: int) -> Array:
    """`count` points on a smooth curve through the given ones (N, D)."""
    knots = np.asarray(points, float)
    length = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(knots, axis=0), axis=1))])
    return np.asarray(CubicSpline(length, knots)(np.linspace(0.0, length[-1], count)))


def star_outline(points: int, outer: float, inner: float) -> Array:
    """A star (2 * points, 2), one tip up."""
    angle = np.pi / 2 + np.arange(2 * points) * np.pi / points
    radius = np.where(np.arange(2 * points) % 2 == 0, outer, inner)
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], -1)


def triangulate(outline: Array) -> NDArray[np.int64]:
    """Cut a simple polygon (N, 2) into N - 2 triangles by clipping ears."""
    x, y = outline.T
    area = float((x * np.roll(y, -1) - np.roll(x, -1) * y).sum())
    left = list(range(len(outline))) if area > 0 else list(range(len(outline)))[::-1]
    triangles = []
    while len(left) > 3:
        ear = next((i for i in range(len(left)) if _is_ear(outline, left, i)), 0)
        triangles.append([left[ear - 1], left[ear], left[(ear + 1) % len(left)]])
        del left[ear]
    triangles.append(left)
    found = np.array(triangles, np.int64)
    return found if area > 0 else found[:, ::-1]


def _is_ear(outline: Array, left: list[int], i: int) -> bool:
    """Whether the corner is convex and no other corner lies inside its triangle."""
    before, here, after = left[i - 1], left[i], left[(i + 1) % len(left)]
    a, b, c = outline[[before, here, after]]
    if _cross(b - a, c - b) <= 1e-14:
        return False
    others = outline[[k for k in left if k not in (before, here, after)]]
    inside = [_cross(q - p, others - p) >= -1e-14 for p, q in ((a, b), (b, c), (c, a))]
    return not bool(np.logical_and.reduce(inside).any())


def _cross(a: Array, b: Array) -> Array:
    return a[..., 0] * b[..., 1] - a[..., 1] * b[..., 0]
