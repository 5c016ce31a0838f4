"""Views that disagree -> views that agree, by voting on the surface points they show.

Carving alone is ruthless: one view that misses a leg removes the leg. So before carving, every view's surface points
are shown to the other five. A point most of them accept overrules the few that would carve it; a point most of them
carve overrules nothing. True views pass unchanged but for parts thinner than a pixel, unseen from along them.
"""

from dataclasses import dataclass, replace

import numpy as np
from scipy import ndimage

from gen4d.conventions import VIEW_HALF_EXTENT
from gen4d.reconstruct.calibrate import calibrate
from gen4d.reconstruct.config import ReconstructConfig
from gen4d.reconstruct.heights import SUBJECT_ALPHA, HeightView, silhouette_distance

MAX_OPPONENTS = 2  # of the five other views; with three against it a point has lost the vote
MIN_WITNESSES = 2  # views that must show matter before they overrule a view that sees none
MIN_FACING = 0.35  # cosine below which the thickness across a surface cannot be told from its thickness along the view
SHEET = 2.5  # cells; thicker parts keep a node between their sides even where a third view mixes two heights
CLEAR_FACING = 0.7  # cosine from which on a thickness up to `SHEET` is believed; rounded rims are thin and turned away
MIN_PART = 4  # pixels; shorter lines and smaller contradictions are the frayed edges of larger parts
SPREAD = 4  # pixels a witness speaks for around itself; half the width of the thickest leg that is held whole
WHOLE_ALPHA = 0.95  # a pixel's depth and normal are those of one surface
SAME_SURFACE = 6.0  # pixels; surfaces further apart are two, one of them hidden from a view
MIN_COMPARED = 50  # points; fewer say nothing
NEIGHBOURS = np.ones((3, 3), bool)


@dataclass(frozen=True)
class Sheet:
    """The parts that two opposite views find so thin that carving would damage them, along one world axis.

    Fields:
        axis: 0 x, 1 y, 2 z.
        middle: (H, W) float32 metres along the axis, half-way between the two sides.
        half_thickness: (H, W) float32 metres, across the sheet.
        facing: (H, W) float32, cosine between the sheet's normal and the axis.
        outside: (H, W) float32 metres, signed distance to the sheet's outline, positive outside.
    """

    axis: int
    middle: np.ndarray
    half_thickness: np.ndarray
    facing: np.ndarray
    outside: np.ndarray


@dataclass(frozen=True)
class Consensus:
    """What the views agree on.

    Fields:
        views: the six height views; heights are raised where others see the surface further out.
        sheets: one for each axis.
        outside: for the axes x, y, z the signed distance to the silhouette, (H, W) float32 metres, positive outside.
        overruled: share of the subject's pixels that were changed by a vote.
        risen: metres by which depth had to rise on average to fill the silhouettes.
        disagreement: pixels, median distance between the surfaces that two views see of the same place.
    """

    views: list[HeightView]
    sheets: list[Sheet]
    outside: list[np.ndarray]
    overruled: float
    risen: float
    disagreement: float


@dataclass(frozen=True)
class Points:
    """Surface points one view shows: places (P, 3) float32 metres, and the pixels (P, 2) they come from."""

    places: np.ndarray
    pixels: np.ndarray


def agree(views: list[HeightView], cfg: ReconstructConfig) -> Consensus:
    """Settle silhouettes, then heights, then keep thin parts."""
    radius = max(1, round(cfg.silhouette_tolerance))
    disagreement = median_disagreement(views)
    masks = [_settle_silhouette(axis, views, radius) for axis in range(3)]
    views, risen = calibrate(views, masks)
    points = [surface_points(v, masks[v.axis]) for v in views]
    points = [_elected(p, v, views, masks, radius, cfg.depth_tolerance) for p, v in zip(points, views, strict=True)]
    restored = [_missing(axis, views, points, masks[axis], radius) for axis in range(3)]
    ceilings = _ceilings(views, masks, cfg.depth_tolerance)
    raised = [
        _raise(v, views, points, masks[v.axis], restored[v.axis], ceiling, cfg.depth_tolerance)
        for v, ceiling in zip(views, ceilings, strict=True)
    ]
    outside = [_outside(axis, views, masks[axis], restored[axis]) for axis in range(3)]
    sheets = [_sheet(axis, views, points, outside[axis], cfg) for axis in range(3)]
    changed = sum(int(r.sum()) for r in restored) * 2 + sum(
        int(((a.height != b.height) & masks[a.axis]).sum()) for a, b in zip(views, raised, strict=True)
    )
    total = max(1, sum(int(masks[v.axis].sum()) for v in views))
    return Consensus(raised, sheets, outside, changed / total, risen, disagreement)


def surface_points(view: HeightView, mask: np.ndarray) -> Points:
    """The points in space that the masked pixels of a view show."""
    pixels = np.argwhere(mask & view.subject)
    places = np.empty((len(pixels), 3), np.float32)
    places[:, view.plane] = (pixels + 0.5) * view.pixel - VIEW_HALF_EXTENT
    places[:, view.axis] = view.sign * view.height[tuple(pixels.T)]
    return Points(places, pixels)


def median_disagreement(views: list[HeightView]) -> float:
    """Pixels between what neighbouring views see of surfaces that face both, across the surface; the median."""
    apart = [np.zeros(0)]
    for view in views:
        toward = view.normal[..., view.axis] * view.sign
        shown = surface_points(view, (view.alpha >= WHOLE_ALPHA) & (toward > MIN_FACING))
        normals = view.normal[tuple(shown.pixels.T)]
        for other in views:
            if other.axis != view.axis:
                row, column, height = _project(shown.places, other)
                cosine = other.normal[row, column, other.axis] * other.sign
                both = (normals[:, other.axis] * other.sign > MIN_FACING) & (cosine > MIN_FACING)
                both &= other.alpha[row, column] >= WHOLE_ALPHA
                gap = np.abs(other.height[row, column] - height)[both] * cosine[both] / view.pixel
                apart.append(gap[gap < SAME_SURFACE])
    gaps = np.concatenate(apart)
    return float(np.median(gaps)) if len(gaps) >= MIN_COMPARED else 0.0


def _project(places: np.ndarray, view: HeightView) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Row, column and height of points in a view."""
    size = view.height.shape[0]
    cell = np.floor((places[:, view.plane] + VIEW_HALF_EXTENT) / view.pixel).astype(np.int64).clip(0, size - 1)
    return cell[:, 0], cell[:, 1], view.sign * places[:, view.axis]


def _carved(places: np.ndarray, view: HeightView, mask: np.ndarray, radius: int, tolerance: float) -> np.ndarray:
    """(P,) bool: points in front of what the view sees, or beside its silhouette, by more than the tolerances."""
    reach = np.where(mask, view.height, -np.inf)
    reach = ndimage.maximum_filter(reach, 2 * radius + 1)
    row, column, height = _project(places, view)
    return height > reach[row, column] + tolerance


def _settle_silhouette(axis: int, views: list[HeightView], radius: int) -> np.ndarray:
    """One mask for two opposite views, which must see the same outline.

    Where only one shows matter, it is believed if the silhouettes along the two other axes leave room for that matter
    anywhere on the ray; depth has no say, for it errs more.
    """
    near, far = (v for v in views if v.axis == axis)
    disputed = near.subject != far.subject
    if not disputed.any():
        return near.subject
    first, second = near.plane
    # Indexed (first, axis) and (axis, second); their product counts the places along the ray that both leave open.
    rooms = [_room(first, axis, views, radius), _room(axis, second, views, radius)]
    open_rays = rooms[0].astype(np.float32) @ rooms[1].astype(np.float32) > 0
    return (near.subject & far.subject) | (disputed & open_rays)


def _room(row_axis: int, column_axis: int, views: list[HeightView], radius: int) -> np.ndarray:
    """What either view of the plane of two world axes shows as subject, grown by the tolerance."""
    third = 3 - row_axis - column_axis
    either = np.logical_or(*(v.subject for v in views if v.axis == third))
    grown = ndimage.binary_dilation(either, NEIGHBOURS, iterations=radius)
    return grown if row_axis < column_axis else grown.T


def _elected(
    points: Points, view: HeightView, views: list[HeightView], masks: list[np.ndarray], radius: int, tolerance: float
) -> Points:
    """The points that at most `MAX_OPPONENTS` views carve, and those of thin sheets.

    A sheet that lies in a plane with four of the views is invisible to them; the two that face it and find its two
    sides at the same place suffice.
    """
    others = [v for v in views if v is not view]
    opponents = sum(_carved(points.places, v, masks[v.axis], radius, tolerance).astype(int) for v in others)
    opposite = next(v for v in others if v.axis == view.axis)
    thin = (np.abs(view.height + opposite.height) < tolerance) & (np.minimum(view.facing, opposite.facing) > MIN_FACING)
    keep = (opponents <= MAX_OPPONENTS) | thin[tuple(points.pixels.T)]
    return Points(points.places[keep], points.pixels[keep])


def _missing(axis: int, views: list[HeightView], points: list[Points], mask: np.ndarray, radius: int) -> np.ndarray:
    """(H, W) bool: pixels beyond the silhouette along an axis where at least two other views put matter."""
    judge = next(v for v in views if v.axis == axis)
    witnesses = np.zeros(mask.shape, int)
    for view, shown in zip(views, points, strict=True):
        if view.axis != axis:
            row, column, _ = _project(shown.places, judge)
            seen = np.zeros(mask.shape, bool)
            seen[row, column] = True
            witnesses += seen
    core = ndimage.binary_opening(mask, np.ones((2, 2), bool))  # beside it, a point is only a rounding away
    beyond = ~mask & ~ndimage.binary_dilation(core, NEIGHBOURS, iterations=radius)
    restored = beyond & (witnesses >= MIN_WITNESSES)
    # Witnesses show outlines (the sides of a leg); what they newly enclose is inside.
    return restored | (ndimage.binary_fill_holes(mask | restored) & ~ndimage.binary_fill_holes(mask) & ~mask)


def _raise(
    view: HeightView,
    views: list[HeightView],
    points: list[Points],
    mask: np.ndarray,
    restored: np.ndarray,
    ceiling: np.ndarray,
    tolerance: float,
) -> HeightView:
    """Raise a view's heights to the elected points before them, and around these to what the others leave solid."""
    front = np.full(mask.shape, -np.inf, np.float32)
    for other, shown in zip(views, points, strict=True):
        if other is not view:
            row, column, height = _project(shown.places, view)
            np.maximum.at(front, (row, column), height)
    reach = ndimage.maximum_filter(np.where(mask, view.height, -np.inf), 3)
    contradicted = _large_parts(mask & (front > reach + tolerance))
    # Restored pixels have no depth of their own; where no witness stands (a filled outline) nothing is carved.
    height = np.where(restored, np.where(np.isfinite(front), front, VIEW_HALF_EXTENT), view.height)
    raised = np.where(contradicted, front, height)
    if contradicted.any():
        # Witnesses show a leg's sides, often only two of them; its middle is what no other view carves between them.
        near = ndimage.maximum_filter(np.where(contradicted, front, -np.inf), 2 * SPREAD + 1)
        solid = mask & (ceiling > view.height + tolerance)
        grown = ndimage.binary_dilation(contradicted & solid, NEIGHBOURS, iterations=SPREAD, mask=solid)
        raised = np.where(grown, np.maximum(raised, np.minimum(near, ceiling)), raised)
    return replace(view, height=raised.astype(np.float32))


def _ceilings(views: list[HeightView], masks: list[np.ndarray], tolerance: float) -> list[np.ndarray]:
    """For each view (H, W) metres: how high the solid reaches in each pixel the other five views leave; or -inf."""
    size, pixel = len(masks[0]), views[0].pixel
    node = (np.arange(size, dtype=np.float32) + 0.5) * pixel - VIEW_HALF_EXTENT
    outside = np.zeros((size,) * 3, bool)
    for axis, mask in enumerate(masks):
        outside |= np.expand_dims(~mask, axis)
    carvers = np.zeros((size,) * 3, np.uint8)
    carved = []
    for view in views:
        above = node * view.sign > view.height[..., None] + tolerance / 2  # (H, W, size), the view's axis last
        carved.append(above)
        carvers += np.moveaxis(above, 2, view.axis)
    ceilings = []
    for view, above in zip(views, carved, strict=True):
        alone = np.moveaxis(carvers, view.axis, 2) == above  # carved by this view or by none
        solid = alone & ~np.moveaxis(outside, view.axis, 2)
        ceilings.append(np.where(solid, node * view.sign, -np.inf).max(2).astype(np.float32))
    return ceilings


def _outside(axis: int, views: list[HeightView], mask: np.ndarray, restored: np.ndarray) -> np.ndarray:
    """Distance to the settled silhouette."""
    near, far = (v for v in views if v.axis == axis)
    alpha = np.where(near.subject != far.subject, mask, (near.alpha + far.alpha) / 2)
    alpha = np.where(mask, alpha, np.minimum(alpha, SUBJECT_ALPHA))
    return silhouette_distance(np.where(restored, 1, alpha), near.pixel)


def _sheet(
    axis: int, views: list[HeightView], points: list[Points], outside: np.ndarray, cfg: ReconstructConfig
) -> Sheet:
    """Find the parts whose two sides are seen face-on, and are close together or crossed by noise."""
    (i, near), (j, far) = sorted(((k, v) for k, v in enumerate(views) if v.axis == axis), key=lambda kv: -kv[1].sign)
    cell = 2 * VIEW_HALF_EXTENT / cfg.resolution
    least = cfg.min_thickness * cell
    facing = np.maximum(np.minimum(near.facing, far.facing), MIN_FACING)
    gap = (near.height + far.height) * facing
    thin = (gap < np.where(facing > CLEAR_FACING, SHEET * cell, least)) & (gap > -2 * cfg.depth_tolerance)
    thin &= _mask(points[i], thin.shape) & _mask(points[j], thin.shape)
    # Every rounded part is thin along its rim, which touches its thick middle; a sheet has pixels that touch none.
    thick = near.subject & far.subject & ~thin
    thin &= ndimage.binary_dilation(thin & ~ndimage.binary_dilation(thick, NEIGHBOURS), NEIGHBOURS)
    # The outline follows the silhouette, and ends one pixel into thicker parts.
    beyond = (ndimage.distance_transform_edt(~thin) - 1) * near.pixel if thin.any() else np.full(thin.shape, np.inf)
    narrow = _large_parts(thin & ~ndimage.binary_opening(thin, np.ones((2, 2), bool)))
    if narrow.any():
        outside = np.minimum(outside, ndimage.distance_transform_edt(~narrow) * near.pixel - least / 2)
    rim = np.maximum(beyond, outside).clip(-1, 1).astype(np.float32)
    half_thickness = (np.clip(gap, least, SHEET * cell) / 2).astype(np.float32)
    return Sheet(axis, (near.height - far.height) / 2, half_thickness, facing, rim)


def _large_parts(mask: np.ndarray) -> np.ndarray:
    """The connected parts of a mask that are more than the frayed edge of something else."""
    label, _ = ndimage.label(mask, NEIGHBOURS)
    return mask & (np.bincount(label.ravel()) >= MIN_PART)[label]


def _mask(points: Points, shape: tuple[int, ...]) -> np.ndarray:
    mask = np.zeros(shape, bool)
    mask[tuple(points.pixels.T)] = True
    return mask
