"""Canonical cube -> the world: size and place."""

from dataclasses import replace

import torch

from gen4d.errors import InputError
from gen4d.structures import Mesh

MIN_HEIGHT = 1e-9  # metres; a flatter mesh has no height to scale


def stand_on_ground(mesh: Mesh, height: float) -> Mesh:
    """Scale a mesh uniformly to a height in metres, centre it in x and z, and put its lowest point on y = 0.

    Raises:
        InputError: the height is not positive, or the mesh is flat on the ground.
    """
    low, high = mesh.bounds
    extent = float(high[1] - low[1])
    if not 0 < height < float("inf"):
        raise InputError(f"height: got {height}, allowed is a positive number of metres.")
    if extent < MIN_HEIGHT:
        raise InputError("height: the mesh is flat, so it cannot be scaled to a height; give it a thickness first.")
    base = torch.stack([(low[0] + high[0]) / 2, low[1], (low[2] + high[2]) / 2])
    return replace(mesh, vertices=(mesh.vertices - base) * (height / extent))
