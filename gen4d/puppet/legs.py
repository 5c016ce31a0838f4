"""The legs of an animal seen from its side: found in the matte, and told apart into near and far ones."""

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

BODY_SHARE = 0.62  # of the trunk's radius: what an opening by this disk removes is thin enough for a leg
GROUND = 0.14  # of the height: a leg's foot ends this close to the ground
MIN_HEIGHT = 0.10  # of the animal's height: a shorter stub is a paw, not a leg
FOOT_ROW = 0.2  # of a leg's height above its foot: there two legs that touch above are told apart
MIN_FOOT = 0.012  # of the animal's length: a narrower run of pixels is a claw or noise
MIN_SPREAD = 0.3  # of the animal's length: front and hind feet of an animal are at least this far apart


@dataclass(frozen=True)
class Leg:
    """One visible leg.

    Fields:
        mask: (H, W) bool.
        group: 0 for the pair further left in the picture, 1 for the other.
        sides: (1,) near, (-1,) far, (1, -1) for a leg that hides its twin.
    """

    mask: np.ndarray
    group: int
    sides: tuple[int, ...]


def find_legs(mask: np.ndarray) -> list[Leg]:
    """Legs of an animal that stands and is seen from its side.

    Args:
        mask: (H, W) bool.

    Returns:
        legs: of two pairs, one or two visible a pair; empty where the matte does not show two pairs of legs.
    """
    pieces = [leg for piece in _hanging(mask) for leg in _split(piece)]
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
        if len(pair) == 1:
            legs.append(Leg(pair[0], group, (1, -1)))
        else:  # the camera looks down a little, so the foot that stands lower is the nearer one
            near, far = sorted(pair, key=lambda p: (np.flatnonzero(p.any(1))[-1], p.sum()), reverse=True)
            legs += [Leg(near, group, (1,)), Leg(far, group, (-1,))]
    return legs


def upper_end(leg: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """A leg with a round upper end inside the body, (H, W) bool, so that its solid grows out of the body's."""
    rows = np.flatnonzero(leg.any(1))
    top = rows[0]
    columns = np.flatnonzero(leg[top : top + max(2, len(rows) // 8)].any(0))
    radius = max(2.0, 0.6 * (columns[-1] - columns[0] + 1))
    y, x = np.indices(leg.shape)
    disk = np.hypot(x - columns.mean(), y - (top - 0.35 * radius)) < radius
    return leg | (disk & mask)


def _hanging(mask: np.ndarray) -> list[np.ndarray]:
    """The thin parts that reach from the trunk down to the ground."""
    distance = ndimage.distance_transform_edt(np.pad(mask, 1))[1:-1, 1:-1]
    core = distance > BODY_SHARE * distance.max()
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
    """Cut a piece that stands on two feet into two legs, each pixel going to the foot that is nearer along the piece."""
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
    steps = np.full(piece.shape, np.iinfo(np.int32).max)
    front, reached, step = seed, seed.copy(), 0
    while front.any():
        steps[front] = step
        front = ndimage.binary_dilation(reached, np.ones((3, 3), bool)) & piece & ~reached
        reached |= front
        step += 1
    return steps


def _foot(piece: np.ndarray) -> float:
    """Column of the foot's middle."""
    rows = np.flatnonzero(piece.any(1))
    low = piece[rows[-1] - max(1, len(rows) // 8) :]
    return float(np.flatnonzero(low.any(0)).mean())
