"""What carving tears of imagined thin things, made whole: sheets that lost their middle, pieces that hang on nothing.

Two opposite views that show a table's top may each put it a few pixels too deep. Then the surfaces they see have passed
through each other, nothing is left between them, and the four views from its edge cannot help: a sheet thinner than a
pixel is not in them. So where two opposite silhouettes show a part, and no solid is on its rays, a sheet is laid
half-way between the two surfaces. What still hangs on nothing afterwards is tied to the rest along the way that the
fewest silhouettes deny, for a gap in one view's leg is its mistake as long as another view shows no gap.
"""

import numpy as np
from scipy import ndimage
from skimage.graph import MCP_Geometric

from gen4d.reconstruct.agreement import Sheet
from gen4d.reconstruct.heights import HeightView

CROSSED = 24.0  # pixels by which the surfaces of two opposite views may have passed through each other
THICKEST = 4.0  # pixels; thicker parts are seen from all sides, and views that deny them are believed
FRAYED = 2.0  # pixels; nearer to the solid, a missing ray is its outline's unevenness, unless the part is a line
NARROW = 5  # pixels; a silhouette no wider than this is a line
LEAST_PATCH = 4  # pixels
THINNEST = 0.65  # pixels, half the thickness of a sheet
ATTACH = 8.0  # pixels along the view within which a sheet's rim is moved to the solid beside it
FADE = 8.0  # pixels for which that move is kept, and over which it fades out then
SMOOTH = 3.0  # pixels, standard deviation, over which a sheet is made even
MIN_FACING = 0.35  # cosine; see `agreement.MIN_FACING`
AROUND = np.ones((3, 3), bool)

DENIED = np.array([1.0, 2.0, 6.0, 16.0])  # cost of a cell that lies outside none, one, two, three of the silhouettes
FARTHEST = 48.0  # cost of the longest tie: 24 cells that one silhouette denies, or three that all do
INSIDE = 0.01  # cost of a cell that is solid already
LEAST_PIECE = 12  # cells; smaller ones are crumbs
LEAST_RADIUS, MOST_RADIUS = 1.1, 3.0  # cells, of a tie
END = 3  # cells of a piece's end whose thickness its tie takes


def lost_sheet(near: HeightView, far: HeightView, solid: np.ndarray, outside: np.ndarray) -> Sheet | None:
    """What two opposite views show of parts on whose rays nothing solid is left.

    Args:
        near, far: from the positive and from the negative side of one axis, at the grid's resolution.
        solid: (R, R, R) bool, indexed x, y, z.
        outside: (R, R) float32 metres, signed distance to the silhouette along that axis.

    Returns:
        sheet: None where nothing is lost, or nothing is there to be mended.
    """
    filled = np.asarray(solid.any(near.axis))
    if not filled.any():
        return None
    lost = _lost_rays(outside < 0, filled)
    top, base = near.height, -far.height
    thickness = (top - base) / near.pixel
    lost &= (thickness > -CROSSED) & (thickness < THICKEST)
    lost = _of_size(lost)
    if not lost.any():
        return None
    # Where views contradict each other, what the vote made of their heights is rough.
    middle, thickness = _smooth((top + base) / 2, lost), _smooth(thickness, lost)
    middle = middle + _toward_solid(middle, lost, filled, np.moveaxis(solid, near.axis, 2), near.pixel)
    beyond = (ndimage.distance_transform_edt(~lost) - 1) * near.pixel  # one pixel into what it joins
    half_thickness = np.clip(thickness / 2, THINNEST, THICKEST / 2) * near.pixel
    facing = np.maximum(np.minimum(near.facing, far.facing), MIN_FACING)
    rim = np.maximum(beyond, outside).clip(-1, 1)
    return Sheet(near.axis, *(m.astype(np.float32) for m in (middle, half_thickness, facing, rim)))


def _lost_rays(mask: np.ndarray, filled: np.ndarray) -> np.ndarray:
    """The rays of a silhouette that meet nothing, but for the rim of what they should meet."""
    empty = mask & ~filled
    wide = ndimage.binary_opening(mask, np.ones((NARROW + 1, NARROW + 1), bool))
    far = empty & (ndimage.distance_transform_edt(~filled) > FRAYED)
    return ndimage.binary_dilation(far, AROUND, round(FRAYED), mask=empty) | (empty & ~wide)


def _of_size(mask: np.ndarray) -> np.ndarray:
    label, _ = ndimage.label(mask, AROUND)
    return mask & (np.bincount(label.ravel()) >= LEAST_PATCH)[label]


def _smooth(image: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Each value's mean over its surroundings in the mask."""
    weight = ndimage.gaussian_filter(mask.astype(np.float32), SMOOTH)
    return ndimage.gaussian_filter(np.where(mask, image, 0), SMOOTH) / np.maximum(weight, 1e-6)  # protects far pixels


def _toward_solid(
    middle: np.ndarray, lost: np.ndarray, filled: np.ndarray, columns: np.ndarray, pixel: float
) -> np.ndarray:
    """How far a sheet must move along its axis, (R, R) metres, for its rim to meet the solid beside it."""
    distance, (row, column) = ndimage.distance_transform_edt(~filled, return_indices=True)
    rim = np.argwhere(lost & (distance < 2))
    i, j = rim.T
    node = (np.arange(columns.shape[2]) + 0.5 - columns.shape[2] / 2) * pixel
    away = np.where(columns[row[i, j], column[i, j]], node - middle[i, j][:, None], np.inf)  # (P, R)
    nearest = away[np.arange(len(rim)), np.abs(away).argmin(1)] if len(rim) else np.zeros(0)
    meets = np.abs(nearest) < ATTACH * pixel
    moves, known = np.zeros_like(middle), np.zeros_like(middle)
    moves[i[meets], j[meets]], known[i[meets], j[meets]] = nearest[meets], 1
    if not known.any():
        return moves
    share = np.clip(2 - ndimage.distance_transform_edt(known == 0) / FADE, 0, 1)
    return share * _smooth(moves, known > 0)


def tied(values: np.ndarray, outside: list[np.ndarray], spacing: float) -> np.ndarray:
    """Tie loose pieces to the largest one, each along its cheapest way; crumbs and what is too far stay as they are.

    Args:
        values: (R, R, R) float32 metres, signed distances.
        outside: for the axes x, y, z (R, R) metres, signed distance to the silhouette.

    Returns:
        values: lowered along the ties.
    """
    solid = ndimage.find_objects((values < 0).astype(np.int8))
    if not solid:
        return values
    box = solid[0]
    label, count = ndimage.label(values[box] < 0)
    size = np.bincount(label.ravel(), minlength=count + 1)
    size[0] = 0
    loose = np.flatnonzero(size >= LEAST_PIECE)
    loose = loose[loose != size.argmax()]
    if not len(loose):
        return values
    denied = np.zeros(values.shape, np.int8)
    for axis, distance in enumerate(outside):
        denied += np.expand_dims(distance > 0, axis)
    ways = MCP_Geometric(np.where(label > 0, INSIDE, DENIED[denied[box]]))
    # The solid costs next to nothing, so any cell stands for the piece it lies in.
    places, first = np.unique(label, return_index=True)
    cells = np.stack(np.unravel_index(first, label.shape), 1)[np.searchsorted(places, loose)]  # (L, 3)
    start = np.unravel_index(int((label == size.argmax()).argmax()), label.shape)
    cost, _ = ways.find_costs([start], cells)
    thick = ndimage.distance_transform_edt(label > 0)
    radius = np.zeros(label.shape, np.float32)
    for cell in cells[cost[tuple(cells.T)] < FARTHEST]:
        path = np.array(ways.traceback(cell))  # from the largest piece to this one
        there = thick[tuple(path.T)]
        solid_after = np.minimum.accumulate(np.where(there > 0, np.arange(len(path)), len(path))[::-1])[::-1]
        gap = there == 0
        width = ndimage.maximum_filter1d(there, 2 * END + 1)[solid_after[gap]]
        radius[tuple(path[gap].T)] = np.clip(width, LEAST_RADIUS, MOST_RADIUS)
    if not radius.any():
        return values
    distance, nearest = ndimage.distance_transform_edt(radius == 0, return_indices=True)
    joined = values.copy()
    joined[box] = np.minimum(values[box], (distance - radius[tuple(nearest)]) * spacing)
    return joined
