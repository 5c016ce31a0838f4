"""Depth that lies too deep -> depth that fills the silhouettes.

A prior draws outlines well and depth poorly: a whole back may lie a tenth of the object's length too deep, and carving
by it would leave a saddle. But every ray through a silhouette must meet the object. Where carving leaves a ray empty,
the view that carves deepest at the ray's least carved point is wrong by at least that much, and so, more or less, are
its pixels around. Views without noise, as true ones are, pass unchanged: only a sheet thinner than a pixel can leave
their rays empty.
"""

from dataclasses import replace

import numpy as np
from scipy import ndimage

from gen4d.conventions import VIEW_HALF_EXTENT
from gen4d.reconstruct.heights import HeightView

ROUNDS = 4  # filling one ray may show that another view is wrong as well
AROUND = np.ones((3, 3), bool)
SPREAD = 6.0  # pixels, standard deviation of the neighbourhood that shares a correction; a prior's errors are smooth
HELD = 1.25  # pixels on both sides of its middle that the thinnest part keeps; less does not survive the smoothing
MIN_EMPTY_SHARE = 0.02  # of the silhouettes' rays; parts thinner than a pixel leave fewer empty, even in true views
MIN_FACING = 0.25  # the raise of a surface seen at a grazing angle would grow without bound


def calibrate(views: list[HeightView], masks: list[np.ndarray]) -> tuple[list[HeightView], float]:
    """Raise heights until the rays of all silhouettes meet the solid.

    Args:
        masks: for the axes x, y, z one settled (H, W) bool silhouette, indexed by the two other axes.

    Returns:
        views: with raised heights.
        raised: metres, mean raise over the silhouettes' pixels.
    """
    outside = np.zeros((len(masks[0]),) * 3, bool)
    for axis, mask in enumerate(masks):
        outside |= np.expand_dims(~mask, axis)
    before = views
    if not any(view.noise for view in views):
        return views, 0.0
    for _ in range(ROUNDS):
        needs, empty_share = _needs(views, masks, outside)
        if empty_share < MIN_EMPTY_SHARE:
            break
        views = [_raised(view, need) for view, need in zip(views, needs, strict=True)]
    total = sum(int(masks[v.axis].sum()) for v in views)
    risen = sum(float((b.height - a.height)[masks[a.axis]].sum()) for a, b in zip(before, views, strict=True))
    return views, risen / max(1, total)


def _needs(views: list[HeightView], masks: list[np.ndarray], outside: np.ndarray) -> tuple[list[np.ndarray], float]:
    """For each view (H, W) metres by which a pixel must rise to meet an empty ray; and the share of empty rays."""
    size, pixel = len(outside), views[0].pixel
    node = (np.arange(size, dtype=np.float32) + 0.5) * pixel - VIEW_HALF_EXTENT
    carved = np.full(outside.shape, -np.inf, np.float32)
    carver = np.zeros(outside.shape, np.int8)
    for index, view in enumerate(views):
        above = (node * view.sign - view.height[..., None]) * np.maximum(view.facing, MIN_FACING)[..., None]
        above = np.moveaxis(above, 2, view.axis)
        deeper = above > carved
        carver[deeper] = index
        np.maximum(carved, above, out=carved)
    carved[outside] = np.inf
    needs = [np.zeros(view.height.shape, np.float32) for view in views]
    count = 0
    for axis, mask in enumerate(masks):
        best = carved.argmin(axis)
        depth = np.take_along_axis(carved, np.expand_dims(best, axis), axis).squeeze(axis)
        lacking = mask & np.isfinite(depth) & (depth > -HELD * pixel)
        held = mask & ~lacking
        # Round parts are thin along their rims, one pixel wide; legs and rails have pixels that touch nothing thicker.
        line = ndimage.binary_dilation(lacking & ~ndimage.binary_dilation(held, AROUND), AROUND, mask=lacking)
        empty = ndimage.binary_opening(lacking, np.ones((2, 2), bool)) | line
        count += int(empty.sum())
        place = np.insert(np.argwhere(empty), axis, best[empty], axis=1)  # (P, 3) node indices
        who = carver[tuple(place.T)]
        for index, view in enumerate(views):
            mine = place[who == index][:, view.plane]
            rise = (depth[empty][who == index] + HELD * pixel) / np.maximum(
                view.facing[mine[:, 0], mine[:, 1]], MIN_FACING
            )
            np.maximum.at(needs[index], (mine[:, 0], mine[:, 1]), rise)
    return needs, count / max(1, sum(int(mask.sum()) for mask in masks))


def _raised(view: HeightView, need: np.ndarray) -> HeightView:
    """Raise the asked pixels by what they were asked, and those around by the mean of it, fading out."""
    asked = (need > 0).astype(np.float32)
    near = ndimage.gaussian_filter(asked, SPREAD)
    mean = ndimage.gaussian_filter(need, SPREAD) / np.maximum(near, 1e-6)
    share = np.minimum(1, ndimage.gaussian_filter(ndimage.maximum_filter(asked, round(SPREAD)), SPREAD / 2))
    return replace(view, height=view.height + np.maximum(mean * share, need))
