"""The legs of an animal seen from its side: found in the matte, and told apart into near and far ones."""

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

BODY_SHARE = 0.62  # of the trunk's radius: what an opening by this disk removes is thin enough for a leg
GROUND = 0.14  # of the height: a leg's foot ends this close to the ground
MIN_HEIGHT = 0.10  # of the animal's height: a shorter stub is a paw, not a leg
FOOT_ROW = 0.2  # of a leg's height above its foot: there two legs that touch above are told apart
MIN_FOOT = 0.012  # of the animal's length: a narrower run of pixels is a claw or noise
HIDDEN_SHARE = 0.75  # of its twin's area: a leg that shows less is hidden in part
LEANING = 0.35  # of a piece's two sides: more contact with the trunk than this is no leg's
UNREACHED = np.iinfo(np.int32).max
MIN_SPREAD = 0.3  # of the animal's length: front and hind feet of an animal are at least this far apart


@dataclass(frozen=True)
class Leg:
    """One visible leg.

    Fields:
        mask: (H, W) bool.
        group: 0 for the pair further left in the picture, 1 for the other.
        sides: (1,) near, (-1,) far, (1, -1) for a leg that hides its twin.
        thigh: pixels of half-width at its upper end, that of the wider leg of its pair.
    """

    mask: np.ndarray
    group: int
    sides: tuple[int, ...]
    thigh: float


def find_legs(mask: np.ndarray) -> list[Leg]:
    """Legs of an animal that stands and is seen from its side.

    Args:
        mask: (H, W) bool.

    Returns:
        legs: of two pairs, one or two visible a pair; empty where the matte does not show two pairs of legs.
    """
    hanging = _hanging(mask)
    trunk = mask & ~np.logical_or.reduce([np.zeros_like(mask), *hanging])
    pieces = [leg for piece in hanging if _stands_free(piece, trunk) for leg in _split(piece)]
    if len(pieces) < 2:
        return []
    columns = np.flatnonzero(mask.any(0))
    length = columns[-1] - columns[0] + 1
    centres = np.array([_foot(piece) for piece in pieces])
    middle = (centres.min() + centres.max()) / 2
    if np.ptp(centres) < MIN_SPREAD * length:
        return []
    legs = []
    for group in (0, 1):
        pair = [p for p, x in zip(pieces, centres, strict=True) if (x > middle) == bool(group)]
        pair = sorted(pair, key=lambda p: p.sum(), reverse=True)[:2]
        if len(pair) == 2:
            pair = [pair[0], _completed(pair[1], pair[0], mask)]
        thigh = max(_upper_width(piece) for piece in pair) / 2
        if len(pair) == 1:
            legs.append(Leg(pair[0], group, (1, -1), thigh))
        else:  # the camera looks down a little, so the foot that stands lower is the nearer one
            near, far = sorted(pair, key=lambda p: (np.flatnonzero(p.any(1))[-1], p.sum()), reverse=True)
            legs += [Leg(near, group, (1,), thigh), Leg(far, group, (-1,), thigh)]
    return legs


def upper_end(leg: Leg, mask: np.ndarray) -> np.ndarray:
    """A leg continued upwards into the trunk's middle, (H, W) bool, so that its solid grows out of the body's.

    It follows the shortest way inside the matte and widens on it to a thigh, also where another leg hides it.
    """
    rows = np.flatnonzero(leg.mask.any(1))
    start = rows[0] + len(rows) // 8
    columns = np.flatnonzero(leg.mask[start])
    path = [(int(start), int(columns[len(columns) // 2]))]
    steps = _steps_from(trunk_core(mask), mask)
    while 0 < steps[path[-1]] < UNREACHED:
        row, column = path[-1]
        around = steps[row - 1 : row + 2, column - 1 : column + 2]
        down = np.unravel_index(int(np.argmin(around)), around.shape)
        path.append((row + int(down[0]) - 1, column + int(down[1]) - 1))
    own = max(1.5, 0.5 * (columns[-1] - columns[0] + 1))
    radii = np.linspace(own, max(own, leg.thigh), len(path))
    whole = leg.mask.copy()
    y, x = np.indices(mask.shape)
    for (row, column), radius in zip(path[::2] + path[-1:], [*radii[::2], radii[-1]], strict=True):
        whole |= np.hypot(x - column, y - row) <= radius
    return whole & mask


def trunk_core(mask: np.ndarray) -> np.ndarray:
    """The middle of the thickest part, (H, W) bool."""
    distance = ndimage.distance_transform_edt(np.pad(mask, 1))[1:-1, 1:-1]
    labels, _ = ndimage.label(distance > BODY_SHARE * distance.max())
    return labels == labels[np.unravel_index(int(np.argmax(distance)), distance.shape)]


def _hanging(mask: np.ndarray) -> list[np.ndarray]:
    """The thin parts that reach from the trunk down to the ground."""
    distance = ndimage.distance_transform_edt(np.pad(mask, 1))[1:-1, 1:-1]
    core = trunk_core(mask)
    trunk = ndimage.distance_transform_edt(~core) < BODY_SHARE * distance.max()
    rows = np.flatnonzero(mask.any(1))
    bottom, height = rows[-1], rows[-1] - rows[0] + 1
    trunk_rows = np.flatnonzero(core.any(1))
    below = np.arange(mask.shape[0])[:, None] > trunk_rows.mean()
    labels, count = ndimage.label(mask & ~trunk & below, np.ones((3, 3)))
    found = []
    for number in range(1, count + 1):
        piece = labels == number
        span = np.flatnonzero(piece.any(1))
        if span[-1] > bottom - GROUND * height and len(span) > MIN_HEIGHT * height:
            found.append(piece)
    return found


def _split(piece: np.ndarray) -> list[np.ndarray]:
    """Cut a piece that stands on two feet into two legs, each pixel going to the foot nearer along it."""
    rows = np.flatnonzero(piece.any(1))
    row = rows[-1] - round(FOOT_ROW * len(rows))
    runs, count = ndimage.label(piece[row])
    smallest = MIN_FOOT * piece.shape[1]
    feet = [np.flatnonzero(runs == n) for n in range(1, count + 1) if (runs == n).sum() >= smallest]
    if len(feet) < 2:
        return [piece]
    feet = sorted(sorted(feet, key=len, reverse=True)[:2], key=lambda run: run[0])
    reach = []
    for run in feet:
        seed = np.zeros_like(piece)
        seed[row, run] = True
        reach.append(_steps_from(seed, piece))
    first = piece & (reach[0] <= reach[1])
    return [first, piece & ~first]


def _steps_from(seed: np.ndarray, piece: np.ndarray) -> np.ndarray:
    """Number of pixel steps inside the piece from the seed; a large number where it is not reached."""
    steps = np.full(piece.shape, UNREACHED)
    front, reached, step = seed, seed.copy(), 0
    while front.any():
        steps[front] = step
        front = ndimage.binary_dilation(reached, np.ones((3, 3), bool)) & piece & ~reached
        reached |= front
        step += 1
    return steps


def _stands_free(piece: np.ndarray, trunk: np.ndarray) -> bool:
    """Whether a piece has background at its sides: the corner of a box or a skirt leans on its trunk instead."""
    beside = (piece[:, :-1] & trunk[:, 1:]).sum() + (piece[:, 1:] & trunk[:, :-1]).sum()
    return float(beside) < LEANING * 2 * np.count_nonzero(piece.any(1))


def _completed(smaller: np.ndarray, larger: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """A leg that its twin hides in part, with the twin's shape put on its own foot where the matte covers that."""
    if smaller.sum() > HIDDEN_SHARE * larger.sum():
        return smaller
    rows = [np.flatnonzero(leg.any(1))[-1] for leg in (smaller, larger)]
    down, right = int(rows[0] - rows[1]), round(_foot(smaller) - _foot(larger))
    twin = ndimage.shift(larger.astype(np.uint8), (down, right), order=0).astype(bool)
    labels, _ = ndimage.label(smaller | (twin & mask), np.ones((3, 3)))
    return labels == labels[tuple(np.argwhere(smaller)[-1])]


def _upper_width(piece: np.ndarray) -> float:
    """Width of a leg where it leaves the trunk, in pixels; the median over its upper third."""
    widths = piece.sum(1)[piece.any(1)]
    return float(np.median(widths[: max(1, len(widths) // 3)]))


def _foot(piece: np.ndarray) -> float:
    """Column of the foot's middle."""
    rows = np.flatnonzero(piece.any(1))
    low = piece[rows[-1] - max(1, len(rows) // 8) :]
    return float(np.flatnonzero(low.any(0)).mean())
