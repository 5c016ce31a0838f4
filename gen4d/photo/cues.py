"""What is known of a picture before any learning, as maps that the matting network sees beside the colours.

With them it only has to learn when to believe them, which takes a fraction of the training.
"""

import cv2
import numpy as np

from gen4d.photo.background import border_ring
from gen4d.photo.saliency import RING, barrier_distance, border_contrast

CUES = 3
BINS = 10  # a channel of the colour histograms
SIDE = 0.07  # of the shorter side: width of the border whose colours are the background's
MIDDLE = 0.25  # of each side is left out around the middle, whose colours are the subject's
PRIOR = 3.0  # pixels of every colour are taken to be everywhere
ODDS = 3.0  # log odds at which a colour is as good as known


def picture_cues(rgb: np.ndarray) -> np.ndarray:
    """How much each pixel stands out.

    Args:
        rgb: (H, W, 3) float32, sRGB in [0, 1].

    Returns:
        cues: (H, W, 3) float32 in [0, 1]: barrier to the border, contrast with it, and whether the colour is rather the
            middle's than the border's.
    """
    lab = cv2.cvtColor(np.ascontiguousarray(rgb, dtype=np.float32), cv2.COLOR_RGB2LAB).astype(np.float64)
    contrast = border_contrast(lab)
    seeds = border_ring(lab.shape[0], lab.shape[1], RING) & (contrast < 0.5)
    barrier = np.sum([barrier_distance(lab[..., c], seeds) for c in range(3)], axis=0)
    barrier = np.where(np.isfinite(barrier), barrier / 100, 1)
    return np.stack([barrier, contrast, _middle_odds(rgb)], -1).clip(0, 1).astype(np.float32)


def _middle_odds(rgb: np.ndarray) -> np.ndarray:
    """Log odds of each pixel's colour between the picture's middle and its border, to [0, 1]; (H, W)."""
    height, width = rgb.shape[:2]
    cells = (rgb * (BINS - 1e-3)).astype(np.int64)
    flat = (cells[..., 0] * BINS + cells[..., 1]) * BINS + cells[..., 2]
    top, left = round(MIDDLE * height), round(MIDDLE * width)
    parts = flat[top : height - top, left : width - left], flat[border_ring(height, width, SIDE)]
    counts = [np.bincount(part.ravel(), minlength=BINS**3).reshape(BINS, BINS, BINS) for part in parts]
    shares = []
    for count in counts:
        soft = count.astype(np.float64)
        for axis in range(3):  # colours beside one another are alike
            padded = np.pad(soft, [(int(a == axis),) * 2 for a in range(3)], mode="edge")
            soft = 0.5 * soft + 0.25 * (np.take(padded, range(BINS), axis) + np.take(padded, range(2, BINS + 2), axis))
        shares.append((soft + PRIOR / BINS) / (soft.sum() + PRIOR * BINS**2))
    odds = np.log(shares[0] / shares[1]).ravel()[flat]
    return 0.5 + 0.5 * odds / ODDS
