"""What horizontal slices of a solid tell: the symmetry plane, pieces of a slice, limbs followed upward."""

import numpy as np
from scipy import ndimage

from gen4d.rig.voxels import VoxelSolid, label_pieces

MAX_PLANE_SHIFT = 0.15  # of the width: how far the symmetry plane may lie from the middle of the bounding box
CLEFT = 0.85  # where the middle is thinner than this share of the slice's thickest column, two legs touch
KNEES = 0.06  # of the height: knees that are grown together interrupt the gap between the legs for no longer
HIGHEST_CROTCH = 0.62  # of the height
EIGHT_CONNECTED = np.ones((3, 3))


def symmetry_plane(solid: VoxelSolid) -> tuple[float, float]:
    """The plane x = const in which the solid is most nearly its own mirror image.

    Returns:
        The plane's x in metres, and the overlap of solid and mirror image as intersection over union in [0, 1].
    """
    occupied = solid.occupied
    width = occupied.shape[0]
    filled = occupied.sum()
    best_overlap, best_shift = 0.0, 0
    reach = max(1, round(width * MAX_PLANE_SHIFT))
    mirrored = occupied[::-1]
    for shift in sorted(range(-reach, reach + 1), key=abs):  # ties go to the middle
        a, b = max(0, shift), min(width, width + shift)
        common = (occupied[a:b] & mirrored[a - shift : b - shift]).sum()
        overlap = float(common / (2 * filled - common))
        if overlap > best_overlap + 1e-9:
            best_overlap, best_shift = overlap, shift
    return float(solid.to_world(np.array([(width - 1 + best_shift) / 2, 0, 0]))[0]), best_overlap


def center_columns(center: float) -> slice:
    """The one or two sheets of voxels next to grid position x = `center`."""
    return slice(int(np.floor(center + 1e-6)), int(np.ceil(center - 1e-6)) + 1)


def middle_part(solid: VoxelSolid, center: float) -> np.ndarray:
    """The voxels that hang together with the middle sheet within their own horizontal slice, (X, Y, Z) bool."""
    columns = center_columns(center)
    part = np.zeros_like(solid.occupied)
    for y in range(solid.occupied.shape[1]):
        labels, _ = label_pieces(solid.occupied[:, y], EIGHT_CONNECTED)
        touching = np.unique(labels[columns])
        part[:, y] = np.isin(labels, touching[touching > 0])
    return part


def half_widths(part: np.ndarray, center: float) -> np.ndarray:
    """Half the x-extent of each slice of a mask about grid position `center`, (Y,) voxels; 0 for an empty slice."""
    distance = np.abs(np.arange(part.shape[0]) - center) + 0.5
    return (part.any(2) * distance[:, None]).max(0)


def longest_run(mask: np.ndarray) -> tuple[int, int]:
    """Start and end (exclusive) of the longest run of True in a 1D mask; (0, 0) when there is none."""
    padded = np.concatenate([[False], mask, [False]]).astype(np.int8)
    starts, ends = np.flatnonzero(np.diff(padded) == 1), np.flatnonzero(np.diff(padded) == -1)
    if not len(starts):
        return 0, 0
    longest = int((ends - starts).argmax())
    return int(starts[longest]), int(ends[longest])


def leg_gap(occupied: np.ndarray, center: float) -> tuple[int, int]:
    """Levels over which two legs are apart, or touch but still have a cleft between them; start and end (exclusive).

    Returns (0, 0) where there is no gap that begins near the floor.
    """
    levels = np.flatnonzero(occupied.any((0, 2)))
    floor, height = int(levels[0]), int(levels[-1] - levels[0]) + 1
    thickness = occupied.sum(2)  # (X, Y)
    gap = thickness[center_columns(center)].max(0) < CLEFT * thickness.max(0)
    gap = ndimage.binary_closing(gap, np.ones(2 * max(1, round(KNEES * height / 2)) + 1))
    gap[:floor] = False
    gap[int(floor + HIGHEST_CROTCH * height) :] = False
    start, end = longest_run(gap)
    return (start, end) if start < floor + 0.3 * height else (0, 0)


def connected_to(mask: np.ndarray, seeds: np.ndarray) -> np.ndarray:
    """The part of a mask that is 26-connected to any of the seed voxels (same shape, bool)."""
    labels, _ = label_pieces(mask, np.ones((3, 3, 3)))
    found = np.unique(labels[seeds & mask])
    return np.isin(labels, found[found > 0])
