"""Distance grid -> closed triangle mesh by marching cubes."""

import numpy as np
import torch
from skimage import measure

from gen4d.errors import InputError
from gen4d.reconstruct.fusion import DistanceGrid
from gen4d.structures import Mesh

NUDGE = 0.02  # cells; keeps the surface off the nodes, where marching cubes makes triangles without area


def extract(grid: DistanceGrid) -> Mesh:
    """Extract the zero level as a closed mesh, counter-clockwise from outside.

    Raises:
        InputError: nothing in the grid is solid.
    """
    values = np.pad(grid.values, 1, constant_values=max(float(grid.values.max()), grid.spacing))  # closes cut solids
    if not (values < 0).any():
        raise InputError(
            "reconstruct: no subject in the views, they contradict each other everywhere; try another seed."
        )
    nudge = NUDGE * grid.spacing
    values = np.where(np.abs(values) < nudge, np.where(values < 0, -nudge, nudge), values)
    # Lewiner's method resolves the ambiguous cases, so the surface is closed and manifold.
    vertices, faces, _, _ = measure.marching_cubes(values, 0.0, gradient_direction="descent")
    vertices = (vertices - 0.5) * grid.spacing - grid.half_extent  # -1 for the padding, +0.5 to the node's place
    return Mesh(torch.from_numpy(vertices.astype(np.float32)), torch.from_numpy(faces.astype(np.int64)))
