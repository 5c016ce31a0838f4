"""How to move what one outline encloses so that it fills another: a smooth shift in the image plane."""

import numpy as np
from scipy import ndimage

PULL_IN = 0.03  # of a lone outline pixel's weight: how soon the shift dies away where no outline is near


def outline_shift(seen: np.ndarray, wanted: np.ndarray, sigma: float) -> np.ndarray:
    """A smooth shift that brings the outline of one mask nearer to that of another.

    Every pixel of each outline is paired with the nearest one of the other outline, and the pairs' offsets are spread
    by a Gaussian. One step leaves details behind; a few with falling sigma fit them.

    Args:
        seen, wanted: (H, W) bool, both with something inside.
        sigma: pixels, reach of the spreading.

    Returns:
        shift: (H, W, 2) float64, pixels to move by: down, right.
    """
    first, second = _outline(seen), _outline(wanted)
    pairs = []
    for source, target, sign in ((first, second, 1), (second, first, -1)):
        nearest = ndimage.distance_transform_edt(~target, return_distances=False, return_indices=True)
        here = np.argwhere(source)
        there = np.stack([nearest[0][source], nearest[1][source]], 1)
        pairs.append((here, there) if sign > 0 else (there, here))
    total, weight = np.zeros((*seen.shape, 2)), np.zeros(seen.shape)
    for start, end in pairs:
        np.add.at(total, (start[:, 0], start[:, 1]), end - start)
        np.add.at(weight, (start[:, 0], start[:, 1]), 1.0)
    lone = 1 / (2 * np.pi * sigma**2)
    smooth = ndimage.gaussian_filter(weight, sigma)[..., None]
    return ndimage.gaussian_filter(total, (sigma, sigma, 0)) / (smooth + PULL_IN * lone)


def _outline(mask: np.ndarray) -> np.ndarray:
    """The mask's own pixels beside its outside, (H, W) bool."""
    return mask & ~ndimage.binary_erosion(mask, border_value=0)
