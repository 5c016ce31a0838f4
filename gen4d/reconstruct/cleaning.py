"""One view's alpha and depth, mended where a pixel is more than one surface.

All maps are (H, W) float32 along increasing world coordinates; heights are metres from the origin towards the camera.
"""

import numpy as np
from scipy import ndimage

from gen4d.conventions import CUBE_HALF_EXTENT, VIEW_HALF_EXTENT

SUBJECT_ALPHA = 0.5  # a pixel shows the subject if at least this much of it is covered
FULL_ALPHA = 0.95  # below it a blurry prior mixes the background into the pixel's depth
BLUR_REACH = 3  # pixels; nearer to a full pixel, a partly covered one is its blurred edge and no part of its own
LINE_ALPHA = 0.3  # enough for the ridge of a part that nowhere covers a whole pixel
LINE_CONTRAST = 0.25  # how far such a ridge stands out from the pixels two steps to both sides
MAX_SLOPE = 1.5  # heights are continued past an edge along at most this slope; steeper ones are better seen elsewhere
JUMP = 3.0  # pixels of height within one pixel of image from which on two surfaces are assumed


def keep_lines(alpha: np.ndarray) -> np.ndarray:
    """Raise the ridges of parts narrower than a pixel, or blurred to it, whose alpha alone is not subject."""
    ridge = np.zeros(alpha.shape, bool)
    padded = np.pad(alpha, 2, mode="edge")
    rows, columns = alpha.shape
    for i, j in ((0, 1), (1, 0), (1, 1), (1, -1)):
        a, b, c, d = (padded[2 + s * i : 2 + s * i + rows, 2 + s * j : 2 + s * j + columns] for s in (1, -1, 2, -2))
        ridge |= (alpha >= np.maximum(a, b)) & (alpha - np.maximum(c, d) >= LINE_CONTRAST)
    return np.where(ridge & (alpha >= LINE_ALPHA) & (alpha < FULL_ALPHA), np.float32(1), alpha)


def background_surprise(
    alpha: np.ndarray, height: np.ndarray, slope: np.ndarray, pixel: float
) -> tuple[np.ndarray, np.ndarray]:
    """How far partly covered pixels lie from the plane of the full pixel next to them.

    Renderings average depth over the covered part of a pixel; a blurry prior averages the background in. The smaller of
    the two surprises tells which it was.

    Returns:
        as_is, mended: (P,) metres, of the heights and of the heights without background.
    """
    full = alpha >= FULL_ALPHA
    beside = (alpha > LINE_ALPHA) & ~full & ndimage.binary_dilation(full, np.ones((3, 3), bool))
    if not beside.any():
        return np.zeros(0), np.zeros(0)
    mended = without_background(alpha, height)
    as_is, without = (np.abs(h - plane_of_nearest(full, h, slope, pixel))[beside] for h in (height, mended))
    return as_is, without


def without_background(alpha: np.ndarray, height: np.ndarray) -> np.ndarray:
    """Take the background's depth, the far face of the cube, out of partly covered pixels."""
    share = np.maximum(alpha, LINE_ALPHA)
    mended = -CUBE_HALF_EXTENT + (height + CUBE_HALF_EXTENT) / share
    return np.where(alpha > LINE_ALPHA, mended.clip(-VIEW_HALF_EXTENT, VIEW_HALF_EXTENT), height)


def split_mixed_pixels(height: np.ndarray, slope: np.ndarray, pixel: float) -> np.ndarray:
    """Give a pixel that averages a near and a far surface the height of the one that fills most of it.

    Such pixels lie well between the heights around them, much further apart than the pixel's own slope explains. Left
    alone they become ledges half-way down every wall that only one view sees (the inside of a cup).
    """
    low, high = ndimage.minimum_filter(height, 3), ndimage.maximum_filter(height, 3)
    explained = 2 * np.abs(slope).sum(-1) * pixel  # height range of a plane over the 3 x 3 pixels
    between = (high - height > pixel) & (height - low > pixel) & (high - low > 2 * explained + JUMP * pixel)
    return np.where(between, np.where(high - height <= height - low, high, low), height)


def continue_outward(
    alpha: np.ndarray, height: np.ndarray, facing: np.ndarray, slope: np.ndarray, pixel: float
) -> tuple[np.ndarray, np.ndarray]:
    """Replace height and facing where the pixel is not fully the subject by the plane of the nearest full pixel.

    A partly covered pixel keeps its own height where that is close to the plane.
    """
    subject = alpha >= SUBJECT_ALPHA
    full = alpha >= FULL_ALPHA
    lonely = subject & ~ndimage.binary_dilation(full, np.ones((3, 3), bool), iterations=BLUR_REACH)  # thin parts
    trusted = full | lonely
    nearest = tuple(ndimage.distance_transform_edt(~trusted, return_distances=False, return_indices=True))
    plane = plane_of_nearest(trusted, height, slope, pixel)
    own = trusted | (subject & (np.abs(height - plane) < 2 * pixel))
    return np.where(own, height, plane).astype(np.float32), np.where(trusted, facing, facing[nearest])


def plane_of_nearest(known: np.ndarray, height: np.ndarray, slope: np.ndarray, pixel: float) -> np.ndarray:
    """(H, W) heights continued from the nearest known pixel along its slope, for two pixels at most."""
    i, j = nearest = ndimage.distance_transform_edt(~known, return_distances=False, return_indices=True)
    step = np.stack(np.indices(height.shape) - nearest, -1) * pixel  # (H, W, 2) metres
    drop = (np.clip(slope[i, j], -MAX_SLOPE, MAX_SLOPE) * step).sum(-1)
    return height[i, j] + np.clip(drop, -2 * pixel, 2 * pixel)  # further out the silhouette carves anyway
