"""Which triangle covers each pixel of a plane: of the texture for baking, of a view for visibility."""

import numba
import numpy as np

DEGENERATE_AREA = 1e-12  # px^2; such a triangle covers no pixel


@numba.njit(cache=True)
def cover(points, height, faces, rows, columns):
    """Rasterise triangles; where several cover a pixel centre the highest wins.

    Args:
        points: (V, 2) float64, x to the right and y down, in pixels.
        height: (V,) float64, larger is nearer.
        faces: (F, 3) int64.

    Returns:
        face_index: (rows, columns) int64, -1 where no triangle covers the pixel.
        top: (rows, columns) float64, height of the winner, -inf where there is none.
    """
    face_index = np.full((rows, columns), -1, np.int64)
    top = np.full((rows, columns), -np.inf, np.float64)
    for f in range(faces.shape[0]):
        i, j, k = faces[f, 0], faces[f, 1], faces[f, 2]
        ax, ay, bx, by, cx, cy = points[i, 0], points[i, 1], points[j, 0], points[j, 1], points[k, 0], points[k, 1]
        area = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)
        if abs(area) < DEGENERATE_AREA:
            continue
        x0, x1 = max(0, int(np.ceil(min(ax, bx, cx) - 0.5))), min(columns - 1, int(np.floor(max(ax, bx, cx) - 0.5)))
        y0, y1 = max(0, int(np.ceil(min(ay, by, cy) - 0.5))), min(rows - 1, int(np.floor(max(ay, by, cy) - 0.5)))
        for row in range(y0, y1 + 1):
            for column in range(x0, x1 + 1):
                x, y = column + 0.5, row + 0.5
                u = ((bx - x) * (cy - y) - (by - y) * (cx - x)) / area
                v = ((cx - x) * (ay - y) - (cy - y) * (ax - x)) / area
                w = 1.0 - u - v
                if u >= 0 and v >= 0 and w >= 0:
                    h = u * height[i] + v * height[j] + w * height[k]
                    if h > top[row, column]:
                        top[row, column] = h
                        face_index[row, column] = f
    return face_index, top


def barycentric(points: np.ndarray, corners: np.ndarray) -> np.ndarray:
    """Barycentric coordinates (P, 3) of points (P, 2) in triangles (P, 3, 2); beyond [0, 1] for points outside."""
    a, b, c = corners[:, 0] - points, corners[:, 1] - points, corners[:, 2] - points
    parts = np.stack([_cross(b, c), _cross(c, a), _cross(a, b)], 1)
    total = parts.sum(1, keepdims=True)
    # A sliver thinner than a texel's thousandth has no inside; its middle stands for all of it.
    return np.where(np.abs(total) < DEGENERATE_AREA, 1 / 3, parts / np.where(total == 0, 1, total))


def _cross(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]
