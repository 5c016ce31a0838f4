"""Which triangles of a texture layout lie over one another, and which to take away so that none do."""

import numba
import numpy as np

CELL = 4.0  # texels a side of the squares into which triangles are sorted; about the size of one
TOUCH = 1e-3  # texels by which triangles may run into one another; those with a common edge do by rounding
SLIVER = 1e-3  # texels^2; smaller triangles cover no texel, and xatlas leaves them out of every chart


def overlapping_faces(corners: np.ndarray) -> np.ndarray:
    """Indices (K,) int64, rising, of triangles without which no two of the rest overlap.

    Each time the triangle that lies over most others goes; so of a fold only the part folded over is named.

    Args:
        corners: (F, 3, 2) float64 texels, not negative.
    """
    sides = corners[:, 1:] - corners[:, :1]
    area = np.abs(sides[:, 0, 0] * sides[:, 1, 1] - sides[:, 0, 1] * sides[:, 1, 0]) / 2
    real = np.flatnonzero(area > SLIVER)
    pairs = real[_overlapping_pairs(corners[real])]
    taken = []
    while len(pairs):
        worst = int(np.bincount(pairs.ravel()).argmax())
        taken.append(worst)
        pairs = pairs[(pairs != worst).all(1)]
    return np.sort(np.array(taken, np.int64))


@numba.njit(cache=True)
def _overlapping_pairs(corners):
    """Pairs (P, 2) int64 of triangles (F, 3, 2) that share more than a touch."""
    box, across, start, members = _sorted_into_squares(corners)
    found = []
    for square in range(len(start) - 1):
        for i in range(start[square], start[square + 1]):
            for j in range(i + 1, start[square + 1]):
                a, b = members[i], members[j]
                # Two triangles meet in several squares; the first that both reach speaks for all.
                first = max(box[a, 2], box[b, 2]) * across + max(box[a, 0], box[b, 0])
                if first == square and not _apart(corners[a], corners[b]) and not _apart(corners[b], corners[a]):
                    found.append((a, b))
    pairs = np.empty((len(found), 2), np.int64)
    for k in range(len(found)):
        pairs[k] = found[k]
    return pairs


@numba.njit(cache=True)
def _sorted_into_squares(corners):
    """Squares that every triangle's box reaches: first and last across and down (F, 4), number of squares across, and
    the triangles of square q: members[start[q] : start[q + 1]]."""
    count = len(corners)
    box = np.empty((count, 4), np.int64)
    for f in range(count):
        for k in range(2):
            box[f, 2 * k] = int(corners[f, :, k].min() / CELL)
            box[f, 2 * k + 1] = int(corners[f, :, k].max() / CELL)
    across, down = (box[:, 1].max() + 1, box[:, 3].max() + 1) if count else (0, 0)
    size = np.zeros(across * down + 1, np.int64)
    for f in range(count):
        for y in range(box[f, 2], box[f, 3] + 1):
            size[y * across + box[f, 0] + 1 : y * across + box[f, 1] + 2] += 1
    start = np.cumsum(size)
    end, members = start.copy(), np.empty(start[-1], np.int64)
    for f in range(count):
        for y in range(box[f, 2], box[f, 3] + 1):
            for x in range(box[f, 0], box[f, 1] + 1):
                members[end[y * across + x]] = f
                end[y * across + x] += 1
    return box, across, start, members


@numba.njit(cache=True)
def _apart(one, other):
    """Whether a side of one triangle has the whole other triangle on its outer side, but for a touch."""
    for k in range(3):
        x, y = one[k]
        along_x, along_y = one[(k + 1) % 3, 0] - x, one[(k + 1) % 3, 1] - y
        length = np.sqrt(along_x**2 + along_y**2)
        inner = along_x * (one[(k + 2) % 3, 1] - y) - along_y * (one[(k + 2) % 3, 0] - x)
        deepest = -np.inf
        for corner in range(3):
            side = along_x * (other[corner, 1] - y) - along_y * (other[corner, 0] - x)
            deepest = max(deepest, side if inner > 0 else -side)
        if deepest <= TOUCH * length:
            return True
    return False
