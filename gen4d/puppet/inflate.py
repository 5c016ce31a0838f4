"""Matte -> squared half-thickness: a membrane under pressure, which is round over limbs and full over bodies.

Inside the outline the field solves -Laplace(u) = 2 with u = 0 on the outline. For a limb of half-width R that is
u = R^2 - x^2, so the half-thickness sqrt(u) makes it round; a disk becomes an ellipsoid 0.71 R deep. The squared
thickness is linear across the outline, so a level set taken from it lies on the outline to a fraction of a pixel.

Source: the Poisson inflation of sketched shapes is that of Sykora et al., Ink-and-Ray, ACM Transactions on Graphics
33(2), 2014, section 4.2 (notation: u is their squared height).
"""

import numpy as np
from scipy import ndimage, sparse
from scipy.sparse import linalg

PRESSURE = 2.0  # right-hand side at which a limb's cross-section is a circle
EDGE = 0.5  # px: a pixel that is half covered lies on the outline
MIN_DISTANCE = 0.05  # px; keeps what is inside inside


def inflate(alpha: np.ndarray, pixel: float) -> np.ndarray:
    """Squared half-thickness over a matte.

    Args:
        alpha: (H, W) float in [0, 1].
        pixel: length of a pixel.

    Returns:
        u: (H, W) float64, length squared; positive where alpha > 0.5, zero on that outline, negative and linear
            outside. All negative for an empty matte.
    """
    inside = alpha > EDGE
    distance = signed_distance(alpha)  # px
    if not inside.any():
        return np.minimum(distance, -1.0) * pixel**2
    padded = np.pad(inside, 1)
    u = _membrane(padded)[1:-1, 1:-1]  # px^2; zero at the centres of the outer neighbours, half a pixel too far out
    slope = np.where(inside, u / (distance + EDGE), 0.0)
    nearest = ndimage.distance_transform_edt(~inside, return_distances=False, return_indices=True)
    return slope[tuple(nearest)] * distance * pixel**2


def limited(u: np.ndarray, half_depth: float) -> np.ndarray:
    """Bend a squared half-thickness so that it stays below half_depth^2; unchanged in value and slope at 0."""
    square = half_depth**2
    return np.where(u > 0, square * -np.expm1(-u / square), u)


def signed_distance(alpha: np.ndarray) -> np.ndarray:
    """Distance in pixels to the outline alpha = 0.5, positive inside; of subpixel precision beside the outline."""
    inside = alpha > EDGE
    if inside.all():
        return np.full(alpha.shape, float(max(alpha.shape)))
    if not inside.any():
        return np.full(alpha.shape, -float(max(alpha.shape)))
    outer = ndimage.distance_transform_edt(~inside)
    inner = ndimage.distance_transform_edt(inside)
    whole = np.where(inside, inner - EDGE, EDGE - outer)
    rim = (inner == 1) | (outer == 1)
    fine = np.where(rim & (alpha > 0) & (alpha < 1), alpha - EDGE, whole)
    return np.where(inside, np.maximum(fine, MIN_DISTANCE), np.minimum(fine, -MIN_DISTANCE))


def _membrane(inside: np.ndarray) -> np.ndarray:
    """Solve the five-point Poisson equation on the inside pixels, zero on all others; (H, W) in squared pixels."""
    index = np.full(inside.shape, -1)
    count = int(inside.sum())
    index[inside] = np.arange(count)
    rows, columns = [], []
    for first, second in ((index[:, :-1], index[:, 1:]), (index[:-1], index[1:])):
        both = (first >= 0) & (second >= 0)
        rows += [first[both], second[both]]
        columns += [second[both], first[both]]
    entries = np.concatenate(rows), np.concatenate(columns)
    neighbours = sparse.csr_matrix((np.ones(len(entries[0])), entries), (count, count))
    matrix = (4.0 * sparse.eye(count) - neighbours).tocsc()
    u = np.zeros(inside.shape)
    u[inside] = linalg.spsolve(matrix, np.full(count, PRESSURE))
    return u
