"""Matte before a plain background: a colour model of the border, flooded inwards.

The border's Lab colours are explained by up to three smooth sheets (a gradient, a wall and a floor), each a polynomial
in the pixel's place, fitted robustly from the most frequent colour on. What the sheets explain and what the border
reaches is background; it may also darken smoothly, which is a shadow.
"""

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from gen4d.photo.components import label_regions

BORDER = 0.02  # of the shorter side: width of the ring that is taken for background
MAX_SHEETS = 3
MIN_SHARE = 0.08  # of the border: a smaller sheet is a subject that is cut off, not background
WIDE_SHARE = 0.6  # of the border: a sheet seen from so many sides is allowed to curve
TOLERANCE = (3.5, 10.0)  # Lab units, at least (JPEG) and at most (beyond it nothing is plain)
SHADOW_DEPTHS = (32.0, 0.0)  # Lab lightness a cast shadow may take away; 0 where a grey subject would pass for one
SHADOW_CHROMA = 7.0  # Lab units a shadow may shift the colour by
SHADOW_SLOPE = 2.2  # Lab units a pixel: soft shadows are smooth, the subject's edge is not
OPENING = (0.004, 0.15)  # of the subject's area: enclosed background of this size is an opening, such as a handle's


@dataclass(frozen=True)
class PlainBackground:
    """The background's colour at every pixel, and how well it explains the border.

    Fields:
        distance: (H, W) Lab distance to the nearest sheet.
        darkening: (H, W) by how much that sheet is lighter than the pixel.
        chroma_shift: (H, W) Lab distance to it in a and b.
        tolerance: Lab distance below which a pixel is background.
        explained: share of the border that the sheets explain.
    """

    distance: np.ndarray
    darkening: np.ndarray
    chroma_shift: np.ndarray
    tolerance: float
    explained: float


def plain_mattes(lab: np.ndarray) -> tuple[list[np.ndarray], float]:
    """Subject before a plain background, once for each of `SHADOW_DEPTHS`.

    Args:
        lab: (H, W, 3) slightly denoised Lab picture.

    Returns:
        masks: (H, W) bool each, not yet cleaned; explained: share of the border that is plain, in [0, 1].
    """
    background = fit_background(lab)
    plain = background.distance < background.tolerance
    slope = np.hypot(ndimage.sobel(lab[..., 0], 0), ndimage.sobel(lab[..., 0], 1)) / 8  # Lab units a pixel
    smooth = (background.chroma_shift < SHADOW_CHROMA) & (background.darkening > 0) & (slope < SHADOW_SLOPE)
    masks = []
    for depth in SHADOW_DEPTHS:
        mask = ~_reached_from_border(plain | (smooth & (background.darkening < depth)))
        masks.append(mask & ~_openings(mask, background))
    return masks, background.explained


def fit_background(lab: np.ndarray) -> PlainBackground:
    """Explain the border's colours by smooth sheets, and compare every pixel with them."""
    height, width = lab.shape[:2]
    terms = _terms(height, width)  # (H, W, 6)
    ring = border_ring(height, width, BORDER)
    colors, places = lab[ring], terms[ring]
    unexplained = np.ones(len(colors), dtype=bool)
    best = np.full((height, width), np.inf)
    darkening, chroma_shift = np.zeros((height, width)), np.zeros((height, width))
    spread = []
    for _ in range(MAX_SHEETS):
        if unexplained.mean() < MIN_SHARE:
            break
        sheet, inliers, sigma = _fit_sheet(colors, places, unexplained)
        if inliers.mean() < MIN_SHARE:
            break
        unexplained &= ~inliers
        spread.append((sigma, inliers.sum()))
        offset = lab - terms @ sheet
        distance = np.linalg.norm(offset, axis=-1)
        nearer = distance < best
        best = np.where(nearer, distance, best)
        darkening = np.where(nearer, -offset[..., 0], darkening)
        chroma_shift = np.where(nearer, np.hypot(offset[..., 1], offset[..., 2]), chroma_shift)
    sigma = np.average([s for s, _ in spread], weights=[n for _, n in spread]) if spread else TOLERANCE[1]
    tolerance = float(np.clip(4 * sigma, *TOLERANCE))
    return PlainBackground(best, darkening, chroma_shift, tolerance, 1 - float(unexplained.mean()))


def border_ring(height: int, width: int, share: float) -> np.ndarray:
    """(H, W) bool: the pixels within `share` of the shorter side from the border, at least two."""
    thickness = max(2, round(share * min(height, width)))
    ring = np.ones((height, width), dtype=bool)
    ring[thickness:-thickness, thickness:-thickness] = False
    return ring


def _terms(height: int, width: int) -> np.ndarray:
    """Polynomial terms 1, x, y, x^2, xy, y^2 of every pixel's place in [-1, 1]; (H, W, 6)."""
    y, x = np.meshgrid(np.linspace(-1, 1, height), np.linspace(-1, 1, width), indexing="ij")
    return np.stack([np.ones_like(x), x, y, x * x, x * y, y * y], -1)


def _fit_sheet(colors: np.ndarray, places: np.ndarray, candidates: np.ndarray) -> tuple[np.ndarray, np.ndarray, float]:
    """Grow one sheet from the most frequent colour among the candidates.

    Returns:
        sheet: (6, 3) coefficients; inliers: (P,) bool among all border pixels; sigma: robust spread in Lab units.
    """
    cells = np.round(colors[candidates] / 8).astype(int)  # Lab cells of 8 units
    _, cell, counts = np.unique(cells, axis=0, return_inverse=True, return_counts=True)
    sheet = np.zeros((6, 3))
    sheet[0] = colors[candidates][cell.ravel() == np.argmax(counts)].mean(0)
    inliers, sigma = candidates, TOLERANCE[1] / 2
    for _ in range(12):
        residual = np.linalg.norm(colors - places @ sheet, axis=-1)
        inliers = candidates & (residual < np.clip(4 * sigma, *TOLERANCE))
        if inliers.sum() < 16:
            break
        sigma = 1.4826 * float(np.median(residual[inliers])) / 1.54  # 1.54: median length of a unit 3D normal
        curved = inliers.mean() > WIDE_SHARE
        ridge = np.array([0.0, 1e-3, 1e-3, *([1e-3] * 3 if curved else [1e6] * 3)]) * inliers.sum()
        basis = places[inliers]
        sheet = np.linalg.solve(basis.T @ basis + np.diag(ridge), basis.T @ colors[inliers])
    return sheet, inliers, sigma


def _reached_from_border(passable: np.ndarray) -> np.ndarray:
    """The passable pixels connected with the picture's border."""
    labels, areas = label_regions(passable, connectivity=4)
    outer = np.zeros(len(areas), dtype=bool)
    outer[np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]])] = True
    outer[0] = False
    return outer[labels]


def _openings(mask: np.ndarray, background: PlainBackground) -> np.ndarray:
    """Enclosed regions that are background beyond doubt, of a size that handles and gaps have."""
    tight = ndimage.binary_opening(mask & (background.distance < 0.6 * background.tolerance), iterations=1)
    labels, areas = label_regions(tight, connectivity=4)
    shares = areas / max(1, mask.sum())
    fits = (shares > OPENING[0]) & (shares < OPENING[1])
    fits[0] = False
    return ndimage.binary_dilation(fits[labels]) & mask
