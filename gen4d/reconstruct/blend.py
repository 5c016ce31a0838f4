"""Views that disagree -> the one surface that is nearest to all of them.

Carving follows the deepest of the views that see a surface, so where six imagined views miss one another by a pixel or
two it leaves steps, slits and crusts. Here every pixel is a surface point with a normal instead, and the solid is the
function that falls from 1/2 outside to -1/2 inside along all those normals at once: a screened Poisson equation, whose
solution runs through the middle of points that disagree. Where no view sees a surface, the carved solid tells.

All lengths are in cells of the grid, all places in units of its nodes.

Source: Kazhdan and Hoppe, Screened Poisson Surface Reconstruction, TOG 2013, equations 2 to 4, on a regular grid.
"""

from dataclasses import dataclass

import numpy as np
from scipy import ndimage, sparse
from scipy.sparse import linalg

from gen4d.conventions import VIEW_HALF_EXTENT
from gen4d.reconstruct.heights import HeightView

FULL_ALPHA = 0.9  # below it a pixel's normal may be mixed with the background
MIN_FACING = 0.2  # cosine; a pixel of a surface seen more edge-on stands for too long a strip of it
TRUST_POWER = 2  # of the cosine, in the weight of what a view says against what the others say
STEP = 1.5  # cells, standard deviation over which the function falls from outside to inside
RIVALS = 3.0  # cells, standard deviation within which points with like normals are taken for one surface
LEAST_SHARE = 0.05  # of full trust; keeps a lone badly seen point from standing for a whole surface
SCREEN = 0.1  # weight of passing through the points, beside falling along their normals
SEEN = 0.35  # trust from which on a surface needs no help from the carved solid
HELP, HELP_EVERYWHERE = 0.3, 0.1  # weight of the carved solid where nothing is seen, and where all is
CARVED_STEP = 2.0  # cells over which the carved solid's distances go from outside to inside
BAND = 5  # cells around the carved surface, beyond which its inside and outside are taken for granted
TOLERANCE, MAX_ITERATIONS = 1e-3, 100  # of the conjugate gradients; they need about 30
ROOT_TWO_PI = float(np.sqrt(2 * np.pi))


@dataclass(frozen=True)
class OrientedPoints:
    """P surface points of all views.

    Fields:
        places: (P, 3) float32 nodes.
        normals: (P, 3) float32 unit vectors, outwards.
        areas: (P,) float32 square cells of surface that a point's pixel shows.
        trust: (P,) float32 in (0, 1], how well its view sees it.
    """

    places: np.ndarray
    normals: np.ndarray
    areas: np.ndarray
    trust: np.ndarray


def blend(views: list[HeightView], carved: np.ndarray, spacing: float) -> np.ndarray:
    """Signed distances to the surface in the middle of what the views show.

    Args:
        carved: (R, R, R) float32, metres, signed distances to the solid that carving leaves, indexed x, y, z.
        spacing: metres between nodes.

    Returns:
        values: (R, R, R) float32, metres, valid within two cells of the surface; `carved` where no view shows a point.
    """
    points = oriented_points(views, spacing)
    if not len(points.places):
        return carved
    box = _box(carved)
    inner = OrientedPoints(points.places - [s.start for s in box], points.normals, points.areas, points.trust)
    values = carved.copy()
    values[box] = _blended(inner, carved[box] / spacing) * spacing
    return values


def oriented_points(views: list[HeightView], spacing: float) -> OrientedPoints:
    """What the clearly seen pixels of all views show."""
    places, normals, areas, trust = [], [], [], []
    for view in views:
        facing = view.normal[..., view.axis] * view.sign
        clear = (view.alpha >= FULL_ALPHA) & (facing > MIN_FACING)
        pixels = np.argwhere(clear)
        place = np.empty((len(pixels), 3), np.float32)
        place[:, view.plane] = (pixels + 0.5) * view.pixel
        place[:, view.axis] = view.sign * view.height[clear] + VIEW_HALF_EXTENT
        places.append(place / spacing - 0.5)
        normals.append(view.normal[clear])
        areas.append((view.pixel / spacing) ** 2 / facing[clear])
        trust.append(facing[clear] ** TRUST_POWER)
    return OrientedPoints(*(np.concatenate(parts).astype(np.float32) for parts in (places, normals, areas, trust)))


def _blended(points: OrientedPoints, carved: np.ndarray) -> np.ndarray:
    """Distances in cells, for points and a solid in the same box of nodes."""
    corners, shares = _corners(points.places, carved.shape)
    seen, rivals = _rivals(points, corners, shares, carved.shape)
    areas = points.areas * points.trust / np.maximum(rivals, LEAST_SHARE)  # rivals for one surface add up to it once
    fall = [_spread(corners, shares, areas * points.normals[:, c], STEP, carved.shape) for c in range(3)]
    solid = np.clip(carved / CARVED_STEP, -0.5, 0.5)
    near = ndimage.binary_dilation((np.abs(solid) < 0.5) | (seen > SEEN), iterations=BAND)
    function = solid.astype(np.float32)
    function[near] = _solved(fall, solid, near, HELP * np.clip(1 - seen / SEEN, 0, 1) + HELP_EVERYWHERE,
                             _rows(corners, shares, near), SCREEN * areas)  # fmt: skip
    return function * STEP * ROOT_TWO_PI  # the slope of the fall where it is steepest is 1 / (STEP sqrt(2 pi))


def _rivals(
    points: OrientedPoints, corners: np.ndarray, shares: np.ndarray, shape: tuple[int, ...]
) -> tuple[np.ndarray, np.ndarray]:
    """How much trust there is in a surface at every node, (X, Y, Z), and in that of every point, (P,).

    Points are told apart by the six directions they look in: the far side of a thin part is no rival of its near side.
    """
    seen, own, squares = np.zeros(shape, np.float32), np.zeros(len(points.areas)), np.zeros(len(points.areas))
    for axis in range(3):
        for sign in (1, -1):
            share = np.maximum(sign * points.normals[:, axis], 0) ** 2  # of a unit normal; the six add up to 1
            density = (
                _spread(corners, shares, points.areas * points.trust * share, RIVALS, shape) * ROOT_TWO_PI * RIVALS
            )
            own += share * (density.ravel()[corners] * shares).sum(1)
            squares += share**2
            seen += density
    return seen, own / squares


def _solved(
    fall: list[np.ndarray], solid: np.ndarray, near: np.ndarray, help_: np.ndarray, rows: sparse.csr_matrix,
    screen: np.ndarray,
) -> np.ndarray:  # fmt: skip
    """Minimise |grad u - fall|^2 + help (u - solid)^2 + screen u(points)^2 over the nodes near the surface, (N,)."""
    index = np.full(near.shape, -1, np.int32)
    count = int(near.sum())
    index[near] = np.arange(count)
    diagonal, right = help_[near].astype(np.float64), (help_ * solid)[near].astype(np.float64)
    pairs = []
    for axis in range(3):
        low, high = (
            tuple(s if a == axis else slice(None) for a in range(3)) for s in (slice(None, -1), slice(1, None))
        )
        rise = (fall[axis][low] + fall[axis][high]) / 2
        for here, there, change in ((low, high, -rise), (high, low, rise)):
            mine = index[here] >= 0
            own, other = index[here][mine], index[there][mine]
            inside = other >= 0
            diagonal += np.bincount(own, minlength=count)
            # Beyond the band the solid's own value stands, and the function falls to it as it may.
            known = np.where(inside, change[mine], solid[there][mine])
            right += np.bincount(own, known, count)
            pairs.append((own[inside], other[inside]))
    own, other = (np.concatenate(parts) for parts in zip(*pairs, strict=True))
    laplacian = sparse.csr_matrix((np.full(len(own), -1.0), (own, other)), (count, count))
    matrix = (laplacian + sparse.diags(diagonal) + rows.T @ sparse.diags(screen) @ rows).tocsr()
    jacobi = sparse.diags(1 / matrix.diagonal())
    function, _ = linalg.cg(matrix, right, solid[near], rtol=TOLERANCE, maxiter=MAX_ITERATIONS, M=jacobi)
    return function


def _corners(places: np.ndarray, shape: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    """The eight nodes around each point, (P, 8) flat indices, and its trilinear shares in them, (P, 8)."""
    base = np.floor(places).astype(np.int64).clip(0, np.array(shape) - 2)
    part = places - base
    steps = np.stack(np.meshgrid(*[[0, 1]] * 3, indexing="ij"), -1).reshape(8, 3)
    nodes = base[:, None] + steps  # (P, 8, 3)
    shares = np.where(steps == 1, part[:, None], 1 - part[:, None]).prod(-1)
    flat = (nodes[..., 0] * shape[1] + nodes[..., 1]) * shape[2] + nodes[..., 2]
    return flat, shares.astype(np.float32)


def _spread(
    corners: np.ndarray, shares: np.ndarray, values: np.ndarray, sigma: float, shape: tuple[int, ...]
) -> np.ndarray:
    """Points' values on the grid, each spread by a Gaussian whose sum is 1."""
    size = int(np.prod(shape))
    grid = np.bincount(corners.ravel(), (shares * values[:, None]).ravel(), size).astype(np.float32)
    return ndimage.gaussian_filter(grid.reshape(shape), sigma, truncate=3.0)


def _rows(corners: np.ndarray, shares: np.ndarray, near: np.ndarray) -> sparse.csr_matrix:
    """(P, N) matrix that reads the function at the points from the nodes near the surface."""
    index = np.cumsum(near.ravel()) - 1
    there = near.ravel()[corners]
    point = np.repeat(np.arange(len(corners)), 8).reshape(corners.shape)
    return sparse.csr_matrix(
        (shares[there].astype(np.float64), (point[there], index[corners[there]])), (len(corners), int(near.sum()))
    )


def _box(carved: np.ndarray) -> tuple[slice, ...]:
    """The part of the grid that holds the solid and the band around it."""
    solid = ndimage.find_objects((carved < 0).astype(np.int8))
    whole = solid[0] if solid else tuple(slice(0, n) for n in carved.shape)
    margin = BAND + round(CARVED_STEP) + 1
    return tuple(
        slice(max(0, s.start - margin), min(n, s.stop + margin)) for s, n in zip(whole, carved.shape, strict=True)
    )
