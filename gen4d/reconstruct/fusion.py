"""Height views -> a signed distance grid: everything that no view sees through, or in front of, is solid."""

from dataclasses import dataclass, replace

import cv2
import numpy as np
from scipy import ndimage

from gen4d.conventions import VIEW_HALF_EXTENT
from gen4d.reconstruct.agreement import Consensus, Sheet
from gen4d.reconstruct.blend import blend
from gen4d.reconstruct.heights import HeightView
from gen4d.reconstruct.mend import lost_sheet, tied

TRUNCATION = 3.0  # cells; marching cubes needs the values next to the surface only
FINE_BLUR = 0.7  # cells; keeps what is two pixels thick
MUCH_DISAGREEMENT = 0.5  # pixels; views through an autoencoder disagree by 0.2 to 1.3, imagined ones by 0.4 to 3
MUCH_WITHOUT_NOISE = 1.0  # the same where depth is smooth; rendered views of slats and posts come to 0.9
COARSE_BLUR = 1.0  # cells; the carved solid then only tells what no view sees
OUTLINE_SLACK = 0.25  # cells by which a blended surface may pass a silhouette; exactly cut, it shows its pixels
OUTLINE_DOUBT = 2.0  # cells by which a blended solid may miss a silhouette and still fill it
MIN_LOST = 4  # pixels; smaller parts of a silhouette are its frayed edge
WHOLE = 0.8  # of a lost part's rays that carving has left; the scraps it leaves of eaves that only one view sees go too
LOST_MARGIN = 3  # cells around a thin part within which it joins the rest
AROUND = np.ones((3, 3), bool)
MIN_FACING = 0.25  # distances across a surface seen at a grazing angle would shrink to nothing
WALL = 2.0  # cells of height within one cell of image from which on a surface counts as a wall
SLOPE_SHARE = 1.5  # of a slope's rise in one cell; its diagonal neighbours rise sqrt(2) as far
CLEAR_FACING, BLIND_FACING = 0.6, 0.3  # cosines from which on a view is fully trusted, and not at all
CLEAR_REACH, BLIND_REACH = 1.0, 2.0  # cells from a clearly seen surface within which walls yield to it


@dataclass(frozen=True)
class DistanceGrid:
    """Signed distances at the nodes of a cubic grid centred at the origin.

    Fields:
        values: (R, R, R) float32, metres, indexed x, y, z; positive outside, truncated.
        spacing: metres between nodes; node i lies at (i + 0.5) * spacing - half_extent.
        half_extent: metres.
    """

    values: np.ndarray
    spacing: float
    half_extent: float = VIEW_HALF_EXTENT


def fuse(consensus: Consensus, resolution: int) -> DistanceGrid:
    """Intersect what three silhouettes and six height maps leave solid, then add the thin sheets.

    The distance to an intersection is the largest of the distances. That holds only where they are true distances, and
    beside a wall (the flank of a cow seen from above) a height map's are not: one column says far inside, the next far
    outside, and the wall may stand anywhere between. So two maxima are kept, one that leaves walls alone and one that
    puts them half-way between the columns; the second holds only where no other view sees the surface clearly.
    """
    spacing = 2 * VIEW_HALF_EXTENT / resolution
    limit = TRUNCATION * spacing
    hull = np.full((resolution,) * 3, -limit, np.float32)
    for axis, distance in enumerate(consensus.outside):
        np.maximum(hull, np.expand_dims(_resized(distance, resolution), axis), out=hull)
    clear, walled, clarity = hull.copy(), hull.copy(), np.zeros_like(hull)
    for view in consensus.views:
        _carve(view, spacing, clear, walled, clarity)
    values = walled + clarity * (clear - walled)
    doubt = float(np.mean([view.noise for view in consensus.views])) / spacing  # cells
    apart = consensus.disagreement > (MUCH_DISAGREEMENT if doubt else MUCH_WITHOUT_NOISE)
    values = np.clip(values, -limit, limit) if doubt or apart else values
    carved = _with_sheets(ndimage.gaussian_filter(values, min(FINE_BLUR, doubt)), consensus, spacing)
    if apart:
        coarse = ndimage.gaussian_filter(values, COARSE_BLUR)
        middle = blend(consensus.views, coarse, spacing)
        # Outlines are drawn better than depth. What they cut off here is no part that blending has lost.
        cut = np.maximum(np.clip(middle, -limit, limit), hull - OUTLINE_SLACK * spacing)
        carved = np.minimum(cut, _lost(middle, carved, consensus, limit))
    if doubt:
        carved = _mended(carved, consensus, spacing)
    return DistanceGrid(np.clip(carved, -limit, limit), spacing)


def _mended(values: np.ndarray, consensus: Consensus, spacing: float) -> np.ndarray:
    resolution = len(values)
    outside = [_resized(distance, resolution) for distance in consensus.outside]
    for axis in range(3):
        near, far = sorted((_at(v, resolution) for v in consensus.views if v.axis == axis), key=lambda v: -v.sign)
        sheet = lost_sheet(near, far, values < 0, outside[axis])
        if sheet is not None:
            values = values.copy()
            _add_sheet(sheet, spacing, values)
    return tied(values, outside, spacing)


def _at(view: HeightView, resolution: int) -> HeightView:
    height, facing = _resized(view.height, resolution), _resized(view.facing, resolution)
    return replace(view, height=height, facing=facing, pixel=2 * VIEW_HALF_EXTENT / resolution)


def _lost(middle: np.ndarray, fine: np.ndarray, consensus: Consensus, limit: float) -> np.ndarray:
    """Of the carved field what the blended one has lost of the silhouettes: legs, blades, handles.

    The middle of two sides that lie closer together than they disagree is nothing. What lies on rays of a silhouette
    that the blended solid leaves empty, further from its outline than that is uncertain, is one of these parts.
    """
    lost = np.zeros(middle.shape, bool)
    for axis, distance in enumerate(consensus.outside):
        filled = (middle < 0).any(axis)
        empty = (_resized(distance, len(middle)) < 0) & ~filled
        beyond = ndimage.distance_transform_edt(~filled) > OUTLINE_DOUBT if filled.any() else np.ones_like(filled)
        label, count = ndimage.label(empty & beyond, AROUND)
        size = np.bincount(label.ravel(), minlength=count + 1)
        whole = np.bincount(label.ravel(), (fine < 0).any(axis).ravel(), count + 1)
        part = empty & beyond & ((size >= MIN_LOST) & (whole >= WHOLE * size))[label]
        lost |= np.expand_dims(ndimage.binary_dilation(part, AROUND, LOST_MARGIN, mask=empty), axis)
    part = ndimage.binary_dilation(lost & (fine < 0), iterations=LOST_MARGIN - 1)
    share = np.clip(2 * ndimage.gaussian_filter(part.astype(np.float32), 1.0), 0, 1)
    return fine * share + limit * (1 - share)


def _with_sheets(values: np.ndarray, consensus: Consensus, spacing: float) -> np.ndarray:
    joined = values.copy()
    for sheet in consensus.sheets:
        _add_sheet(sheet, spacing, joined)
    return joined


def _carve(view: HeightView, spacing: float, clear: np.ndarray, walled: np.ndarray, clarity: np.ndarray) -> None:
    """Raise the distances, in place, by what one view sees; clarity tells how well the nearest surface is seen."""
    resolution = len(clear)
    height, facing = _resized(view.height, resolution), _resized(view.facing, resolution)
    reach = 2 * max(1, round(view.pixel / spacing)) + 1
    top, base = ndimage.maximum_filter(height, reach), ndimage.minimum_filter(height, reach)
    steepness = np.sqrt(1 - np.minimum(facing, 1) ** 2) / np.maximum(facing, MIN_FACING)
    step = (WALL + SLOPE_SHARE * steepness) * spacing * (reach // 2)  # what the surface's own slope does not explain
    top = np.where(top - height > step, top, -np.inf)[..., None]  # (R, R, 1)
    base = np.where(height - base > step, base, np.inf)[..., None]
    z = view.sign * _nodes(resolution, spacing)  # (R,), along the last axis from here on
    # The largest of noisy distances is biased outwards; one standard deviation of doubt makes up for it.
    above = z - height[..., None] - view.noise  # (R, R, R)
    distance = above * np.maximum(facing, MIN_FACING)[..., None]
    beside = (above > spacing) & (z < top)
    under = (above < -spacing) & (z > base)
    last = [np.moveaxis(a, view.axis, 2) for a in (clear, walled, clarity)]
    np.maximum(last[0], np.where(beside, -spacing / 4, distance), out=last[0])
    np.maximum(last[1], np.where(beside, spacing / 2, np.where(under, -spacing / 2, distance)), out=last[1])
    trust = np.clip((facing - BLIND_FACING) / (CLEAR_FACING - BLIND_FACING), 0, 1)[..., None]
    near = np.clip((BLIND_REACH - np.abs(distance) / spacing) / (BLIND_REACH - CLEAR_REACH), 0, 1)
    np.maximum(last[2], np.where(beside | under, 0, trust * near), out=last[2])


def _add_sheet(sheet: Sheet, spacing: float, values: np.ndarray) -> None:
    """Lower the distances, in place, to those of a sheet."""
    resolution = len(values)
    maps = (sheet.middle, sheet.half_thickness, sheet.facing, sheet.outside)
    middle, half_thickness, facing, outside = (_resized(m, resolution)[..., None] for m in maps)
    z = _nodes(resolution, spacing)
    distance = np.maximum(np.abs(z - middle) * facing - half_thickness, outside)
    last = np.moveaxis(values, sheet.axis, 2)
    np.minimum(last, distance, out=last)


def _nodes(resolution: int, spacing: float) -> np.ndarray:
    return (np.arange(resolution, dtype=np.float32) + 0.5) * spacing - VIEW_HALF_EXTENT


def _resized(image: np.ndarray, resolution: int) -> np.ndarray:
    """Resample a map whose pixel centres lie at +0.5."""
    if image.shape[0] == resolution:
        return image
    shrinks = resolution < image.shape[0]
    return cv2.resize(image, (resolution, resolution), interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR)
