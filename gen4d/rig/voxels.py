"""A solid out of any triangle soup: surface voxels, flood fill from outside, depth below the surface."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy import ndimage

SAMPLES_A_VOXEL = 2.0  # surface samples along a voxel edge; below 1.5 thin sheets begin to leak
LATTICE_STEPS = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512)
CHUNK_SAMPLES = 2_000_000  # bounds the memory of one sampling step to about 50 MB
MAX_LEAK_VOXELS = 3  # holes up to twice this many voxels wide are closed
PADDING = MAX_LEAK_VOXELS + 2  # free voxels around the object, so that the flood starts outside the thickest surface
SMALLEST_EXTENT = 1e-6  # metres; protects the division for a mesh that is a single point


@dataclass(frozen=True)
class VoxelSolid:
    """A filled grid over an object.

    Fields:
        occupied: (X, Y, Z) bool.
        depth: (X, Y, Z) float32, metres from a voxel's centre to the nearest free voxel's centre; 0 in free voxels.
        origin: (3,) float64, world position of the centre of voxel (0, 0, 0).
        size: edge of a voxel in metres.
    """

    occupied: np.ndarray
    depth: np.ndarray
    origin: np.ndarray
    size: float

    def to_world(self, indices: np.ndarray) -> np.ndarray:
        """World positions of (possibly fractional) voxel indices, (..., 3)."""
        return self.origin + np.asarray(indices, dtype=np.float64) * self.size

    def to_grid(self, points: np.ndarray) -> np.ndarray:
        """Fractional voxel indices of world positions, (..., 3)."""
        return (np.asarray(points, dtype=np.float64) - self.origin) / self.size

    def contains(self, points: np.ndarray) -> np.ndarray:
        """Whether each world position lies in an occupied voxel, (...,) bool."""
        index = np.rint(self.to_grid(points)).astype(np.int64)
        inside = ((index >= 0) & (index < self.occupied.shape)).all(-1)
        index = np.clip(index, 0, np.array(self.occupied.shape) - 1)
        return inside & self.occupied[tuple(np.moveaxis(index, -1, 0))]


def voxelise(vertices: np.ndarray, faces: np.ndarray, resolution: int = 64) -> VoxelSolid:
    """Fill a triangle soup; holes, several shells, flipped and degenerate faces are all welcome.

    Space is outside where a flood from the border of the grid reaches it without crossing a surface voxel. Through a
    hole the flood would empty the whole solid, so pockets that only a thickened surface closes are added back, but not
    gaps between neighbouring limbs, which are thinner than the thickening that closes them.

    Args:
        vertices: (V, 3) finite, metres.
        faces: (F, 3) integers into vertices.
        resolution: voxels along the longest side.
    """
    triangles = np.asarray(vertices, dtype=np.float64)[np.asarray(faces)]  # (F, 3, 3)
    low, high = triangles.min((0, 1)), triangles.max((0, 1))
    size = max(float((high - low).max()), SMALLEST_EXTENT) / resolution
    shape = np.maximum(np.ceil((high - low) / size).astype(np.int64), 1) + 2 * PADDING
    origin = (low + high) / 2 - (shape - 1) / 2 * size  # the grid shares its centre with the bounding box

    surface = np.zeros(shape, dtype=bool)
    for points in surface_samples(triangles, size / SAMPLES_A_VOXEL):
        index = np.clip(np.rint((points - origin) / size).astype(np.int64), 0, shape - 1)
        surface[index[:, 0], index[:, 1], index[:, 2]] = True
    occupied = _fill(surface)
    depth = (distance_to(~occupied) * size).astype(np.float32)
    return VoxelSolid(occupied, depth, origin, size)


def surface_samples(triangles: np.ndarray, spacing: float) -> Iterator[np.ndarray]:
    """Points on every triangle no farther apart than `spacing`, in chunks of (N, 3)."""
    longest = np.linalg.norm(triangles - np.roll(triangles, 1, axis=1), axis=2).max(1)
    steps = np.searchsorted(LATTICE_STEPS, np.minimum(np.ceil(longest / spacing), LATTICE_STEPS[-1]))
    for group in np.unique(steps):
        barycentric = _lattice(LATTICE_STEPS[group])  # (K, 3)
        members = triangles[steps == group]
        chunk = max(1, CHUNK_SAMPLES // len(barycentric))
        for start in range(0, len(members), chunk):
            yield np.einsum("kc,fcd->fkd", barycentric, members[start : start + chunk]).reshape(-1, 3)


def _lattice(steps: int) -> np.ndarray:
    """Barycentric coordinates of the regular lattice with `steps` intervals an edge, (K, 3)."""
    first, second = np.meshgrid(np.arange(steps + 1), np.arange(steps + 1), indexing="ij")
    keep = first + second <= steps
    first, second = first[keep], second[keep]
    return np.stack([first, second, steps - first - second], axis=1) / steps


def _fill(surface: np.ndarray) -> np.ndarray:
    """Everything a flood from the corner cannot reach, with leaky pockets closed."""
    solid = ~_flood(~surface)
    to_surface = distance_to(surface)
    for radius in range(1, MAX_LEAK_VOXELS + 1):
        outside = distance_to(_flood(to_surface > radius)) <= radius
        pockets, count = label_pieces(~outside & ~solid)
        if count == 0:
            continue
        depth = distance_to(pockets == 0)
        deepest = ndimage.maximum(depth, pockets, np.arange(1, count + 1))
        # A gap between limbs that this radius closes is no deeper than the radius.
        solid |= np.isin(pockets, 1 + np.flatnonzero(np.asarray(deepest) > radius + 1))
    return solid


def _flood(free: np.ndarray) -> np.ndarray:
    """The part of `free` that is connected to the grid's corner."""
    labels, _ = label_pieces(free)
    return labels == labels[0, 0, 0]


def label_pieces(mask: np.ndarray, structure: np.ndarray | None = None) -> tuple[np.ndarray, int]:
    """Number the connected pieces of a mask from 1; face neighbours count unless a structure says otherwise."""
    labels = np.zeros(mask.shape, dtype=np.int32)
    count = ndimage.label(mask, structure=structure, output=labels)
    return labels, int(np.asarray(count))


def distance_to(mask: np.ndarray) -> np.ndarray:
    """Distance in voxels from every voxel's centre to the nearest one of the mask, 0 inside it."""
    return np.asarray(ndimage.distance_transform_edt(~mask))
