"""What is refused before any work: meshes that have no volume."""

import numpy as np

from gen4d.errors import InputError

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
