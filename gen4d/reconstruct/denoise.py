"""Depth made smooth by the normals beside it, as far as the two disagree.

A prior's normals are better than its depth: they say how a surface bends, depth only where it is on the whole. True
views measure no disagreement and pass unchanged.
"""

import numpy as np
from scipy import sparse
from scipy.sparse import linalg

MIN_NOISE = 0.15  # pixels of height; true views measure less than a third of it
REACH_PER_NOISE = 10.0  # pixels over which depth is averaged, for each pixel of noise
MAX_REACH = 8.0  # pixels
STEEPEST = 2.0  # slope beyond which a normal says little about the next pixel's height
MIN_PAIRS = 50  # neighbouring pixels from which noise can be measured
MEDIAN_TO_SIGMA = 1.4826  # of a normal distribution's absolute deviation
OUTLIER = 3.0  # standard deviations from which on two pixels are taken for two surfaces


def denoise(height: np.ndarray, slope: np.ndarray, subject: np.ndarray, pixel: float) -> tuple[np.ndarray, float]:
    """Fit heights to a height map and to slopes: minimise |z - height|^2 / reach^2 + |grad z - slope|^2.

    Args:
        height: (H, W) float32 metres.
        slope: (H, W, 2) float32, change of height along rows and columns.
        subject: (H, W) bool; other pixels pass unchanged.
        pixel: metres a pixel.

    Returns:
        height: (H, W) float32.
        noise: metres, standard deviation of the heights about what the slopes say; 0 where it is too small to matter.

    Source: Nehab et al., Efficiently Combining Positions and Normals for Precise 3D Geometry, SIGGRAPH 2005, sec. 4.
    """
    index = np.full(height.shape, -1)
    index[subject] = np.arange(int(subject.sum()))
    gentle = np.abs(slope).max(-1) < STEEPEST
    first, second, rise = [], [], []
    for axis in range(2):
        here = (slice(None, -1), slice(None)) if axis == 0 else (slice(None), slice(None, -1))
        there = (slice(1, None), slice(None)) if axis == 0 else (slice(None), slice(1, None))
        pair = subject[here] & subject[there] & gentle[here] & gentle[there]
        first.append(index[here][pair])
        second.append(index[there][pair])
        rise.append((slope[here][..., axis] + slope[there][..., axis])[pair] * (pixel / 2))
    a, b, expected = np.concatenate(first), np.concatenate(second), np.concatenate(rise)
    if len(a) < MIN_PAIRS:
        return height, 0.0
    known = height[subject].astype(np.float64)
    surprise = known[b] - known[a] - expected
    noise = MEDIAN_TO_SIGMA * float(np.median(np.abs(surprise))) / np.sqrt(2)
    if noise < MIN_NOISE * pixel:
        return height, 0.0
    reach = min(MAX_REACH, REACH_PER_NOISE * noise / pixel)
    # Geman-McClure: a step's weight falls faster than its height grows, so it pulls on neither side.
    weight = 1 / (1 + (surprise / (OUTLIER * np.sqrt(2) * noise)) ** 2) ** 2
    rows = np.arange(len(a))
    gradient = sparse.csr_matrix(
        (np.r_[-np.ones(len(a)), np.ones(len(a))], (np.r_[rows, rows], np.r_[a, b])), (len(a), len(known))
    )
    normal_matrix = gradient.T @ gradient.multiply(weight[:, None]) + sparse.eye(len(known)) / reach**2
    fitted = linalg.spsolve(normal_matrix.tocsc(), gradient.T @ (weight * expected) + known / reach**2)
    result = height.copy()
    result[subject] = fitted
    return result, noise
