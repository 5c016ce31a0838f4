"""Whether a mesh stands askew: turned about an axis by less than a right angle, told by its plane of symmetry.

The plan network knows a shape in its 24 poses on the axes. A creature that faces half left is none of them, but its
mirror plane stands out: only there does the shape agree with its image. A nod, about the normal of that plane, is not
seen.
"""

from dataclasses import dataclass

import numpy as np
from scipy.spatial.transform import Rotation

from gen4d.rig.voxels import VoxelSolid

RESOLUTION = 48  # voxels of the solid that is looked at
CELL = 1.5  # voxels: cells are so large that a turned solid leaves no gaps
STEP_DEG, FINE_STEP_DEG = 7.5, 1.5
LEAST_DEG = 10.0  # a smaller slant is a pose, or a lazily placed model, and does no harm
GAIN = 0.15  # of the overlap: how much clearer the slanted mirror plane must be than those on the axes
CLEAR = 0.70  # least overlap with the mirror image
MOST_SHIFT = 2  # cells; the plane may lie half as far from the middle of mass


@dataclass(frozen=True)
class Slant:
    """Fields:
    axis: 0, 1 or 2, about which the mesh is turned.
    degrees: the turn that straightens it, in (-45, 45]; 0 where it stands straight.
    """

    axis: int
    degrees: float

    @property
    def rotation(self) -> np.ndarray:
        """The turn that straightens it, (3, 3) float64; the identity where it stands straight."""
        vector = np.eye(3)[self.axis] * np.radians(self.degrees)
        return Rotation.from_rotvec(vector).as_matrix() if self.degrees else np.eye(3)


def find_slant(solid: VoxelSolid) -> Slant:
    """The turn about one axis that brings a clear mirror plane onto the axes.

    Args:
        solid: of `RESOLUTION`.
    """
    points = np.argwhere(solid.occupied).astype(np.float64)
    points -= points.mean(0)
    best, most = Slant(1, 0.0), 0.0
    straight = max(_mirror_overlap(points, axis, 0.0) for axis in range(2))  # the three planes
    if straight + GAIN > 1:
        return best
    for axis in range(3):
        angles = np.arange(-45.0 + STEP_DEG, 45.0 + 1e-9, STEP_DEG)
        overlaps = [_mirror_overlap(points, axis, angle) for angle in angles]
        if max(overlaps) > most:
            best, most = Slant(axis, float(angles[int(np.argmax(overlaps))])), max(overlaps)
    fine = best.degrees + np.arange(-STEP_DEG, STEP_DEG + 1e-9, FINE_STEP_DEG)
    overlaps = np.array([_mirror_overlap(points, best.axis, angle) for angle in fine])
    degrees, most = float(fine[overlaps.argmax()]), float(overlaps.max())
    if most < max(CLEAR, straight + GAIN) or abs(degrees) < LEAST_DEG:
        return Slant(1, 0.0)
    return Slant(best.axis, degrees)


def _mirror_overlap(points: np.ndarray, axis: int, degrees: float) -> float:
    """Overlap in [0, 1] of points turned about an axis with their mirror image in the better plane that holds it."""
    turned = points @ Rotation.from_rotvec(np.eye(3)[axis] * np.radians(degrees)).as_matrix().T
    cells = np.rint(turned / CELL).astype(np.int64)
    middle = int(np.abs(cells).max()) + MOST_SHIFT
    filled = np.zeros((2 * middle + 1,) * 3, bool)
    filled[tuple((cells + middle).T)] = True
    total, best = int(filled.sum()), 0
    for normal in (a for a in range(3) if a != axis):
        mirrored = np.flip(filled, normal)
        for shift in range(-MOST_SHIFT, MOST_SHIFT + 1):  # the border is free, so that nothing is rolled around
            best = max(best, int((filled & np.roll(mirrored, shift, normal)).sum()))
    return best / (2 * total - best)
