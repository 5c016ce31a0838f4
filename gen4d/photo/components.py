"""Clean-up of a binary matte: the main subject, without islands and pinholes."""

import cv2
import numpy as np
from scipy import ndimage

Place = tuple[float, float] | None
CENTRE: Place = (0.5, 0.5)
PINHOLE = 0.004  # holes smaller than this share of the subject are closed: reflections and noise, not openings
NEAR = 0.03  # of the picture's diagonal: parts closer than this to the main one belong to it
PART = 0.004  # of the main part's area: smaller islands are noise


def main_subject(mask: np.ndarray, place: Place = CENTRE) -> np.ndarray:
    """Keep the largest component near a place and the parts close to it; close pinholes.

    Args:
        mask: (H, W) bool; an empty one comes back empty.
        place: (x, y) in [0, 1] of the picture; None: the largest one anywhere.

    Returns:
        mask: (H, W) bool.
    """
    labels, areas = label_regions(mask, connectivity=8)
    if len(areas) == 1:
        return mask
    pull = np.bincount(
        labels.ravel(), centre_prior(mask.shape[0], mask.shape[1], place).ravel()
    )  # area weighed by nearness to the place
    pull[0] = 0
    main = int(np.argmax(pull))
    beside = cv2.distanceTransform((labels != main).astype(np.uint8), cv2.DIST_L2, 5)
    nearest = np.full(len(areas), np.inf)
    np.minimum.at(nearest, labels.ravel(), beside.ravel())
    keep = (nearest <= NEAR * np.hypot(*mask.shape)) & (areas >= PART * areas[main])
    keep[0] = False
    return close_pinholes(keep[labels], PINHOLE)


def close_pinholes(mask: np.ndarray, share: float) -> np.ndarray:
    """Fill the holes of a mask that are smaller than a share of its area."""
    holes, areas = label_regions(ndimage.binary_fill_holes(mask) & ~mask, connectivity=4)
    small = areas < share * mask.sum()
    small[0] = False
    return mask | small[holes]


def label_regions(mask: np.ndarray, connectivity: int) -> tuple[np.ndarray, np.ndarray]:
    """Number the connected regions of a mask.

    Returns:
        labels: (H, W) int32, 0 outside the mask; areas: (regions + 1,) pixels, the first one of the outside.
    """
    _, labels = cv2.connectedComponents(mask.astype(np.uint8), connectivity=connectivity)
    return labels, np.bincount(labels.ravel())


def centre_prior(height: int, width: int, place: Place = CENTRE) -> np.ndarray:
    """(H, W) float64, 1 at the place, exp(-1) a quarter of the picture's sides away; 1 everywhere for no place."""
    if place is None:
        return np.ones((height, width))
    y = ((np.arange(height) + 0.5) / height - place[1]) * 2
    x = ((np.arange(width) + 0.5) / width - place[0]) * 2
    return np.exp(-4 * (y[:, None] ** 2 + x[None, :] ** 2))
