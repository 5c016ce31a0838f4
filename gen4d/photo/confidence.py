"""How far a matte found from colours alone can be trusted."""

import cv2
import numpy as np
from scipy import ndimage

from gen4d.photo.components import label_regions

EDGE_CONTRAST = 10.0  # Lab units between the two sides of the outline that count as an edge
SIDE_SIGMA = 2.5  # pixels; reach of the averages on the two sides
HISTOGRAM_BIN = 12.0  # Lab units


def matte_confidence(mask: np.ndarray, lab: np.ndarray) -> float:
    """The product of six doubts, each in [0, 1].

    Its area is that of a subject, it hardly touches the picture's border, it is compact and of one piece, its outline
    runs along colour edges, and its colours are not those of the background.

    Args:
        mask: (H, W) bool; lab: (H, W, 3) float, Lab.

    Returns:
        confidence: in [0, 1]; 0 for an empty and for a full mask.
    """
    if not mask.any() or mask.all():
        return 0.0
    area = float(mask.mean())
    scores = (
        _ramp(area, 0.005, 0.03) * _ramp(1 - area, 0.03, 0.2),
        1 - _ramp(border_contact(mask), 0.1, 0.6),
        _ramp(solidity(mask), 0.1, 0.45),
        _ramp(unity(mask), 0.05, 0.25),  # the letters of a page have a hundredth each
        _ramp(edge_support(mask, lab), 0.3, 0.85),
        _ramp(colour_separation(mask, lab), 0.3, 0.8),
    )
    return float(np.prod(scores))


def border_contact(mask: np.ndarray) -> float:
    """Share of the picture's border that the subject covers; the bottom counts half, people and busts stand there."""
    top, bottom, left, right = mask[0], mask[-1], mask[:, 0], mask[:, -1]
    covered = top.sum() + 0.5 * bottom.sum() + left.sum() + right.sum()
    return float(covered / (2 * sum(mask.shape)))


def solidity(mask: np.ndarray) -> float:
    """Area over the area of the convex hull, in [0, 1]; 1 for a mask too thin to have a hull."""
    rows, columns = mask.nonzero()
    hull = cv2.contourArea(cv2.convexHull(np.stack([columns, rows], -1).astype(np.int32)))
    return min(1.0, len(rows) / hull) if hull > 0 else 1.0


def unity(mask: np.ndarray) -> float:
    """Share of the largest connected part, in [0, 1]."""
    _, areas = label_regions(mask, connectivity=8)
    return float(areas[1:].max() / areas[1:].sum()) if len(areas) > 1 else 0.0


def edge_support(mask: np.ndarray, lab: np.ndarray) -> float:
    """Share of the outline, without the picture's border, whose two sides differ by `EDGE_CONTRAST` Lab units."""
    inside = mask.astype(np.float64)
    sides = []
    for weight in (inside, 1 - inside):
        total = ndimage.gaussian_filter(weight, SIDE_SIGMA)
        colour = ndimage.gaussian_filter(lab * weight[..., None], (SIDE_SIGMA, SIDE_SIGMA, 0))
        sides.append(colour / np.maximum(total, 1e-6)[..., None])
    outline = mask & np.logical_not(ndimage.binary_erosion(mask, border_value=1))
    if not outline.any():
        return 0.0
    return float((np.linalg.norm(sides[0] - sides[1], axis=-1)[outline] > EDGE_CONTRAST).mean())


def colour_separation(mask: np.ndarray, lab: np.ndarray) -> float:
    """One minus the overlap of the subject's and the background's colour histograms."""
    bins = np.floor(lab / HISTOGRAM_BIN).astype(np.int64)
    bins -= bins.reshape(-1, 3).min(0)
    count = bins.reshape(-1, 3).max(0) + 1
    flat = (bins[..., 0] * count[1] + bins[..., 1]) * count[2] + bins[..., 2]
    size = int(flat.max()) + 1
    subject = np.bincount(flat[mask], minlength=size) / np.count_nonzero(mask)
    background = np.bincount(flat[~mask], minlength=size) / np.count_nonzero(~mask)
    return 1 - float(np.minimum(subject, background).sum())


def _ramp(value: float, low: float, high: float) -> float:
    """0 up to `low`, 1 from `high`, linear between."""
    return float(np.clip((value - low) / (high - low), 0, 1))
