"""The generalised winding number: how often a triangle soup winds around a point; 0 outside, 1 inside.

Source: Jacobson, Kavan and Sorkine-Hornung, Robust Inside-Outside Segmentation using Generalized Winding Numbers, 2013.
"""

import math

import numba
import numpy as np


def winding_numbers(points: np.ndarray, vertices: np.ndarray, faces: np.ndarray) -> np.ndarray:
    """Winding number of a mesh about each point.

    Args:
        points: (P, 3) metres.
        vertices: (V, 3) metres.
        faces: (F, 3) integers, counter-clockwise from outside.

    Returns:
        winding: (P,) float64; holes make it fractional, overlapping bodies add up.
    """
    corners = np.ascontiguousarray(vertices[faces], dtype=np.float32)  # (F, 3, 3)
    return _solid_angles(np.ascontiguousarray(points, dtype=np.float32), corners) / (4 * math.pi)


@numba.njit(cache=True, fastmath=True)
def _solid_angles(points, corners):  # pragma: no cover - compiled
    """Sum over the triangles of the signed solid angle (van Oosterom and Strackee, 1983)."""
    result = np.zeros(len(points))
    for p in range(len(points)):
        x, y, z = points[p, 0], points[p, 1], points[p, 2]
        total = 0.0
        for f in range(len(corners)):
            ax, ay, az = corners[f, 0, 0] - x, corners[f, 0, 1] - y, corners[f, 0, 2] - z
            bx, by, bz = corners[f, 1, 0] - x, corners[f, 1, 1] - y, corners[f, 1, 2] - z
            cx, cy, cz = corners[f, 2, 0] - x, corners[f, 2, 1] - y, corners[f, 2, 2] - z
            a = math.sqrt(ax * ax + ay * ay + az * az)
            b = math.sqrt(bx * bx + by * by + bz * bz)
            c = math.sqrt(cx * cx + cy * cy + cz * cz)
            volume = ax * (by * cz - bz * cy) - ay * (bx * cz - bz * cx) + az * (bx * cy - by * cx)
            ab, bc, ca = ax * bx + ay * by + az * bz, bx * cx + by * cy + bz * cz, cx * ax + cy * ay + cz * az
            total += 2 * math.atan2(volume, a * b * c + ab * c + bc * a + ca * b)
        result[p] = total
    return result
