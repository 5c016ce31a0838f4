"""Clean-up of a binary matte: the main subject, without islands and pinholes."""

import numpy as np
from scipy import ndimage

PINHOLE = 0.004  # holes smaller than this share of the subject are closed: reflections and noise, not openings
NEAR = 0.03  # of the picture's diagonal: parts closer than this to the main one belong to it
PART = 0.004  # of the main part's area: smaller islands are noise
EIGHT = np.ones((3, 3), dtype=bool)


def main_subject(mask: np.ndarray) -> np.ndarray:
    """Keep the largest component near the centre and the parts close to it; close pinholes.

    Args:
        mask: (H, W) bool; an empty one comes back empty.

    Returns:
        mask: (H, W) bool.
    """
    labels, count = ndimage.label(mask, EIGHT)
    if count == 0:
        return mask
    ids = np.arange(1, count + 1)
    areas = ndimage.sum_labels(mask, labels, ids)
    pull = ndimage.sum_labels(centre_prior(*mask.shape), labels, ids)  # area weighed by nearness to the centre
    main = int(np.argmax(pull))
    distance = ndimage.distance_transform_edt(labels != main + 1)
    nearest = ndimage.minimum(distance, labels, ids)
    keep = (nearest <= NEAR * np.hypot(*mask.shape)) & (areas >= PART * areas[main])
    keep[main] = True
    subject = np.concatenate([[False], keep])[labels]
    return close_pinholes(subject, PINHOLE)


def close_pinholes(mask: np.ndarray, share: float) -> np.ndarray:
    """Fill the holes of a mask that are smaller than a share of its area."""
    holes, count = ndimage.label(ndimage.binary_fill_holes(mask) & ~mask)
    if count == 0:
        return mask
    small = ndimage.sum_labels(holes > 0, holes, np.arange(1, count + 1)) < share * mask.sum()
    return mask | np.concatenate([[False], small])[holes]


def centre_prior(height: int, width: int) -> np.ndarray:
    """(H, W) float64, 1 at the centre, exp(-1) half-way to the middle of each side."""
    y = (np.arange(height) + 0.5) / height * 2 - 1
    x = (np.arange(width) + 0.5) / width * 2 - 1
    return np.exp(-4 * (y[:, None] ** 2 + x[None, :] ** 2))
