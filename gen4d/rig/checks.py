"""What is refused before any work: meshes that have no volume."""

import numpy as np

from gen4d.errors import InputError
from gen4d.rig.shells import shell_labels

LEAST_VOLUME = 0.01  # of the bounding box: what encloses less has no inside to speak of
CLEARLY = 0.6  # of the volume that is enclosed must be wound clockwise
FLAT = 1e-4  # thinnest over widest spread of the vertices: less is a sheet


def check_solid(vertices: np.ndarray, faces: np.ndarray) -> None:
    """Refuse what has no volume a skeleton could lie in.

    Raises:
        InputError: all used vertices lie in one point, on a line or in a plane.
    """
    used = vertices[np.unique(faces)].astype(np.float64)
    spread = np.linalg.svd(used - used.mean(0), compute_uv=False) / np.sqrt(len(used))
    largest = float(spread[0])
    if largest < 1e-12 or float(spread[-1]) < FLAT * largest:
        shape = "one point" if largest < 1e-12 else "flat"
        raise InputError(f"rig: the mesh is {shape}, so no skeleton fits into it; give it a thickness first.")


def is_inside_out(vertices: np.ndarray, faces: np.ndarray) -> bool:
    """Whether most of a mesh's volume is wound clockwise, so that engines show it from within.

    Open and crumpled meshes, whose signed volumes mean little, are given the benefit of the doubt.
    """
    volumes = shell_volumes(vertices, faces)
    box = float(np.prod(np.ptp(vertices, axis=0)))
    enclosed = float(np.abs(volumes).sum())
    return enclosed > LEAST_VOLUME * box and float(volumes.sum()) < -CLEARLY * enclosed


def shell_volumes(vertices: np.ndarray, faces: np.ndarray) -> np.ndarray:
    """Signed volume of every connected shell as a fan of tetrahedra from its own centre, (S,), positive if wound right.

    Args:
        vertices: (U, 3) metres, welded; faces: (F, 3) into vertices.
    """
    count, shell = shell_labels(len(vertices), faces)
    sizes = np.maximum(np.bincount(shell, minlength=count), 1)[:, None]
    center = np.stack([np.bincount(shell, vertices[:, d], minlength=count) for d in range(3)], 1) / sizes
    corners = vertices[faces] - center[shell[faces]]  # (F, 3, 3)
    volumes = np.einsum("fd,fd->f", corners[:, 0], np.cross(corners[:, 1], corners[:, 2])) / 6
    return np.bincount(shell[faces[:, 0]], volumes, minlength=count)
