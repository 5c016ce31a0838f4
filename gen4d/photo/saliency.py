"""Where the subject probably is, before any colour model: what the border neither resembles nor reaches.

Source: Zhang, Sclaroff, Lin, Shen, Price, Mech: Minimum Barrier Salient Object Detection at 80 FPS, ICCV 2015.
"""

import numba
import numpy as np

from gen4d.photo.background import border_ring
from gen4d.photo.components import CENTRE, Place, centre_prior

PASSES = 4  # raster scans; the paper uses 3, a fourth reaches around concave subjects
RING = 0.03  # of the shorter side


def saliency(lab: np.ndarray, place: Place = CENTRE) -> np.ndarray:
    """Saliency of every pixel.

    Args:
        lab: (H, W, 3) float, Lab.
        place: where the subject is expected, see `main_subject`.

    Returns:
        saliency: (H, W) float64 in [0, 1]; all 0 for a picture of one colour.
    """
    contrast = border_contrast(lab)
    seeds = border_ring(lab.shape[0], lab.shape[1], RING) & (
        contrast < 0.5
    )  # a subject cut off by the border is no seed
    barrier = np.sum([barrier_distance(lab[..., c].astype(np.float64), seeds) for c in range(3)], axis=0)
    total = _to_unit(barrier) + contrast
    return _to_unit(total * (0.4 + 0.6 * centre_prior(lab.shape[0], lab.shape[1], place) ** 0.25))


def border_contrast(lab: np.ndarray) -> np.ndarray:
    """Mahalanobis distance to the colours of the four borders without the farthest, (H, W) in [0, 1].

    Leaving out the largest of the four keeps a subject that is cut off by one border.
    """
    thickness = max(2, round(RING * min(lab.shape[:2])))
    sides = (lab[:thickness], lab[-thickness:], lab[:, :thickness], lab[:, -thickness:])
    maps = []
    for side in sides:
        colors = side.reshape(-1, 3)
        covariance = np.cov(colors.T) + 4.0 * np.eye(3)  # 2 Lab units of noise, so that a flat border is no needle
        offset = lab - colors.mean(0)
        maps.append(np.sqrt(np.einsum("hwi,ij,hwj->hw", offset, np.linalg.inv(covariance), offset)))
    stack = np.stack([_to_unit(m) for m in maps])
    return _to_unit(stack.sum(0) - stack.max(0))


def barrier_distance(image: np.ndarray, seeds: np.ndarray) -> np.ndarray:
    """Smallest difference between the highest and lowest value along any path to a seed, approximated by raster scans.

    Args:
        image: (H, W) float64; seeds: (H, W) bool.

    Returns:
        distance: (H, W) float64, 0 at the seeds; infinite if there is no seed.
    """
    distance = np.where(seeds, 0.0, np.inf)
    high, low = image.copy(), image.copy()
    for scan in range(PASSES):
        step = 1 if scan % 2 == 0 else -1
        _scan(image[::step, ::step], distance[::step, ::step], high[::step, ::step], low[::step, ::step])
    return distance


@numba.njit(cache=True)
def _scan(image, distance, high, low):  # pragma: no cover - compiled
    height, width = image.shape
    for y in range(height):
        for x in range(width):
            for dy, dx in ((1, 0), (0, 1)):
                v, u = y - dy, x - dx
                if v < 0 or u < 0:
                    continue
                top = max(high[v, u], image[y, x])
                bottom = min(low[v, u], image[y, x])
                if distance[v, u] < np.inf and top - bottom < distance[y, x]:
                    distance[y, x] = top - bottom
                    high[y, x] = top
                    low[y, x] = bottom


def _to_unit(values: np.ndarray) -> np.ndarray:
    """Shift and scale to [0, 1]; a constant becomes 0."""
    finite = np.where(np.isfinite(values), values, 0.0)
    low, high = finite.min(), finite.max()
    return (finite - low) / (high - low) if high - low > 1e-9 else np.zeros_like(finite)
