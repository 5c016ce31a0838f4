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
from scipy.special import ndtri

PRESSURE = 2.0  # right-hand side at which a limb's cross-section is a circle
EDGE = 0.5  # px from an outer pixel's centre to the outline, on the mean
BLUR = 0.6  # px; a limb one pixel wide survives it
PIXEL_SIGMA = 0.29  # px; standard deviation of a pixel's box, which the matte is blurred by already
MIN_DISTANCE = 0.05  # px; keeps what is inside inside
EDGE_ROUNDING = 0.5  # of the local half-width: about so far from the outline the face of a thing is flat
WIDTHS_TRIED = 14  # radii, geometrically spaced, at which local half-widths are told apart
WIDTH_SIGMA = 2.0  # px; softens the steps between parts of different widths


def inflate(alpha: np.ndarray, pixel: float) -> np.ndarray:
    """Squared half-thickness over a matte.

    Args:
        alpha: (H, W) float in [0, 1].
        pixel: length of a pixel.

    Returns:
        u: (H, W) float64, length squared; positive inside the outline alpha = 0.5, negative and linear outside. All
            negative for an empty matte.
    """
    distance = signed_distance(alpha)  # px
    inside = distance > 0
    if not inside.any():
        return np.minimum(distance, -1.0) * pixel**2
    u = _membrane(np.pad(inside, 1))[1:-1, 1:-1]  # px^2; 0 at the centres of the outer neighbours, half a pixel too far
    slope = np.where(inside, u / (distance.clip(min=0) + EDGE), 0.0)
    nearest = ndimage.distance_transform_edt(~inside, return_distances=False, return_indices=True)
    return slope[tuple(nearest)] * distance * pixel**2


def limited(u: np.ndarray, half_depth: float) -> np.ndarray:
    """Bend a squared half-thickness so that it stays below half_depth^2; unchanged in value and slope at 0."""
    square = half_depth**2
    return np.where(u > 0, square * -np.expm1(-u / square), u)


def flattened(u: np.ndarray, half_width: np.ndarray, half_depth: float) -> np.ndarray:
    """Turn a membrane's squared half-thickness into that of a thing with flat faces and rounded edges.

    A part is as deep as it is wide: a rod gets a square section, and a table's top is deeper than its legs.

    Args:
        u: (H, W) from `inflate`; half_width: (H, W), from `local_half_width`, of the same unit.
        half_depth: that no part exceeds.

    Returns:
        square: (H, W), zero where u is zero and of its sign, since the outline must stay.
    """
    deep = np.minimum(half_width, half_depth)
    rounding = EDGE_ROUNDING * deep
    scaled = u / rounding**2
    return deep**2 * np.where(u > 0, -np.expm1(-scaled.clip(min=0)), scaled)


def local_half_width(alpha: np.ndarray, pixel: float) -> np.ndarray:
    """Radius of the largest disk inside the outline that covers a place; beside the outline that of the nearest place.

    Args:
        alpha: (H, W) float in [0, 1]; pixel: length of a pixel.

    Returns:
        half_width: (H, W) float64, a length, positive; a pixel everywhere for an empty matte.
    """
    inside = alpha > 0.5
    if not inside.any():
        return np.full(alpha.shape, pixel)
    depth = ndimage.distance_transform_edt(np.pad(inside, 1))[1:-1, 1:-1]
    widest = np.where(inside, depth.clip(max=1.0), 0.0)
    for radius in np.geomspace(1.0, depth.max(), WIDTHS_TRIED):
        core = depth >= radius * (1 - 1e-9)
        widest = np.where(inside & (ndimage.distance_transform_edt(~core) < radius), radius, widest)
    share = ndimage.gaussian_filter(inside.astype(np.float64), WIDTH_SIGMA)
    smooth = ndimage.gaussian_filter(widest, WIDTH_SIGMA) / np.maximum(share, 1e-6)
    nearest = ndimage.distance_transform_edt(~inside, return_distances=False, return_indices=True)
    return smooth[tuple(nearest)] * pixel


def signed_distance(alpha: np.ndarray) -> np.ndarray:
    """Distance in pixels to the outline, positive inside; a fraction of a pixel precise beside it.

    There the slightly blurred matte is read as that of a straight edge, so that the outline has no stairs.
    """
    blurred = ndimage.gaussian_filter(alpha.astype(np.float64), BLUR)
    inside = blurred > 0.5
    if inside.all() or not inside.any():
        return np.full(alpha.shape, float(max(alpha.shape)) * (1 if inside.all() else -1))
    whole = ndimage.distance_transform_edt(inside) - ndimage.distance_transform_edt(~inside)
    whole -= np.sign(whole) * EDGE
    spread = np.hypot(BLUR, PIXEL_SIGMA)
    fine = spread * ndtri(blurred.clip(1e-6, 1 - 1e-6))
    near = np.clip(2 - np.abs(whole), 0, 1)  # 1 up to a pixel from the outline, 0 from two on
    distance = near * fine + (1 - near) * whole
    return np.where(inside, np.maximum(distance, MIN_DISTANCE), np.minimum(distance, -MIN_DISTANCE))


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
