"""What horizontal slices of a solid tell: the symmetry plane, pieces of a slice, limbs followed upward."""

import numpy as np
from scipy import ndimage

from gen4d.rig.voxels import VoxelSolid

MAX_PLANE_SHIFT = 0.15  # of the width: how far the symmetry plane may lie from the middle of the bounding box
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
    """The voxels of each horizontal slice that hang together with the middle sheet within that slice, (X, Y, Z) bool."""
    columns = center_columns(center)
    part = np.zeros_like(solid.occupied)
    for y in range(solid.occupied.shape[1]):
        labels, _ = ndimage.label(solid.occupied[:, y], structure=EIGHT_CONNECTED)
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


def centroid(mask: np.ndarray) -> np.ndarray | None:
    """Mean voxel index of a mask of any dimension, or None where it is empty."""
    indices = np.argwhere(mask)
    return indices.mean(0) if len(indices) else None


def connected_to(mask: np.ndarray, seeds: np.ndarray) -> np.ndarray:
    """The part of a mask that is 26-connected to any of the seed voxels (same shape, bool)."""
    labels, _ = ndimage.label(mask, structure=np.ones((3, 3, 3)))
    found = np.unique(labels[seeds & mask])
    return np.isin(labels, found[found > 0])
